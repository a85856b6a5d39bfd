//! Captured bytes instead of a socket: the same frames, marks and exceptions as a live connection, and nobody to answer.

use crate::{
    intake::terminal_of,
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, TerminalId},
        input::{Event, RawFrame},
        ledger::Ledger,
        terminal::Fitting,
        time::Timestamp,
    },
    record::NewInput,
};
use bytes::BytesMut;
use jt808::{
    frame::{Frame, FrameLimits, Framer, Refused},
    session::{Mark, Session, Standing},
    text::Text,
};
use std::collections::{BTreeMap, BTreeSet};

/// Many captured connections at once.
#[derive(Debug, Default)]
pub(super) struct Captures {
    connections: BTreeMap<ConnectionId, Wire>,
    fittings: BTreeMap<TerminalId, Vec<Fitting>>,
    counts: CaptureCounts,
}

/// What came out of captured bytes so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CaptureCounts {
    /// Frames for the record.
    pub(super) recorded: u64,
    /// Heartbeats and general replies, which are not recorded.
    pub(super) passing: u64,
    /// Stretches that are no frame, by reason.
    pub(super) refused: BTreeMap<String, u64>,
    /// Terminals that sent frames.
    pub(super) terminals: BTreeSet<TerminalId>,
}

/// One direction of one connection.
#[derive(Debug)]
struct Wire {
    framer: Framer,
    buffer: BytesMut,
    session: Session,
}

impl Captures {
    /// Captures whose terminals are those of a ledger.
    pub(super) fn new(ledger: &Ledger) -> Self {
        let mut fittings: BTreeMap<TerminalId, Vec<Fitting>> = BTreeMap::new();
        for fitting in &ledger.fittings {
            fittings.entry(fitting.terminal).or_default().push(fitting.clone());
        }
        Self { connections: BTreeMap::new(), fittings, counts: CaptureCounts::default() }
    }

    /// Takes the next bytes of a connection; puts what is to be recorded into `out`.
    pub(super) fn take(
        &mut self,
        received: Timestamp,
        connection: ConnectionId,
        bytes: &[u8],
        out: &mut Vec<NewInput>,
    ) {
        let wire = self.connections.entry(connection).or_insert_with(Wire::new);
        wire.buffer.extend_from_slice(bytes);
        while let Some(cut) = wire.framer.next(&mut wire.buffer) {
            match cut {
                Ok(frame) => {
                    self.counts.terminals.insert(terminal_of(&frame));
                    let code = code_of(&self.fittings, &frame, received);
                    let event = recorded(&frame, &mut wire.session, code, connection);
                    self.counts.recorded += u64::from(event.is_some());
                    self.counts.passing += u64::from(event.is_none());
                    out.extend(event.map(|event| NewInput { received, event }));
                }
                Err(Refused { error, .. }) => *self.counts.refused.entry(error.to_string()).or_default() += 1,
            }
        }
    }

    /// What came out so far.
    pub(super) const fn counts(&self) -> &CaptureCounts {
        &self.counts
    }
}

impl Wire {
    fn new() -> Self {
        Self { framer: Framer::new(FrameLimits::default()), buffer: BytesMut::new(), session: Session::new() }
    }
}

/// What the ledger says of the terminal of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code<'a> {
    /// It does not know the terminal.
    Quarantined,
    /// It names no code: whoever captured the connection let the terminal in.
    Any,
    /// The code the terminal must show.
    Named(&'a str),
}

fn recorded(frame: &Frame, session: &mut Session, code: Code<'_>, connection: ConnectionId) -> Option<Event> {
    let duty = session.take(frame, &standing(code));
    let session = match (duty.mark, code) {
        (Mark::Authenticated, _) | (Mark::Quarantined, Code::Any) => SessionTrust::Authenticated,
        (Mark::Unauthenticated | Mark::Quarantined, _) => SessionTrust::Unauthenticated,
    };
    duty.record.then(|| Event::Frame(RawFrame { connection, session, raw: frame.raw.clone() }))
}

