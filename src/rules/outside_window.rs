//! # What it flags
//! A muck truck hauls outside the hours of every approval valid then.
//! # Legal basis
//! 惠政〔2017〕2号 19(2): 按规定时间运输.
//! # What it does not flag
//! A trip begun inside the hours that ends within the tolerance and stays on its route; the empty way home within its own
//! tolerance; standing. An approval without windows is open at any hour.
//! # Parameters
//! `moving_kmh`: slower than this is not moving. `pause_s`: a stop shorter than this does not end the drive. `finish_s`: a trip
//! begun inside may finish so long after closing, on route (`route_m`). `return_s`: so long for the empty return.
//! # Evidence it needs
//! The leg with its start, the approvals with their windows, event time beside receive time.

use super::{
    Rule, Sink,
    finding::{Measure, Stretch},
    observation::{Object, Observation, PermitSeen},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{
        time::{Span, Timestamp},
        vehicle::VehicleKind,
    },
    track::interval::{Limits, Sample},
};
use serde::{Deserialize, Serialize};

/// Rule 6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideWindow {}

/// Numbers of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Slower than this is not moving, km/h.
    pub moving_kmh: f64,
    /// A stop shorter than this does not end the drive, seconds.
    pub pause_s: u32,
    /// A trip begun inside may finish so long after closing, seconds.
    pub finish_s: u32,
    /// So long after closing the truck may still drive home empty, seconds.
    pub return_s: u32,
    /// So near its route a trip counts as on route, metres.
    pub route_m: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { moving_kmh: 5.0, pause_s: 300, finish_s: 900, return_s: 3600, route_m: 80.0 }
    }
}

impl Rule for OutsideWindow {
    const SPEC: Spec = Spec {
        code: "M-HOURS",
        title_zh: "未在核准时段运输",
        title_en: "Outside the approved hours",
        basis: "惠政〔2017〕2号 19(2)",
        family: Family::OffHours,
        subject: SubjectKind::Vehicle,
        peak: Quantity::PastWindow,
        severity: Severity::Minor,
        precedence: Precedence::Yields,
        revision: 1,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 60,
        enter_fixes: 3,
        enter_distance_m: 200.0,
        exit_after_s: 60,
        exit_fixes: 2,
        merge_gap_s: 180,
    };
    type Params = Params;

    fn holds(seen: &Observation<'_>, params: &Params, hit: &mut Sink<'_>) {
        let Some(vehicle) = seen.vehicle() else { return };
        if vehicle.vehicle.kind != VehicleKind::MuckTruck || !super::bound(seen) {
            return;
        }
        let mut valid = seen.permits.iter().filter(|permit| permit.valid_at(seen.at)).peekable();
        if valid.peek().is_none() || valid.any(|permit| permit.open_at(seen.at)) || tolerated(seen, params) {
            return;
        }
        let Some(strength) = super::driving(seen, params.moving_kmh, params.pause_s) else { return };
        let (grade, note) = (seen.haul_grade(), super::judged_by(seen));
        hit(Object::Nothing, Sample { strength, measure: shut_for_s(seen), grade, note }, None);
    }

    fn why(found: &Stretch, params: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        let limit = f64::from(params.finish_s);
        why.insert(0, Measure { quantity: Quantity::PastWindow, measured: found.peak.value, limit });
        why
    }
}

/// Whether the truck may still be on its way.
fn tolerated(seen: &Observation<'_>, params: &Params) -> bool {
    let valid = || seen.permits.iter().filter(|permit| permit.valid_at(seen.at));
    let shut_after = |permit: &PermitSeen<'_>, tolerance: u32| {
        permit.open_at(seen.at - Span::from_secs(i64::from(tolerance)))
    };
    match seen.haul {
        Some(haul) => {
            let on_route = |permit: &PermitSeen<'_>| permit.route.is_none_or(|route| route.away_m <= params.route_m || route.in_site_m >= 0.0);
            valid().any(|permit| permit.open_at(haul.since) && shut_after(permit, params.finish_s))
                && valid().any(on_route)
        }
        None => valid().any(|permit| shut_after(permit, params.return_s)),
    }
}

/// Seconds since the last window shut, looking back a day in minutes.
fn shut_for_s(seen: &Observation<'_>) -> f64 {
    const DAY_MINUTES: u16 = 1440;
    let open = |at: Timestamp| seen.permits.iter().any(|permit| permit.open_at(at));
    let shut = (1..=DAY_MINUTES).find(|minutes| open(seen.at - Span::from_secs(i64::from(*minutes) * 60)));
    f64::from(shut.unwrap_or(DAY_MINUTES)) * 60.0
}
