//! Loading, hauling, putting down (rules.md 2). A sensor must hold its word for a while and a way; without one, stays at
//! registered sites tell, and the load is believed for some hours at most.

use super::{
    events::{Haul, HaulEvent, HaulEventKind, LoadSource},
    grade::Grade,
    interval::{Beat, Link},
    params::LoadParams,
    stay::Stood,
};
use crate::model::{
    fix::LoadSignal,
    ids::{Seq, SiteId},
    place::Wgs84,
    site::SiteKind,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Silences longer than this make a loading grade C, milliseconds.
const DENSE_MS: i64 = 120_000;

/// What is known of a truck's load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    known: Known,
    turning: Option<Turning>,
    /// The stay that ended last, for sensors that notice late.
    left: Option<Stood>,
    /// Whether the present stay has already been told as putting down.
    told: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Known {
    #[default]
    Nothing,
    Empty,
    Laden {
        haul: Box<Haul>,
        driven_m: f64,
    },
}

/// The sensor says something new, and has to keep saying it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Turning {
    laden: bool,
    /// Last fix with the old word.
    before: Timestamp,
    /// First fix with the new word.
    since: Timestamp,
    /// Where; `None` when it happened in a silence.
    place: Option<Wgs84>,
    first: Seq,
    silence_ms: i64,
    /// Counting began; begins again after a silence.
    counted: Timestamp,
    driven_m: f64,
    /// Start of the stay in which it happened.
    stay_from: Option<Timestamp>,
    /// That stay, once it ended.
    stood: Option<Stood>,
}

/// What the load needs to know of a fix.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The fix.
    pub beat: &'a Beat,
    /// Event time of the good fix before it.
    pub before: Option<Timestamp>,
    /// The stay under way.
    pub stay: Option<Stood>,
    /// The stay that ended with this fix.
    pub ended: Option<Stood>,
}

/// A registered site around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// Which.
    pub site: SiteId,
    /// What happens there.
    pub kind: SiteKind,
}

impl Load {
    /// The loaded leg under way; none while the sensor says otherwise.
    #[must_use]
    pub fn haul(&self) -> Option<(&Haul, f64)> {
        match &self.known {
            Known::Laden { haul, driven_m } if self.turning.is_none() => Some((haul, *driven_m)),
            _ => None,
        }
    }

    /// Takes in the word of a sensor; gives back the event that became certain.
    pub fn sense(&mut self, signal: LoadSignal, now: &Moment<'_>, params: &LoadParams) -> Option<HaulEvent> {
        self.drive(now.beat);
        if let (Some(ended), Some(turning)) = (now.ended, &mut self.turning)
            && turning.stood.is_none()
            && turning.stay_from == Some(ended.from)
        {
            turning.stood = Some(ended);
        }
        if now.ended.is_some() {
            self.left = now.ended;
        }
        let laden = match signal {
            LoadSignal::Unknown => return None,
            LoadSignal::Empty => false,
            LoadSignal::Half | LoadSignal::Full => true,
        };
        if self.says(laden) {
            self.turning = None;
            return None;
        }
        let turning = self.turn(laden, now, params);
        if !turning.suffices(now.beat.at, params) {
            return None;
        }
        self.turning = None;
        let present = now.stay.filter(|stay| turning.stay_from == Some(stay.from));
        self.settle(&Turning { stood: turning.stood.or(present), ..turning })
    }

    fn says(&self, laden: bool) -> bool {
        matches!((&self.known, laden), (Known::Empty, false) | (Known::Laden { .. }, true))
    }

    fn drive(&mut self, beat: &Beat) {
        if let Known::Laden { driven_m, .. } = &mut self.known {
            *driven_m += beat.moved;
        }
    }

    /// Begins or goes on with a change.
    fn turn(&mut self, laden: bool, now: &Moment<'_>, params: &LoadParams) -> Turning {
        let beat = now.beat;
        let turning = match self.turning.filter(|turning| turning.laden == laden) {
            None => self.begin(laden, now, params),
            Some(mut turning) => {
                if beat.link == Link::Broken {
                    (turning.counted, turning.driven_m) = (beat.at, 0.0);
                } else {
                    turning.driven_m += beat.moved;
                }
                turning
            }
        };
        self.turning = Some(turning);
        turning
    }

