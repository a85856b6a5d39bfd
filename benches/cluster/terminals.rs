//! The terminals: one connection a truck, frames prepared before the clock starts, answers counted.

use crate::fleet::{self, EVERY_S, Fleet};
use muckwatch::{clock::wall_now, model::place::Wgs84};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// Frames in flight on a connection: a terminal that sends what it kept without waiting for each answer.
pub(crate) const WINDOW: usize = 64;

/// All of them.
pub(crate) struct Terminals(Vec<Terminal>);

/// One, between two loads.
struct Terminal {
    stream: Option<TcpStream>,
    /// Its frames one behind the other, and where each ends.
    wire: Vec<u8>,
    ends: Vec<usize>,
    /// Frames sent so far.
    sent: usize,
    /// Answers may come in pieces: two delimiters each, escaped within.
    delimiters: usize,
}

impl Terminals {
    /// As many positions of each truck as are asked for; the last is a minute old.
    pub(crate) fn prepare(fleet: &Fleet, each: usize) -> Self {
        let first = wall_now().as_millis() - 60_000 - i64::try_from(each).expect("few") * EVERY_S * 1000;
        let one = |(number, road): (usize, &Vec<Wgs84>)| Terminal::prepare(number, road, (first, each));
        Self(fleet.roads.iter().enumerate().map(one).collect())
    }

    /// Connects all.
    pub(crate) async fn connect(&mut self, address: SocketAddr) {
        for terminal in &mut self.0 {
            let stream = TcpStream::connect(address).await.expect("connects");
            stream.set_nodelay(true).expect("a socket");
            terminal.stream = Some(stream);
        }
    }

    /// Windows always full until `length` is over or each sent `most`; returns when all is acknowledged, and says how much was.
    pub(crate) async fn burst(&mut self, most: usize, length: Duration) -> usize {
        let end = Instant::now() + length;
        self.all(|terminal, _| terminal.burst(most, end)).await
    }

    /// `each` evenly over `length`; returns when all is acknowledged, and says how much was.
    pub(crate) async fn steady(&mut self, each: usize, length: Duration) -> usize {
        let every = length / u32::try_from(each).expect("few");
        let trucks = u32::try_from(self.0.len()).expect("few");
        self.all(|terminal, place| terminal.steady(each, every, every * place / trucks)).await
    }

    async fn all<F>(&mut self, load: impl Fn(Terminal, u32) -> F) -> usize
    where
        F: Future<Output = (Terminal, usize)> + Send + 'static,
    {
        let mut loads: JoinSet<_> =
            (0..).zip(self.0.drain(..)).map(|(place, terminal)| load(terminal, place)).collect();
        let mut count = 0;
        while let Some(done) = loads.join_next().await {
            let (terminal, acknowledged) = done.expect("no panic");
            count += acknowledged;
            self.0.push(terminal);
        }
        count
    }
}

impl Terminal {
    fn prepare(number: usize, road: &[Wgs84], (first, each): (i64, usize)) -> Self {
        let (mut wire, mut ends) = (Vec::new(), Vec::with_capacity(each));
        let turn = road.len() - 1;
        for (step, at) in (0..each).zip(0_i64..) {
            // There and back again.
            let along = step % (2 * turn);
            let place = road[along.min(2 * turn - along)];
            wire.extend_from_slice(&fleet::position(number, place, first + at * EVERY_S * 1000));
            ends.push(wire.len());
        }
        Self { stream: None, wire, ends, sent: 0, delimiters: 0 }
    }

    async fn burst(mut self, most: usize, end: Instant) -> (Self, usize) {
        let (mut sent, mut answered) = (0, 0);
        loop {
            let free = (WINDOW + answered - sent).min(most - sent);
            if free > 0 && Instant::now() < end {
                sent += self.send(free).await;
            }
            if answered == sent {
                return (self, answered);
            }
            answered += self.hear().await;
        }
    }

    async fn steady(mut self, each: usize, every: Duration, after: Duration) -> (Self, usize) {
        let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + after, every);
        let (mut sent, mut answered) = (0, 0);
        while answered < each {
            tokio::select! {
                _ = beat.tick(), if sent < each => sent += self.send(1).await,
                heard = self.hear(), if answered < sent => answered += heard,
            }
        }
        (self, answered)
    }

    async fn send(&mut self, count: usize) -> usize {
        let (from, to) = (self.end_of(self.sent), self.end_of(self.sent + count));
        let stream = self.stream.as_mut().expect("connected");
        stream.write_all(&self.wire[from..to]).await.expect("the gateway reads");
        self.sent += count;
        count
    }

    fn end_of(&self, frames: usize) -> usize {
        frames.checked_sub(1).map_or(0, |last| self.ends[last])
    }

    /// Waits for answers and says how many came.
    #[expect(clippy::naive_bytecount, reason = "a few hundred bytes a read: a crate would not show")]
    async fn hear(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let read = self.stream.as_mut().expect("connected").read(&mut buffer).await.expect("the gateway answers");
        assert!(read > 0, "the gateway hung up");
        self.delimiters += buffer[..read].iter().filter(|byte| **byte == 0x7E).count();
        let answers = self.delimiters / 2;
        self.delimiters %= 2;
        answers
    }
}
