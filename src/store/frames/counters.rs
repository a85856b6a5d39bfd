//! Figures of a copier since its start, for health and metrics.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($( $(#[doc = $doc:literal])+ $name:ident ),* $(,)?) => {
        /// Live figures; all only grow, except `copy_alone` and `copy_replaced`.
        #[derive(Debug, Default)]
        pub struct CopyCounters { $( $(#[doc = $doc])+ pub(super) $name: AtomicU64, )* }

        /// The figures at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct CopyValues { $( $(#[doc = $doc])+ pub $name: u64, )* }

        impl CopyValues {
            /// Each figure under its name, which is also that of the metric.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$( (stringify!($name), self.$name), )*]
            }
        }

        impl CopyCounters {
            /// The figures now.
            #[must_use]
            pub fn values(&self) -> CopyValues {
                CopyValues { $( $name: self.$name.load(Ordering::Relaxed), )* }
            }
        }
    };
}

counters! {
    /// 1 while the server waits for no standby, as far as it was asked.
    copy_alone,
    /// Batches committed.
    copy_batches,
    /// Bytes of their bodies.
    copy_bytes,
    /// Connections made to the copy's server.
    copy_connects,
    /// Inputs copied.
    copy_inputs,
    /// 1 once another process took the number over: nothing is copied here any more.
    copy_replaced,
    /// Calls that were made again.
    copy_retries,
    /// Commits that do not count because a warning came with them.
    copy_warned,
}

pub(super) fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
