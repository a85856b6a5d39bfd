//! The catalogue: one line per rule, one file per rule. A rule is a predicate on one observation; how long it must hold
//! is the interval builder's business, what to do about it a person's.

pub mod finding;
pub mod manual;
pub mod observation;
pub mod policy;
pub mod spec;

use crate::track::{
    events::HaulEvent,
    interval::{Limits, Sample, Strength},
};
use finding::{Measure, Notes, Stretch};
use observation::{Object, Observation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use spec::{Quantity, Severity, Spec};

/// What holds at one fix.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Which rule.
    pub rule: RuleId,
    /// About what, besides the subject.
    pub object: Object,
    /// How clearly, by how much, resting on what.
    pub sample: Sample<Notes>,
    /// An event has its own times and goes past the interval builder.
    pub event: Option<HaulEvent>,
}

/// Where a rule puts what holds.
pub type Sink<'a> = dyn FnMut(Object, Sample<Notes>, Option<HaulEvent>) + 'a;

/// A violation type.
pub trait Rule {
    /// What it is.
    const SPEC: Spec;
    /// When it becomes an episode.
    const LIMITS: Limits;
    /// Its numbers.
    type Params: Clone + std::fmt::Debug + Default + PartialEq + DeserializeOwned + Serialize;
    /// What holds at one fix. Sees no store, no clock, no other rule.
    fn holds(seen: &Observation<'_>, params: &Self::Params, hit: &mut Sink<'_>);
    /// How bad it is, judged by the whole of it.
    fn severity(_found: &Stretch, _params: &Self::Params) -> Severity {
        Self::SPEC.severity
    }
    /// The measured values beside their limits, most telling first.
    fn why(found: &Stretch, params: &Self::Params, limits: &Limits) -> Vec<Measure>;
}

macro_rules! catalogue {
    ($( $(#[$doc:meta])* $module:ident :: $rule:ident ),* $(,)?) => {
        $( pub mod $module; )*

        /// Every violation type.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RuleId { $( $(#[$doc])* $rule, )* }

        /// All parameters of all rules; a missing table means the defaults, an unknown key is an error.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Policy {
            /// Gate, gaps, stays, loading.
            pub track: crate::track::params::Params,
            $( $(#[$doc])* pub $module: policy::Tuned<$module::$rule>, )*
        }

        /// Every rule, in the order of evaluation.
        pub const SPECS: &[(RuleId, Spec)] = &[ $( (RuleId::$rule, <$module::$rule as Rule>::SPEC), )* ];

        /// The files of the rules, for the manual.
        pub const SOURCES: &[(RuleId, &str)] = &[ $( (RuleId::$rule, include_str!(concat!(stringify!($module), ".rs"))), )* ];

        impl RuleId {
            /// Name in interfaces: that of the rule's file.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$rule => stringify!($module), )* }
            }

            /// What the rule is.
            #[must_use]
            pub const fn spec(self) -> &'static Spec {
                match self { $( Self::$rule => const { &<$module::$rule as Rule>::SPEC }, )* }
            }
        }

        impl Policy {
            /// When this rule becomes an episode.
            #[must_use]
            pub const fn limits(&self, rule: RuleId) -> &Limits {
                match rule { $( RuleId::$rule => &self.$module.limits, )* }
            }

            /// Everything that holds at one fix, in the order of the catalogue.
            pub fn hits(&self, seen: &Observation<'_>, hits: &mut Vec<Hit>) {
                $( if seen.concerns(&<$module::$rule as Rule>::SPEC) {
                    $module::$rule::holds(seen, &self.$module.params, &mut |object, sample, event| {
                        hits.push(Hit { rule: RuleId::$rule, object, sample, event });
                    });
                } )*
            }

            /// How bad a finding is.
            #[must_use]
            pub fn severity(&self, rule: RuleId, found: &Stretch) -> Severity {
                match rule { $( RuleId::$rule => $module::$rule::severity(found, &self.$module.params), )* }
            }

            /// Measured values beside their limits.
            #[must_use]
            pub fn why(&self, rule: RuleId, found: &Stretch) -> Vec<Measure> {
                match rule { $( RuleId::$rule => $module::$rule::why(found, &self.$module.params, &self.$module.limits), )* }
            }

            /// Parameters and limits of one rule as JSON.
            #[must_use]
            pub fn table(&self, rule: RuleId) -> serde_json::Value {
                match rule { $( RuleId::$rule => policy::value(&self.$module), )* }
            }
        }
    };
}

catalogue! {
    /// 黑车：未登记终端
    unknown_terminal::UnknownTerminal,
    /// 黑车：无有效核准
    no_approval::NoApproval,
    /// 黑公司：企业无运输核准
    company_without_approval::CompanyWithoutApproval,
    /// 未在规定地点装载
    unapproved_loading::UnapprovedLoading,
    /// 未按核准线路行驶
    off_route::OffRoute,
    /// 未在核准时段运输
    outside_window::OutsideWindow,
    /// 黄标车闯限行区
    yellow_zone::YellowZone,
}

/// How clearly the truck is driving: strongly while it moves, paused while it stands for a while, not when it parks.
fn driving(seen: &Observation<'_>, moving_kmh: f64, pause_s: u32) -> Option<Strength> {
    if seen.fix.speed.kmh() >= moving_kmh {
        return Some(Strength::Strong);
    }
    (seen.still.as_millis() < i64::from(pause_s) * 1000).then_some(Strength::Pause)
}

/// Whether route and hours bind the truck now: on a loaded leg, or by an approval that binds all driving.
fn bound(seen: &Observation<'_>) -> bool {
    seen.haul.is_some() || seen.permits.iter().any(|permit| permit.valid_at(seen.at) && off_route::binds_all(permit))
}

/// The approvals valid now and what the load rests on.
fn judged_by(seen: &Observation<'_>) -> Notes {
    let valid = seen.permits.iter().filter(|permit| permit.valid_at(seen.at));
    let mut approvals: smallvec::SmallVec<_> = valid.map(|permit| permit.approval.id.clone()).collect();
    approvals.sort();
    Notes { approvals, load: seen.haul.map(|haul| haul.source), ..Notes::default() }
}

/// How long, how many fixes, how far: beside what was needed to open it.
fn entered(found: &Stretch, limits: &Limits) -> Vec<Measure> {
    vec![
        Measure { quantity: Quantity::Duration, measured: lasted_s(found), limit: f64::from(limits.enter_after_s) },
        Measure { quantity: Quantity::Fixes, measured: f64::from(found.fixes), limit: f64::from(limits.enter_fixes) },
        Measure { quantity: Quantity::Driven, measured: found.driven_m, limit: limits.enter_distance_m },
    ]
}

/// Seconds from start to last.
fn lasted_s(found: &Stretch) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an episode is shorter than 2^53 ms")]
    let millis = found.last.since(found.start).as_millis() as f64;
    millis / 1000.0
}
