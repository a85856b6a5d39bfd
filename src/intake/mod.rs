//! From frames to positions. A frame says what the device sent; what its coordinates and load bits mean is the ledger's
//! business at event time, so a [`Report`] waits unprofiled until it is judged.

pub mod joiner;
pub mod layout;
pub mod report;
pub mod words;

use crate::model::{
    fix::{Fix, FixOrigin},
    ids::TerminalId,
    input::{Event, Input, RawFrame},
    plate::{Plate, PlateColour},
    time::Timestamp,
};
use bytes::Bytes;
use joiner::{Joined, Joiner};
use jt808::{
    error::WireError,
    frame::Frame,
    header::{Edition, LengthCheck, SubPackage},
    ids::MessageId,
    location::LocationReport,
    messages::{BatchKind, Message, Register},
    reader::Reader,
};
use report::{Carrier, Framing, Profiles, Report};
use std::collections::BTreeMap;

/// What a recorded frame means to the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// 0x0200 or 0x0704: positions in wire order.
    Positions(Positions),
    /// 0x0100: what the terminal says of itself.
    Registration(Claim),
    /// One packet of split positions.
    Slice(Slice),
    /// Nothing that is judged.
    Other,
}

/// The positions of one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Positions {
    /// In wire order.
    pub reports: Vec<Report>,
    /// What was wrong with records that could not be read; the others count.
    pub faults: Vec<WireError>,
}

/// What a 0x0100 claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The plate; `None` when the field is empty or holds a VIN.
    pub plate: Option<Plate>,
    /// Device maker.
    pub maker: String,
    /// Device model.
    pub model: String,
}

/// A frame that means nothing to us. Recorded, counted and listed all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Not a frame, or a body that does not fit its message.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// The least and greatest event time of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// Least.
    pub from: Timestamp,
    /// Greatest.
    pub to: Timestamp,
}

/// One packet of split positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    carrier: Carrier,
    id: MessageId,
    split: SubPackage,
    body: Bytes,
}

/// Reads one recorded frame.
///
/// # Errors
/// Not a frame, or a body that does not fit its message.
pub fn read(input: &Input, frame: &RawFrame) -> Result<(TerminalId, Reading), IntakeError> {
    let wire = Frame::from_wire(frame.raw.clone())?;
    let terminal = terminal_of(&wire);
    let carrier = Carrier {
        terminal,
        received: input.received,
        seq: input.seq,
        connection: frame.connection,
        session: frame.session,
        framing: if wire.length == LengthCheck::Disagrees { Framing::LengthDisagrees } else { Framing::Sound },
    };
    let reading = match wire.decode()?.message {
        Message::Location(_) | Message::Batch(_) => positions(&carrier, wire.header.id, wire.body)?,
        Message::Register(register) => Reading::Registration(claim(&register)),
        Message::Slice { split, slice } if is_position(wire.header.id) => {
            Reading::Slice(Slice { carrier, id: wire.header.id, split, body: slice })
        }
        _ => Reading::Other,
    };
    Ok((terminal, reading))
}

/// Reads one recorded frame, and joins packets with those before them.
///
/// # Errors
/// As [`read`]; a message that does not fit when it is whole.
pub fn read_joined(
    input: &Input,
    frame: &RawFrame,
    joiners: &mut BTreeMap<TerminalId, Joiner>,
) -> Result<(TerminalId, Reading), IntakeError> {
    let (terminal, reading) = read(input, frame)?;
    let Reading::Slice(slice) = reading else { return Ok((terminal, reading)) };
    let whole = slice.join(joiners.entry(terminal).or_default()).whole;
    Ok((terminal, whole.map_or(Ok(Reading::Other), |body| slice.positions(body))?))
}

impl Slice {
    /// Puts the packet with those before it.
    pub fn join(&self, joiner: &mut Joiner) -> Joined {
        joiner.take(self.id.0, self.split, &self.body, self.carrier.received)
    }

