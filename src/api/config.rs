//! Settings of the api.

use super::guard::Exposure;
use crate::limits::{DAY_S, HOUR_S, Refusals, Refused, YEAR_S};
use serde::{Deserialize, Serialize};
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// `[api]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Address the pages are served on. Default 127.0.0.1:8080: only this machine.
    pub listen: SocketAddr,
    /// `loopback` refuses an address other machines can reach; `public` is the explicit word for it. Default `loopback`: there are
    /// no accounts yet.
    pub exposure: Exposure,
    /// Host names besides the loopback ones under which the pages may be asked for (`Host`, `Origin`), without port. Default none.
    pub hosts: Vec<String>,
    /// Largest request body, bytes. Default 64 KiB: a text to a driver has 4 KiB at most.
    pub body_bytes_max: usize,
    /// Wall seconds a text to a terminal is tried before it expires. Default 600: a driver who is told later is told nothing.
    pub command_expires_s: u64,
    /// How often a text is sent at most. Default 5: a terminal that shows it but never answers shows it five times.
    pub command_attempts_max: u32,
    /// Longest address (path and query), bytes. Default 8 KiB: our own pages stay below 1 KiB.
    pub uri_bytes_max: usize,
    /// Requests answered at the same time; further ones get 429. Default 256: each may hold a few MB of a track.
    pub requests_max: usize,
    /// Requests a second over all clients, twice as many in one burst; further ones get 429. Default 500: a page load takes 20.
    pub requests_per_s_max: u32,
    /// Wall seconds one answer may take. Default 20: an officer does not wait longer.
    pub request_timeout_s: u64,
    /// Live sessions at the same time; further ones get 429. Default 64.
    pub live_sessions_max: usize,
    /// Wall seconds a live client may take to read one message before its session ends. Default 10: the pages reconnect.
    pub live_send_timeout_s: u64,
    /// Silence after which a terminal is shown as stale, seconds of the server's clock. Default 180 (rules.md 12 T1).
    pub stale_after_s: u32,
    /// Silence after which a terminal is shown as lost, seconds of the server's clock. Default 600 (rules.md 12 T1).
    pub lost_after_s: u32,
    /// A verdict on data older than this says so in its headline, seconds. Default 3600.
    pub verdict_stale_after_s: u32,
    /// Most vehicles in the answer to a plate query. Default 20: more is no answer to "this plate".
    pub plate_hits_max: usize,
    /// Most frames read for one page of a track. Default 100,000: a truck reporting every 10 s for 11 days.
    pub track_frames_max: usize,
    /// Longest span of an export, seconds. Default 31 days.
    pub export_span_s_max: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            exposure: Exposure::Loopback,
            hosts: Vec::new(),
            body_bytes_max: 64 << 10,
            command_expires_s: 600,
            command_attempts_max: 5,
            uri_bytes_max: 8 << 10,
            requests_max: 256,
            requests_per_s_max: 500,
            request_timeout_s: 20,
            live_sessions_max: 64,
            live_send_timeout_s: 10,
            stale_after_s: 180,
            lost_after_s: 600,
            verdict_stale_after_s: 3_600,
            plate_hits_max: 20,
            track_frames_max: 100_000,
            export_span_s_max: 31 * 86_400,
        }
    }
}

impl ApiConfig {
    /// Wall time one answer may take.
    #[must_use]
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_s)
    }

    /// Wall time a live client may take to read one message.
    #[must_use]
    pub const fn live_send_timeout(&self) -> Duration {
        Duration::from_secs(self.live_send_timeout_s)
    }
}

/// Largest request body and longest address.
const REQUEST_BYTES_MAX: u64 = 64 << 20;
/// Most of what is answered at the same time, or in a second.
const REQUESTS_MAX: u64 = 1_000_000;
/// Most attempts at a text.
const ATTEMPTS_MAX: u64 = 1_000;
/// Most vehicles of an answer.
const HITS_MAX: u64 = 1_000;
/// Most frames of a page of a track: some 100 bytes each, in memory.
const TRACK_FRAMES_MAX: u64 = 10_000_000;
/// Longest time that a text waits, and after which silence or age is told.
const AGE_S_MAX: u64 = 31 * DAY_S;
/// Longest span of an export.
const EXPORT_S_MAX: u64 = 10 * YEAR_S;

impl ApiConfig {
    /// What is wrong with each value by itself, and with two that contradict each other.
    #[must_use]
    pub fn check(&self) -> Vec<Refused> {
        let mut wrong = Refusals::default();
        wrong.bound("api.body_bytes_max", self.body_bytes_max, 1..=REQUEST_BYTES_MAX);
        wrong.bound("api.command_expires_s", self.command_expires_s, 1..=AGE_S_MAX);
        wrong.bound("api.command_attempts_max", self.command_attempts_max, 1..=ATTEMPTS_MAX);
        wrong.bound("api.uri_bytes_max", self.uri_bytes_max, 1..=REQUEST_BYTES_MAX);
        wrong.bound("api.requests_max", self.requests_max, 1..=REQUESTS_MAX);
        wrong.bound("api.requests_per_s_max", self.requests_per_s_max, 1..=REQUESTS_MAX);
        wrong.bound("api.request_timeout_s", self.request_timeout_s, 1..=HOUR_S);
        wrong.bound("api.live_sessions_max", self.live_sessions_max, 1..=REQUESTS_MAX);
        wrong.bound("api.live_send_timeout_s", self.live_send_timeout_s, 1..=HOUR_S);
        wrong.bound("api.stale_after_s", self.stale_after_s, 1..=AGE_S_MAX);
        wrong.bound("api.lost_after_s", self.lost_after_s, 1..=AGE_S_MAX);
        if self.lost_after_s < self.stale_after_s {
            wrong.add("api.lost_after_s", "must not be less than api.stale_after_s: raise it, or lower that");
        }
        wrong.bound("api.verdict_stale_after_s", self.verdict_stale_after_s, 1..=AGE_S_MAX);
        wrong.bound("api.plate_hits_max", self.plate_hits_max, 1..=HITS_MAX);
        wrong.bound("api.track_frames_max", self.track_frames_max, 1..=TRACK_FRAMES_MAX);
        wrong.bound("api.export_span_s_max", self.export_span_s_max, 1..=EXPORT_S_MAX);
        wrong.told()
    }
}
