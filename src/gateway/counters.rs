//! Figures of the gateway since its start, for health and metrics.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($( $(#[doc = $doc:literal])+ $name:ident ),* $(,)?) => {
        /// Live figures; all only grow, except `connections`.
        #[derive(Debug, Default)]
        pub struct Counters { $( $(#[doc = $doc])+ pub $name: Counter, )* }

        /// The figures at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct CounterValues { $( $(#[doc = $doc])+ pub $name: u64, )* }

        impl CounterValues {
            /// Each figure under its name, which is also that of the metric.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$( (stringify!($name), self.$name), )*]
            }
        }

        impl Counters {
            /// The figures now.
            #[must_use]
            pub fn values(&self) -> CounterValues {
                CounterValues { $( $name: self.$name.get(), )* }
            }
        }
    };
}

counters! {
    /// Connections accepted.
    accepted,
    /// Answers sent.
    answers,
    /// Times a terminal connected while another connection of its was open.
    clashes,
    /// Connections closed because nothing came for too long.
    closed_idle,
    /// Connections closed over the junk limit.
    closed_junk,
    /// Connections closed because they did not take their answers in time.
    closed_not_reading,
    /// Connections closed because they spoke for too many terminals.
    closed_foreign,
    /// Connections closed because the record refused for too long.
    closed_record,
    /// Texts that terminals answered.
    commands_answered,
    /// Texts given back because their connection ended before the answer.
    commands_given_back,
    /// Texts written to terminals.
    commands_sent,
    /// Answers to texts that were not sent on their connection.
    commands_unmatched,
    /// Reports of texts dropped because the store was away for too long.
    commands_unreported,
    /// Connections open now.
    connections,
    /// Frames of terminals beyond the limit per connection.
    foreign,
    /// Checksum-valid frames.
    frames,
    /// Bytes that were no frames.
    junk_bytes,
    /// Frames made durable.
    recorded,
    /// Connections refused: too many in all.
    refused_connections,
    /// Connections refused: too many from one address.
    refused_address,
    /// Stretches between delimiters that were no frames.
    refused_frames,
    /// Frames of terminals that the ledger does not know.
    quarantined,
    /// Frames not acknowledged because the record refused them.
    unacknowledged,
    /// Frames of known terminals without the right code.
    unauthenticated,
    /// Frames recorded although their bodies do not decode.
    undecodable,
    /// Writes to terminals.
    writes,
}

/// One figure.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Its value.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn one(&self) {
        self.add(1);
    }

    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn count(&self, items: usize) {
        self.add(u64::try_from(items).unwrap_or(u64::MAX));
    }

    pub(super) fn one_less(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
