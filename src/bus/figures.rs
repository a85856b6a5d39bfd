//! Counters under the names of their metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// One figure.
#[derive(Debug, Default)]
pub(super) struct Figure(AtomicU64);

impl Figure {
    pub(super) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Declares a set of counters, all under their names; what they say outside stands in `ops::catalogue`.
macro_rules! figures {
    ($(#[doc = $about:literal])+ $set:ident: $( $(#[doc = $doc:literal])+ $name:ident ),* $(,)?) => {
        $(#[doc = $about])+
        #[derive(Debug, Default)]
        pub struct $set { $( $(#[doc = $doc])+ pub(in crate::bus) $name: $crate::bus::figures::Figure, )* }

        impl $set {
            /// Each figure under its name, which is also that of the metric.
            #[must_use]
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$( (stringify!($name), self.$name.get()), )*]
            }
        }
    };
}
pub(super) use figures;
