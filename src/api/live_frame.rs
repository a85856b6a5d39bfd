//! The binary frame of positions: what changed since a session last looked. The layout stands in `live`.

use super::live::SlotView;
use crate::{
    bus::live::{Live, Slot},
    engine::output::LivePosition,
    model::{place::Wgs84, time::Timestamp},
};
use std::sync::Arc;

const TYPE: u8 = 1;
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 24;
const RECORD_BYTES: usize = 16;

const MOVING: u8 = 1;
const STALE: u8 = 1 << 1;
const LOST: u8 = 1 << 2;
const ALARMED: u8 = 1 << 3;
const LOADED: u8 = 1 << 4;
const QUARANTINED: u8 = 1 << 5;
const REJECTED: u8 = 1 << 6;

/// After how long a silence a terminal is shown otherwise, ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) stale_ms: i64,
    pub(super) lost_ms: i64,
    /// Up to when positions came, if none come now: nobody is silent on that account.
    pub(super) known_until: Option<Timestamp>,
}

/// A rectangle of the map in 1e-6 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    low: Wgs84,
    high: Wgs84,
}

impl View {
    /// From west, south, east, north; `None` when they are no rectangle.
    pub(super) fn new([west, south, east, north]: [f64; 4]) -> Option<Self> {
        let (low, high) = (Wgs84::from_degrees(south, west)?, Wgs84::from_degrees(north, east)?);
        (low.lat_e6 <= high.lat_e6 && low.lon_e6 <= high.lon_e6).then_some(Self { low, high })
    }

    fn holds(&self, place: Wgs84) -> bool {
        (self.low.lat_e6..=self.high.lat_e6).contains(&place.lat_e6)
            && (self.low.lon_e6..=self.high.lon_e6).contains(&place.lon_e6)
    }
}

/// What a session was told, slot by slot.
#[derive(Debug, Default)]
pub(super) struct Told {
    version: u64,
    slots: Vec<Option<ToldSlot>>,
    pub(super) view: Option<View>,
}

#[derive(Debug)]
struct ToldSlot {
    /// Whose vehicle it was said to be in.
    named: Arc<LivePosition>,
    /// The status byte last sent; `None` = not sent since the view changed.
    status: Option<u8>,
}

/// What is new for a session.
#[derive(Debug)]
pub(super) struct News {
    pub(super) slots: Vec<SlotView>,
    pub(super) frame: Vec<u8>,
}

impl Told {
    /// Looks at another rectangle: everything in it is sent again.
    pub(super) fn look_at(&mut self, view: Option<View>) {
        self.view = view;
        self.slots.iter_mut().flatten().for_each(|slot| slot.status = None);
    }

    /// Gathers what changed, and notes it as told.
    pub(super) fn news(&mut self, live: &Live, now: Timestamp, silence: Silence) -> News {
        let (mut slots, mut records) = (Vec::new(), Vec::new());
        let since = self.version;
        let version = live.scan(|version, slot| {
            let moved = version > since;
            if moved && let Some(named) = self.name(slot) {
                slots.push(named);
            }
            let status = status(slot, now, silence);
            if self.takes(slot, moved, status) {
                records.push((slot.slot, Arc::clone(&slot.position), status));
            }
        });
        self.version = version;
        News { slots, frame: encode(now, &records) }
    }

    /// The slot's names when they are new to the session.
    fn name(&mut self, slot: &Slot) -> Option<SlotView> {
        let place = usize::try_from(slot.slot).ok()?;
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        let told = self.slots.get_mut(place)?;
        let same = |named: &LivePosition| named.vehicle == slot.position.vehicle && named.plate == slot.position.plate;
        if told.as_ref().is_some_and(|told| same(&told.named)) {
            return None;
        }
        *told = Some(ToldSlot { named: Arc::clone(&slot.position), status: None });
        Some(view_of(slot))
    }

    /// Whether a record goes out: in view, and moved or of another status than last sent.
    fn takes(&mut self, slot: &Slot, moved: bool, status: u8) -> bool {
        let told = usize::try_from(slot.slot).ok().and_then(|place| self.slots.get_mut(place)).and_then(Option::as_mut);
        let Some(told) = told else { return false };
        if self.view.is_some_and(|view| !view.holds(slot.position.place)) {
            return false;
        }
        let news = moved || told.status != Some(status);
        told.status = Some(status);
        news
    }
}

fn view_of(slot: &Slot) -> SlotView {
    let LivePosition { vehicle, plate, .. } = slot.position.as_ref();
    let number = plate.as_ref().map(|plate| plate.number().to_owned());
    let colour = plate.as_ref().map(|plate| plate.colour.into());
    SlotView(slot.slot, slot.terminal.to_string(), vehicle.as_ref().map(ToString::to_string), number, colour)
}

fn status(slot: &Slot, now: Timestamp, silence: Silence) -> u8 {
    let known = silence.known_until.map_or(now, |until| until.min(now));
    let age = known.since(slot.received).as_millis();
    let (stale, lost) = (age > silence.stale_ms, age > silence.lost_ms);
    let is = &slot.position.status;
    let flags = [
        (is.moving && !stale, MOVING),
        (stale && !lost, STALE),
        (lost, LOST),
        (is.alarmed, ALARMED),
        (is.loaded, LOADED),
        (is.quarantined, QUARANTINED),
        (slot.rejected, REJECTED),
    ];
    flags.into_iter().filter(|(on, _)| *on).fold(0, |byte, (_, bit)| byte | bit)
}

fn encode(now: Timestamp, records: &[(u32, Arc<LivePosition>, u8)]) -> Vec<u8> {
    let origin = records.first().map_or(Wgs84::default(), |(_, position, _)| position.place);
    let mut frame = Vec::with_capacity(HEADER_BYTES + RECORD_BYTES * records.len());
    frame.extend([TYPE, VERSION, 0, 0]);
    frame.extend(u32::try_from(records.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend(now.as_millis().to_le_bytes());
    frame.extend(origin.lon_e6.to_le_bytes());
    frame.extend(origin.lat_e6.to_le_bytes());
    for (slot, position, status) in records {
        frame.extend(slot.to_le_bytes());
        frame.extend(position.place.lon_e6.wrapping_sub(origin.lon_e6).to_le_bytes());
        frame.extend(position.place.lat_e6.wrapping_sub(origin.lat_e6).to_le_bytes());
        frame.extend(position.speed.0.to_le_bytes());
        frame.extend([turn(position.heading.0), *status]);
    }
    frame
}

/// Degrees as 256ths of a turn.
fn turn(degrees: u16) -> u8 {
    let part = u32::from(degrees % 360) * 256 / 360;
    u8::try_from(part).expect("below a whole turn")
}

#[cfg(test)]
#[path = "live_frame_tests.rs"]
mod tests;