    /// The positions of the whole message that this packet completed.
    ///
    /// # Errors
    /// The whole does not fit its message.
    pub fn positions(&self, whole: Bytes) -> Result<Reading, IntakeError> {
        positions(&self.carrier, self.id, whole)
    }
}

const fn is_position(id: MessageId) -> bool {
    matches!(id, MessageId::LOCATION | MessageId::LOCATION_BATCH)
}

fn positions(carrier: &Carrier, id: MessageId, body: Bytes) -> Result<Reading, IntakeError> {
    let (mut reports, mut faults) = (Vec::with_capacity(1), Vec::new());
    if id == MessageId::LOCATION {
        push(carrier, &body, 0, FixOrigin::Live, &mut reports, &mut faults);
        return Ok(Reading::Positions(Positions { reports, faults }));
    }
    let decoded = Message::decode_body(id, Edition::V2013, Reader::new(body, 0))?;
    let Message::Batch(batch) = decoded.message else { return Ok(Reading::Other) };
    let origin = if batch.kind == BatchKind::Backfill { FixOrigin::Backfill } else { FixOrigin::Batch };
    for (part, body) in (0_u16..).zip(batch.records()) {
        push(carrier, &body, part, origin, &mut reports, &mut faults);
    }
    Ok(Reading::Positions(Positions { reports, faults }))
}

/// The positions of one input with datum and load as the ledger has them at event time; empty for anything but positions.
///
/// # Errors
/// Not a frame, or a body that does not fit its message.
pub fn fixes(input: &Input, profiles: &dyn Profiles) -> Result<Vec<Fix>, IntakeError> {
    let Event::Frame(frame) = &input.event else { return Ok(Vec::new()) };
    let (_, Reading::Positions(positions)) = read(input, frame)? else { return Ok(Vec::new()) };
    Ok(positions.reports.iter().map(|report| report.profiled(profiles)).collect())
}

/// The terminal a frame comes from, for those who only have its header.
#[must_use]
pub fn terminal_of(frame: &Frame) -> TerminalId {
    TerminalId::from_nibbles(frame.header.phone.packed())
}

/// The terminal that recorded bytes come from; `None` when they are no frame.
#[must_use]
pub fn sender(raw: &Bytes) -> Option<TerminalId> {
    Frame::from_wire(raw.clone()).ok().map(|frame| terminal_of(&frame))
}

/// Least and greatest possible event time of a frame's positions; `None` when it has none.
#[must_use]
pub fn times(frame: &Frame) -> Option<TimeRange> {
    let instants = match frame.decode().ok()?.message {
        Message::Location(report) => instant(&report).into_iter().collect::<Vec<_>>(),
        Message::Batch(batch) => batch.reports().flatten().filter_map(|report| instant(&report)).collect(),
        _ => return None,
    };
    Some(TimeRange { from: *instants.iter().min()?, to: *instants.iter().max()? })
}

fn instant(report: &LocationReport) -> Option<Timestamp> {
    report.time.unix_ms().map(Timestamp::from_millis)
}

fn push(
    carrier: &Carrier,
    body: &Bytes,
    part: u16,
    origin: FixOrigin,
    reports: &mut Vec<Report>,
    faults: &mut Vec<WireError>,
) {
    match LocationReport::from_body(body.clone()) {
        Ok(location) => reports.push(Report::new(carrier, body, &location, part, origin)),
        Err(fault) => faults.push(fault),
    }
}

fn claim(register: &Register) -> Claim {
    let number = register.plate.decode_lossy();
    let plate = Plate::new(&number, PlateColour::from_code(register.colour.0));
    let has_plate = register.colour != jt808::messages::PlateColour::NONE && !plate.number().is_empty();
    Claim {
        plate: has_plate.then_some(plate),
        maker: register.maker.decode_lossy().into_owned(),
        model: register.model.decode_lossy().into_owned(),
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
