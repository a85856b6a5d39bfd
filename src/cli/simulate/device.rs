//! One simulated terminal at work: connects, makes itself known, sends what is due, keeps what is not acknowledged and sends
//! it again after a reconnection. No frame is given up.

use super::{acknowledged::Acknowledged, clock::ServerClock, link::Link, tally::Tally};
use crate::{
    clock::{pause::Pause, wall_now},
    model::time::Timestamp,
    sim::{faults::Act, script::Script},
};
use anyhow::{Context, Result};
use bytes::Bytes;
use jt808::{
    ids::MessageId,
    messages::{Message, PlatformResult},
    terminal::{Answer, Sent, Terminal},
};
use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout_at};

/// Frames that may be on their way without an answer.
const WINDOW: usize = 8;
/// An answer that has not come by then never will on this connection.
const ANSWER: Duration = Duration::from_secs(20);
/// First and longest pause between attempts to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// What all terminals of a day share.
#[derive(Clone)]
pub(super) struct World {
    /// Where to connect.
    pub(super) server: SocketAddr,
    /// The server's clock.
    pub(super) clock: ServerClock,
    /// Counters.
    pub(super) tally: Arc<Tally>,
    /// Where acknowledged frames are noted.
    pub(super) acknowledged: Arc<Acknowledged>,
}

/// A message on its way, and since when (wall time) it has been.
struct Pending {
    sent: Sent,
    since: Timestamp,
}

/// The result of a command that the terminal does not know.
const NOT_SUPPORTED: u8 = 3;

/// A terminal and its day.
pub(super) struct Device {
    script: Script,
    terminal: Terminal,
    world: World,
    link: Option<Link>,
    /// Sent and not yet acknowledged, oldest first.
    pending: VecDeque<Pending>,
    last: Bytes,
    /// Whether the day wants it connected now.
    online: bool,
}

impl Device {
    pub(super) fn new(script: Script, world: World) -> Self {
        let terminal = script.device();
        Self { script, terminal, world, link: None, pending: VecDeque::new(), last: Bytes::new(), online: false }
    }

    /// Lives the day; returns when everything is acknowledged.
    pub(super) async fn live(mut self) -> Result<()> {
        for step in std::mem::take(&mut self.script.steps) {
            self.wait_for(step.at).await;
            self.act(step.act).await.with_context(|| format!("terminal {}", self.script.terminal))?;
            self.world.tally.reached(step.at);
        }
        self.settle(0).await;
        Ok(())
    }

    async fn act(&mut self, act: Act) -> Result<()> {
        match act {
            Act::Connect => {
                self.online = true;
                self.reconnect().await;
            }
            Act::Disconnect => {
                self.settle(0).await;
                self.online = false;
                self.link = None;
            }
            Act::Send(message) => self.send(&message).await?,
            Act::Repeat => {
                let again = self.last.clone();
                self.world.tally.repeated();
                self.write(&again).await;
            }
        }
        Ok(())
    }

    /// Takes answers until it is `at` by the server's clock; mends a lost connection meanwhile.
    async fn wait_for(&mut self, at: Timestamp) {
        loop {
            let nap = self.world.clock.nap(at);
            if nap.is_zero() {
                return;
            }
            self.listen(Instant::now() + nap).await;
        }
    }

    async fn send(&mut self, message: &Message) -> Result<()> {
        self.settle(WINDOW - 1).await;
        let sent = self.terminal.send(message)?;
        self.world.tally.sent();
        self.last = sent.wire.clone();
        self.pending.push_back(Pending { sent, since: wall_now() });
        let wire = self.last.clone();
        self.write(&wire).await;
        Ok(())
    }

    /// Writes; a connection that fails is mended, which sends everything pending.
    async fn write(&mut self, wire: &[u8]) {
        let written = match &mut self.link {
            Some(link) => link.send(wire).await,
            None => return self.reconnect().await,
        };
        if let Err(error) = written {
            self.lose(&error).await;
        }
    }

    /// Waits until at most `left` frames are unanswered.
    async fn settle(&mut self, left: usize) {
        let mut waiting_since = (self.pending.len(), Instant::now());
        while self.pending.len() > left {
            self.listen(Instant::now() + Duration::from_millis(200)).await;
            if self.pending.len() != waiting_since.0 {
                waiting_since = (self.pending.len(), Instant::now());
            } else if waiting_since.1.elapsed() > ANSWER {
                self.lose(&anyhow::anyhow!("no answer for {} frames", self.pending.len())).await;
                waiting_since.1 = Instant::now();
            }
        }
    }

