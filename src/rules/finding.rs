//! What a finding carries besides its interval: why, by which approvals, and what it suppressed.

use super::{RuleId, spec::Quantity};
use crate::{
    model::ids::ApprovalId,
    track::{events::LoadSource, interval},
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A stretch of a finding.
pub type Stretch = interval::Stretch<Notes>;

/// The note that travels with a stretch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notes {
    /// The rule's reason, where it has several; that of the first fix.
    pub reason: Option<Reason>,
    /// Approvals it was judged by, sorted.
    pub approvals: SmallVec<[ApprovalId; 2]>,
    /// What the load rests on, where the rule needs a load.
    pub load: Option<LoadSource>,
    /// Rules that held too and gave way, with at how many fixes, sorted.
    pub also: SmallVec<[(RuleId, u32); 2]>,
}

impl interval::Note for Notes {
    fn join(&mut self, later: &Self) {
        self.reason = self.reason.or(later.reason);
        self.load = self.load.max(later.load);
        for approval in &later.approvals {
            if let Err(place) = self.approvals.binary_search(approval) {
                self.approvals.insert(place, approval.clone());
            }
        }
        for &(rule, fixes) in &later.also {
            self.suppress(rule, fixes);
        }
    }
}

impl Notes {
    /// Notes that a rule held too and gave way.
    pub fn suppress(&mut self, rule: RuleId, fixes: u32) {
        match self.also.binary_search_by_key(&rule, |also| also.0) {
            Ok(found) => {
                if let Some(also) = self.also.get_mut(found) {
                    also.1 += fixes;
                }
            }
            Err(place) => self.also.insert(place, (rule, fixes)),
        }
    }
}

/// One measured value beside its limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What.
    pub quantity: Quantity,
    /// Measured, in the quantity's unit.
    pub measured: f64,
    /// The limit it is held against.
    pub limit: f64,
}

impl Measure {
    /// Whether the limit is reached.
    #[must_use]
    pub fn exceeded(&self) -> bool {
        self.measured >= self.limit
    }
}

macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident = $code:literal $zh:literal $en:literal ),* $(,)?) => {
        /// Why a rule holds, where it has several ways to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $( $(#[$doc])* $name, )* }

        impl Reason {
            /// Name in interfaces.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }
            /// For people, Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str {
                match self { $( Self::$name => $zh, )* }
            }
            /// For people, English.
            #[must_use]
            pub const fn en(self) -> &'static str {
                match self { $( Self::$name => $en, )* }
            }
        }
    };
}

reasons! {
    /// No approval at all.
    NoneIssued = "none" "无任何核准" "no approval was ever issued",
    /// It ran out.
    Expired = "expired" "核准已过期" "the approval has expired",
    /// It begins later.
    NotYet = "not_yet" "核准尚未生效" "the approval is not in force yet",
    /// Another district issued it.
    OtherDistrict = "other_district" "仅有外区核准" "approved by another district only",
    /// 3a: a registered site, not this truck's.
    OtherSite = "other_site" "登记工地，非本车核准装载点" "a registered site that is not on the truck's approval",
    /// 3b: the right site at the wrong time.
    OutsideHours = "outside_hours" "核准装载点，超出核准时间" "the approved site outside the approved time",
    /// 3c: no registered place.
    NoSite = "no_site" "非登记地点" "no registered place",
}