fn standing(code: Code<'_>) -> Standing {
    match code {
        Code::Quarantined | Code::Any => Standing::Unknown { code: Text::default() },
        // A code that is not GBK can never be shown: nothing equals the empty one.
        Code::Named(code) => {
            Standing::Known { code: Text::encode("authentication code", code).unwrap_or_default(), fixed: None }
        }
    }
}

fn code_of<'a>(fittings: &'a BTreeMap<TerminalId, Vec<Fitting>>, frame: &Frame, received: Timestamp) -> Code<'a> {
    let mut rows = fittings.get(&terminal_of(frame)).into_iter().flatten();
    match rows.find(|row| row.validity.holds_at(received)).map(|row| row.auth_code.as_str()) {
        None => Code::Quarantined,
        Some("") => Code::Any,
        Some(code) => Code::Named(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        district::{District, Origin},
        ids::{DistrictId, VehicleId},
        place::Area,
        terminal::{FittingRole, LoadSensor, ReportedDatum},
        time::Validity,
    };
    use jt808::{header::Edition, phone::Phone, terminal::Terminal};

    const AT: Timestamp = Timestamp::from_millis(1_000);

    fn ledger(code: &str) -> Ledger {
        let district = District {
            id: DistrictId::new("410108"),
            name_zh: String::new(),
            name_en: String::new(),
            origin: Origin::Synthetic,
            outline: Area::default(),
            recognises: vec![],
        };
        let fitting = Fitting {
            terminal: "13900000001".parse().expect("digits"),
            vehicle: VehicleId::new("V1"),
            role: FittingRole::Main,
            load_sensor: LoadSensor::Absent,
            datum: ReportedDatum::Wgs84,
            auth_code: code.to_owned(),
            validity: Validity::ALWAYS,
        };
        Ledger {
            district,
            vehicles: vec![],
            labels: vec![],
            fittings: vec![fitting],
            companies: vec![],
            transport_approvals: vec![],
            sites: vec![],
            places: vec![],
            approvals: vec![],
            zones: vec![],
        }
    }

    /// How the frames of a terminal that shows `shown` are marked, where the ledger says `code`.
    fn marks(code: &str, shown: &str) -> Vec<SessionTrust> {
        marks_of("13900000001", code, shown)
    }

    fn marks_of(phone: &str, code: &str, shown: &str) -> Vec<SessionTrust> {
        let phone = Phone::parse(phone).expect("digits");
        let mut terminal = Terminal::new(Edition::V2013, phone);
        terminal.set_code(Text::encode("code", shown).expect("ASCII"));
        let (mut captures, mut out) = (Captures::new(&ledger(code)), Vec::new());
        for sent in [terminal.authenticate(), terminal.heartbeat(), terminal.deregister()] {
            // One byte at a time: a capture may be cut anywhere.
            for byte in sent.expect("a frame").wire {
                captures.take(AT, ConnectionId(1), &[byte], &mut out);
            }
        }
        captures.take(AT, ConnectionId(1), &[0x7e, 1, 2, 3, 0x7e], &mut out);
        assert_eq!((captures.counts().recorded, captures.counts().passing), (2, 1));
        assert_eq!(captures.counts().refused.values().sum::<u64>(), 1);
        let trust = |input: NewInput| if let Event::Frame(frame) = input.event { Some(frame.session) } else { None };
        out.into_iter().filter_map(trust).collect()
    }

    #[test]
    fn frames_are_marked_as_on_a_live_connection() {
        // Proves: a wrong code and a terminal in no ledger make frames unauthenticated, the right code and a ledger that names
        // none do not; heartbeats are left out, junk is counted.
        use SessionTrust::{Authenticated, Unauthenticated};
        assert_eq!(marks("", "anything")[0], Authenticated);
        assert_eq!(marks("secret", "secret")[0], Authenticated);
        assert_eq!(marks("secret", "guessed"), [Unauthenticated, Unauthenticated]);
        assert_eq!(marks_of("13900000002", "", "anything"), [Unauthenticated, Unauthenticated]);
    }
}