    /// Takes one answer, or returns at `until`.
    async fn listen(&mut self, until: Instant) {
        let Some(link) = &mut self.link else {
            if self.online {
                return self.reconnect().await;
            }
            return tokio::time::sleep_until(until).await;
        };
        match timeout_at(until, link.answer(&mut self.terminal)).await {
            Err(_) => {}
            Ok(Ok(Answer::Command { id, serial })) => self.obey(id, serial).await,
            Ok(Ok(answer)) => self.take(answer),
            Ok(Err(error)) => self.lose(&error).await,
        }
    }

    fn take(&mut self, answer: Answer) {
        let Answer::General(reply) = answer else { return };
        let found = self.pending.iter().position(|pending| pending.sent.first_serial == reply.serial);
        let Some(pending) = found.and_then(|index| self.pending.remove(index)) else { return };
        let success = reply.result == PlatformResult::Success;
        self.world.tally.acknowledged(success);
        if success {
            self.world.acknowledged.note(self.script.terminal, pending.since, &pending.sent.wire);
        }
    }

    /// Answers a command; a connection that fails is mended, and the platform asks again.
    async fn obey(&mut self, id: MessageId, serial: u16) {
        match obedience(&mut self.terminal, id, serial) {
            Ok(sent) => self.write(&sent.wire).await,
            Err(error) => self.lose(&error).await,
        }
    }

    async fn lose(&mut self, error: &anyhow::Error) {
        tracing::debug!(terminal = %self.script.terminal, %error, "connection lost");
        self.link = None;
        self.world.tally.lost();
        if self.online {
            self.reconnect().await;
        }
    }

    /// Connects, makes itself known and sends everything unanswered again; tries until it works.
    async fn reconnect(&mut self) {
        let mut pause = Pause::new(BACK_OFF.0, BACK_OFF.1);
        while let Err(error) = self.open().await {
            tracing::debug!(terminal = %self.script.terminal, %error, "no connection yet");
            self.link = None;
            sleep(pause.take()).await;
        }
    }

    async fn open(&mut self) -> Result<()> {
        let mut link = Link::open(self.world.server).await?;
        self.introduce(&mut link).await?;
        for pending in &self.pending {
            link.send(&pending.sent.wire).await?;
            self.world.tally.resent();
        }
        self.link = Some(link);
        Ok(())
    }

    /// Registers where it has no code, authenticates; a code that is refused is replaced by a new registration once.
    async fn introduce(&mut self, link: &mut Link) -> Result<()> {
        if self.terminal.code().is_none() {
            self.register(link).await?;
        }
        if !self.authenticate(link).await? {
            self.register(link).await?;
            if !self.authenticate(link).await? {
                self.world.tally.refused();
            }
        }
        Ok(())
    }

    async fn register(&mut self, link: &mut Link) -> Result<()> {
        let sent = self.terminal.register(&self.script.register)?;
        link.send(&sent.wire).await?;
        self.expect(link, sent.first_serial).await?;
        Ok(())
    }

    async fn authenticate(&mut self, link: &mut Link) -> Result<bool> {
        let sent = self.terminal.authenticate()?;
        link.send(&sent.wire).await?;
        let answer = self.expect(link, sent.first_serial).await?;
        Ok(matches!(answer, Answer::General(reply) if reply.result == PlatformResult::Success))
    }

    /// The answer to one frame of the introduction.
    async fn expect(&mut self, link: &mut Link, serial: u16) -> Result<Answer> {
        let until = Instant::now() + ANSWER;
        loop {
            let answer = timeout_at(until, link.answer(&mut self.terminal)).await.context("no answer")??;
            match answer {
                Answer::General(reply) if reply.serial == serial => return Ok(answer),
                Answer::Registered { serial: of, .. } if of == serial => return Ok(answer),
                Answer::Command { id, serial } => {
                    link.send(&obedience(&mut self.terminal, id, serial)?.wire).await?;
                }
                Answer::General(_) | Answer::Registered { .. } => {}
            }
        }
    }
}

/// 0x0001: a text is confirmed, every other command is not supported.
fn obedience(terminal: &mut Terminal, id: MessageId, serial: u16) -> Result<Sent> {
    let result = if id == MessageId::TEXT { 0 } else { NOT_SUPPORTED };
    Ok(terminal.answer(id, serial, result)?)
}

#[cfg(test)]
#[path = "device_tests.rs"]
mod tests;
