//! How much a finding rests on (rules.md 0.6).

use serde::{Deserialize, Serialize};

/// Grades from best to worst; of several the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// Sensor and geometry, or two independent sources.
    A,
    /// Geometry alone, dense good fixes.
    B,
    /// Inferred, over gaps, unauthenticated: a lead.
    C,
}

impl Grade {
    /// One letter.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }
}
