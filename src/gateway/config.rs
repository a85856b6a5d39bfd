//! Every limit of the gateway.

use crate::limits::{DAY_S, HOUR_MS, HOUR_S, Refusals, Refused};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};

/// `[gateway]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// Address terminals connect to. Default 0.0.0.0:6808: they come over the mobile network.
    pub listen: SocketAddr,
    /// Connections at once; further ones are closed at once. Default 20,000: twice a large district's trucks, some
    /// 300 MB of buffers at worst.
    pub connections_max: usize,
    /// Connections at once from one address. Default 4,096: carriers put whole fleets behind one address, a scanner
    /// needs no more than that to be noticed.
    pub connections_per_address_max: usize,
    /// Terminals one connection may speak for. Default 1: an identity is a connection's. Frames of further terminals
    /// are recorded unauthenticated and answered, and counted against `foreign_frames_max`.
    pub terminals_per_connection_max: usize,
    /// Frames of terminals beyond `terminals_per_connection_max` before the connection is closed. Default 16: a device
    /// with a wrong id now and then goes on, one that plays a fleet does not.
    pub foreign_frames_max: u64,
    /// Bytes of one frame on the wire. Default 2,092: the longest the standard allows, all of it escaped.
    pub frame_bytes_max: usize,
    /// Bytes of one read. Default 8,192: a window of 16 positions in one read, small enough for 20,000 connections.
    /// Less than 256 counts as 256.
    pub read_bytes: usize,
    /// Bytes read but not yet durable and answered; beyond it the connection is not read. Default 65,536: more than any
    /// terminal's window.
    pub unacknowledged_bytes_max: usize,
    /// Seconds without a byte before a connection is closed. Default 900: parked trucks sleep for ten minutes.
    pub idle_s: u64,
    /// Seconds until the first good frame must have come. Default 60: scanners open and wait.
    pub first_frame_s: u64,
    /// Seconds one write may take. Default 10: a terminal that does not read is gone or hostile.
    pub write_s: u64,
    /// Bytes that are no frames since the last good frame before the connection is closed. Default 4,096: vendors' ASCII
    /// lines pass, an HTTP client does not get far.
    pub junk_bytes_max: u64,
    /// Seconds a connection is kept while the record refuses its frames. Default 120: the terminal resends meanwhile,
    /// and a disk that was cleaned finds its fleet still there.
    pub record_patience_s: u64,
    /// Milliseconds between two looks at the texts that wait for terminals. Default 1,000: an officer sees it go out.
    pub command_poll_ms: u64,
    /// Wall seconds a terminal has to answer a text before it is sent again. Default 30: slow networks answer in ten.
    pub command_answer_s: u64,
    /// Seconds that open connections have to answer what is durable when the gateway stops. Default 10: as long as the
    /// slowest write.
    pub drain_s: u64,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 6808)),
            connections_max: 20_000,
            connections_per_address_max: 4096,
            terminals_per_connection_max: 1,
            foreign_frames_max: 16,
            frame_bytes_max: jt808::frame::MAX_FRAME_WIRE,
            read_bytes: 8192,
            unacknowledged_bytes_max: 65_536,
            idle_s: 900,
            first_frame_s: 60,
            write_s: 10,
            junk_bytes_max: 4096,
            record_patience_s: 120,
            command_poll_ms: 1000,
            command_answer_s: 30,
            drain_s: 10,
        }
    }
}

/// Most connections of a process.
const CONNECTIONS_MAX: u64 = 1_000_000;
/// Most terminals of a connection.
const TERMINALS_MAX: u64 = 65_536;
/// Shortest and longest frame: a header with its check code and flags, and what any vendor was seen to send.
const FRAME_BYTES: std::ops::RangeInclusive<u64> = 32..=65_536;
/// Largest buffer of one connection.
const BUFFER_BYTES_MAX: u64 = 64 << 20;
/// Shortest pause between two looks at waiting texts.
const POLL_MS_MIN: u64 = 10;

impl GatewayConfig {
    /// What is wrong with each value by itself, and with two that contradict each other.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        wrong.bound("gateway.connections_max", self.connections_max, 1..=CONNECTIONS_MAX);
        wrong.bound("gateway.connections_per_address_max", self.connections_per_address_max, 1..=CONNECTIONS_MAX);
        wrong.bound("gateway.terminals_per_connection_max", self.terminals_per_connection_max, 1..=TERMINALS_MAX);
        wrong.bound("gateway.frame_bytes_max", self.frame_bytes_max, FRAME_BYTES);
        wrong.bound("gateway.read_bytes", self.read_bytes, 1..=BUFFER_BYTES_MAX);
        wrong.bound("gateway.unacknowledged_bytes_max", self.unacknowledged_bytes_max, 1..=BUFFER_BYTES_MAX);
        if self.unacknowledged_bytes_max < self.frame_bytes_max {
            wrong.add("gateway.unacknowledged_bytes_max", "must hold one frame of gateway.frame_bytes_max at least");
        }
        wrong.bound("gateway.idle_s", self.idle_s, 1..=DAY_S);
        wrong.bound("gateway.first_frame_s", self.first_frame_s, 1..=DAY_S);
        wrong.bound("gateway.write_s", self.write_s, 1..=HOUR_S);
        wrong.bound("gateway.record_patience_s", self.record_patience_s, 0..=DAY_S);
        wrong.bound("gateway.command_poll_ms", self.command_poll_ms, POLL_MS_MIN..=HOUR_MS);
        wrong.bound("gateway.command_answer_s", self.command_answer_s, 1..=DAY_S);
        wrong.bound("gateway.drain_s", self.drain_s, 0..=HOUR_S);
        wrong.told()
    }
}
