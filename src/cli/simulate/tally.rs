//! What was sent and answered so far, shared by all terminals, and the progress shown to who watches.

use crate::model::time::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Counters over all terminals.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    acknowledged: AtomicU64,
    failed: AtomicU64,
    repeated: AtomicU64,
    resent: AtomicU64,
    lost: AtomicU64,
    refused: AtomicU64,
    reached_ms: AtomicI64,
}

impl Tally {
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Relaxed);
    }

    pub(super) fn acknowledged(&self, success: bool) {
        self.acknowledged.fetch_add(1, Relaxed);
        if !success {
            self.failed.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn repeated(&self) {
        self.repeated.fetch_add(1, Relaxed);
    }

    pub(super) fn resent(&self) {
        self.resent.fetch_add(1, Relaxed);
    }

    pub(super) fn lost(&self) {
        self.lost.fetch_add(1, Relaxed);
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    pub(super) fn reached(&self, at: Timestamp) {
        self.reached_ms.fetch_max(at.as_millis(), Relaxed);
    }

    /// One line for people.
    pub(super) fn line(&self) -> String {
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        format!(
            "sent {} acknowledged {} (failed {}) repeated {} resent {} connections lost {} codes refused {}",
            count(&self.sent),
            count(&self.acknowledged),
            count(&self.failed),
            count(&self.repeated),
            count(&self.resent),
            count(&self.lost),
            count(&self.refused),
        )
    }

    /// Shows how far the day has come.
    pub(super) fn show(&self, bar: &ProgressBar) {
        let at = Timestamp::from_millis(self.reached_ms.load(Relaxed));
        bar.set_position(self.acknowledged.load(Relaxed));
        bar.set_message(format!("{} 连接中断 {}", clock_face(at), self.lost.load(Relaxed)));
    }
}

/// A bar over all messages of the day.
pub(super) fn bar(messages: u64) -> ProgressBar {
    let bar = ProgressBar::new(messages);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} 条已确认 acknowledged  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn clock_face(at: Timestamp) -> String {
    let second = at.china().second;
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}