    fn begin(&self, laden: bool, now: &Moment<'_>, params: &LoadParams) -> Turning {
        let (beat, before) = (now.beat, now.before.unwrap_or(now.beat.at));
        let bridged = now.stay.is_some_and(|stay| stay.from <= before);
        let just_left = self.left.filter(|left| {
            beat.at.since(left.to).as_millis() <= i64::from(params.held_s) * 1000
                && left.lasted().as_millis() >= i64::from(params.unload_stay_s) * 1000
        });
        Turning {
            laden,
            before,
            since: beat.at,
            place: (beat.link != Link::Broken || bridged).then(|| now.stay.map_or(beat.place, |stay| stay.place)),
            first: beat.seq,
            silence_ms: beat.at.since(before).as_millis(),
            counted: beat.at,
            driven_m: 0.0,
            stay_from: now.stay.map(|stay| stay.from),
            stood: just_left.filter(|_| now.stay.is_none()),
        }
    }

    /// The change is certain: an event, unless nothing was known before.
    fn settle(&mut self, turning: &Turning) -> Option<HaulEvent> {
        let observed = !matches!(self.known, Known::Nothing);
        let event = observed.then(|| turning.event());
        self.known = if turning.laden {
            let since = event.as_ref().map_or(turning.since, |event| event.to);
            let haul = Haul { since, load: event.clone(), source: LoadSource::Sensor };
            Known::Laden { haul: Box::new(haul), driven_m: turning.driven_m }
        } else {
            Known::Empty
        };
        event
    }

    /// Infers from stays; `around` finds the registered site a stay lies in.
    pub fn infer(
        &mut self,
        now: &Moment<'_>,
        params: &LoadParams,
        around: &mut dyn FnMut(Wgs84) -> Option<Around>,
    ) -> Option<HaulEvent> {
        self.drive(now.beat);
        if let Known::Laden { haul, .. } = &self.known
            && now.beat.at.since(haul.since) > Span::from_secs(i64::from(params.inferred_max_s))
        {
            self.known = Known::Nothing;
        }
        if let Some(stood) = now.ended {
            self.told = false;
            if let Some(event) = self.loaded(stood, now.beat.seq, params, around) {
                return Some(event);
            }
        }
        let stood = now.stay.filter(|stay| !self.told && lasted(stay, params.unload_stay_s))?;
        let site = around(stood.place).filter(|site| site.kind == SiteKind::Disposal)?;
        self.told = true;
        let event = inferred(HaulEventKind::Unload, stood, site, now.beat.seq);
        matches!(std::mem::replace(&mut self.known, Known::Empty), Known::Laden { .. }).then_some(event)
    }

    fn loaded(
        &mut self,
        stood: Stood,
        first: Seq,
        params: &LoadParams,
        around: &mut dyn FnMut(Wgs84) -> Option<Around>,
    ) -> Option<HaulEvent> {
        if !lasted(&stood, params.load_stay_s) {
            return None;
        }
        let site = around(stood.place).filter(|site| site.kind == SiteKind::Construction)?;
        let event = inferred(HaulEventKind::Load, stood, site, first);
        let haul = Haul { since: event.to, load: Some(event.clone()), source: LoadSource::Inferred };
        self.known = Known::Laden { haul: Box::new(haul), driven_m: 0.0 };
        Some(event)
    }
}

impl Turning {
    fn suffices(&self, at: Timestamp, params: &LoadParams) -> bool {
        let held = at.since(self.counted).as_millis() >= i64::from(params.held_s) * 1000;
        held && (!self.laden || self.driven_m >= params.driven_m)
    }

    fn event(&self) -> HaulEvent {
        let (from, to, place, silence) = match self.stood {
            Some(stood) => (stood.from, stood.to, Some(stood.place), self.silence_ms.max(stood.silence_ms)),
            None => (self.before, self.since, self.place, self.silence_ms),
        };
        HaulEvent {
            kind: if self.laden { HaulEventKind::Load } else { HaulEventKind::Unload },
            from,
            to,
            place,
            site: None,
            grade: if silence > DENSE_MS { Grade::C } else { Grade::A },
            source: LoadSource::Sensor,
            first: self.first,
        }
    }
}

fn lasted(stood: &Stood, seconds: u32) -> bool {
    stood.lasted().as_millis() >= i64::from(seconds) * 1000
}

fn inferred(kind: HaulEventKind, stood: Stood, site: Around, first: Seq) -> HaulEvent {
    HaulEvent {
        kind,
        from: stood.from,
        to: stood.to,
        place: Some(stood.place),
        site: Some(site.site),
        grade: Grade::C,
        source: LoadSource::Inferred,
        first,
    }
}
