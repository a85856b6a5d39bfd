//! The day as a journal would have it, without sockets: for tests and for captures.

use super::{
    faults::Act,
    script::{Day, Script},
};
use crate::model::{
    fix::SessionTrust,
    ids::ConnectionId,
    input::{Event, RawFrame},
    time::{Span, Timestamp},
};
use bytes::Bytes;
use jt808::{ids::MessageId, terminal::Terminal, text::Text};

/// One thing that arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Receive time.
    pub received: Timestamp,
    /// What.
    pub event: Event,
}

/// All frames of the day that a gateway records, in order of receipt. Sessions of terminals in the ledger are authenticated,
/// since all codes are right, those of strangers are not; the codes a gateway would issue stand in as the terminal's own digits.
#[must_use]
pub fn arrivals(day: &Day) -> Vec<Arrival> {
    let mut all: Vec<Arrival> =
        (1_u64..).zip(&day.scripts).flat_map(|(number, script)| of_one(number, script)).collect();
    all.sort_by_key(|arrival| arrival.received);
    all
}

fn of_one(number: u64, script: &Script) -> Vec<Arrival> {
    let trust = if script.registered { SessionTrust::Authenticated } else { SessionTrust::Unauthenticated };
    let (device, connection) = (script.device(), number * 1000);
    let mut player = Player { device, connection, trust, list: Vec::new(), last: Bytes::new() };
    for step in &script.steps {
        player.act(script, step.at, &step.act);
    }
    player.list
}

struct Player {
    device: Terminal,
    connection: u64,
    trust: SessionTrust,
    list: Vec<Arrival>,
    last: Bytes,
}

impl Player {
    fn act(&mut self, script: &Script, at: Timestamp, act: &Act) {
        match act {
            Act::Connect => self.connect(script, at),
            Act::Disconnect => {}
            Act::Send(message) => {
                let sent = self.device.send(message).expect("simulated messages fit their frames");
                if message.id() != Some(MessageId::HEARTBEAT) {
                    self.record(at, &sent.wire);
                }
                self.last = sent.wire;
            }
            Act::Repeat => {
                let again = self.last.clone();
                self.record(at, &again);
            }
        }
    }

    fn connect(&mut self, script: &Script, at: Timestamp) {
        self.connection += 1;
        if self.device.code().is_none() {
            let sent = self.device.register(&script.register).expect("a simulated registration fits");
            self.record(at, &sent.wire);
            self.device.set_code(Text::encode("auth code", &script.terminal.to_string()).expect("digits"));
        }
        let sent = self.device.authenticate().expect("a simulated code fits");
        self.record(at, &sent.wire);
    }

    fn record(&mut self, at: Timestamp, wire: &Bytes) {
        let raw = RawFrame { connection: ConnectionId(self.connection), session: self.trust, raw: wire.clone() };
        self.list.push(Arrival { received: at + Span::from_millis(40), event: Event::Frame(raw) });
    }
}
