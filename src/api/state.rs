//! What the application hands in, and the bounds of what the api does with it.

use super::{
    guard::Rate,
    problem::{Problem, ProblemCode},
};
use crate::{bus::live::Live, model::time::Timestamp};
use std::{fmt, ops::Deref, sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What `app.rs` hands in.
#[derive(Clone, Debug)]
pub struct ApiParts {
    /// The live board the worker publishes on.
    pub live: Arc<Live>,
    /// The server's clock.
    pub clock: ApiClock,
    /// Bounds and switches.
    pub config: ApiConfig,
}

/// The parts and what the api itself keeps; cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiState(Arc<Inner>);

/// Behind an [`ApiState`].
#[derive(Debug)]
pub struct Inner {
    /// What was handed in.
    pub parts: ApiParts,
    /// One permit an answer under way.
    pub(crate) requests: Semaphore,
    /// One permit a live session.
    pub(crate) sessions: Arc<Semaphore>,
    /// Requests a second.
    pub(crate) rate: Rate,
    /// Cancelled when the server stops: live sessions end.
    pub(crate) stopping: CancellationToken,
}

impl ApiState {
    /// From its parts.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let (requests, rate) = (Semaphore::new(parts.config.requests_max), Rate::new(parts.config.requests_per_s_max));
        let sessions = Arc::new(Semaphore::new(parts.config.live_sessions_max));
        Self(Arc::new(Inner { parts, requests, sessions, rate, stopping: CancellationToken::new() }))
    }

    /// The answer of a resource whose source is not handed in.
    pub(crate) fn not_connected(&self) -> Problem {
        Problem::new(ProblemCode::Unavailable, "the source of this resource is not connected")
    }
}

impl Deref for ApiState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = ApiParts;
    fn deref(&self) -> &ApiParts {
        &self.parts
    }
}

/// Bounds and switches of the api; every value has a unit in its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiConfig {
    /// Host names besides the loopback ones under which the pages may be asked for (`Host` and `Origin`), without port.
    pub hosts: Vec<String>,
    /// Largest request body. No resource takes a body yet, so this only bounds what is read before it is refused.
    pub body_bytes_max: usize,
    /// Requests answered at the same time; further ones get 429.
    pub requests_max: usize,
    /// Requests a second over all clients, twice as many in one burst; further ones get 429.
    pub requests_per_s_max: u32,
    /// Longest address (path and query).
    pub uri_bytes_max: usize,
    /// Time one answer may take by the wall, exports and live sessions apart.
    pub request_timeout: Duration,
    /// Live sessions at the same time; further ones get 429.
    pub live_sessions_max: usize,
    /// Time a live client may take to read one message before its session is closed.
    pub live_send_timeout: Duration,
    /// No receipt for this long by the server's clock: shown as stale (rules.md 12 T1).
    pub stale_after_s: u32,
    /// No receipt for this long by the server's clock: shown as lost (rules.md 12 T1).
    pub lost_after_s: u32,
    /// A verdict on data older than this says so in its headline.
    pub verdict_stale_after_s: u32,
    /// Plate search: most vehicles in an answer.
    pub plate_hits_max: usize,
    /// Longest span of an export.
    pub export_span_max_s: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            body_bytes_max: 64 * 1024,
            requests_max: 256,
            requests_per_s_max: 500,
            uri_bytes_max: 8 * 1024,
            request_timeout: Duration::from_secs(20),
            live_sessions_max: 64,
            live_send_timeout: Duration::from_secs(10),
            stale_after_s: 180,
            lost_after_s: 600,
            verdict_stale_after_s: 3_600,
            plate_hits_max: 50,
            export_span_max_s: 31 * 86_400,
        }
    }
}

/// The server's clock and what is known of it.
#[derive(Clone)]
pub struct ApiClock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Which kind of clock.
    pub kind: ClockKind,
    /// Seconds of this clock a wall second; 1 for a wall clock.
    pub factor: f64,
}

/// Kinds of clock (DESIGN 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// Wall time.
    Wall,
    /// Runs faster, from an anchor.
    Scaled,
    /// The receive times of a capture.
    Given,
}

impl ApiClock {
    /// A clock read by `now`.
    pub fn new(kind: ClockKind, factor: f64, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), kind, factor }
    }

    /// Reads it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }
}

impl fmt::Debug for ApiClock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiClock").field("kind", &self.kind).field("factor", &self.factor).finish_non_exhaustive()
    }
}
