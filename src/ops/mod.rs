//! What an operator and a machine of his ask a process: is it alive and how is it (`/health`), may it be given work (`/ready`), what
//! does it count (`/metrics`).
//!
//! One [`Ops`] a process, made by `app.rs`, which registers what there is: figures as `(prefix, labels, closure)` in [`figures`],
//! checks in [`ready`]. [`routes::routes`] serves them, at the api's address or at one of their own. [`catalogue`] is the one table of
//! names with unit and help; a figure that is not in it does not get out, and a test says which.

pub mod catalogue;
pub mod checks;
pub mod figures;
pub mod ready;
pub mod routes;

use figures::Figures;
use ready::Readiness;
use std::time::Instant;

/// What one process tells about itself.
#[derive(Debug)]
pub struct Ops {
    /// `serve`, `gateway`, `worker` or `api`.
    pub role: &'static str,
    /// Name of the process in leases.
    pub member: String,
    /// What is counted.
    pub figures: Figures,
    /// What must hold before work is given to it.
    pub ready: Readiness,
    since: Instant,
}

impl Ops {
    /// Of a process that has just started; nothing is registered yet.
    #[must_use]
    pub fn new(role: &'static str, member: String) -> Self {
        Self { role, member, figures: Figures::default(), ready: Readiness::default(), since: Instant::now() }
    }

    /// Forgets figures and checks: what they were of is built anew.
    pub fn clear(&self) {
        self.figures.clear();
        self.ready.clear();
    }

    /// Seconds since the process started.
    #[must_use]
    pub fn up_s(&self) -> u64 {
        self.since.elapsed().as_secs()
    }
}
