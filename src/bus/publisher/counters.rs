//! Figures of the publisher since its start, for health and metrics.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! figures {
    ($( $(#[doc = $doc:literal])+ $name:ident ),* $(,)?) => {
        /// Live figures; all only grow, except `publish_lag_inputs`.
        #[derive(Debug, Default)]
        pub struct PublishCounters { $( $(#[doc = $doc])+ pub(super) $name: AtomicU64, )* }

        impl PublishCounters {
            /// Each figure under its name, which is also that of the metric.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$( (stringify!($name), self.$name.load(Ordering::Relaxed)), )*]
            }
        }
    };
}

figures! {
    /// Empty entries put on streams.
    publish_beats,
    /// Entries put on streams, empty ones left out.
    published_entries,
    /// Frames put on streams.
    published_frames,
    /// Inputs that may be published and are not yet.
    publish_lag_inputs,
    /// Attempts that failed and were made again.
    publish_retries,
    /// Times the publisher went back to what workers had committed.
    publish_rewinds,
    /// Times a stream was at its limit and the publisher waited.
    publish_stalls,
}

pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
