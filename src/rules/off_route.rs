//! # What it flags
//! A muck truck on an approved haul is away from every route it is approved for then.
//! # Legal basis
//! 惠政〔2017〕2号 19(2): 按规定线路行驶.
//! # What it does not flag
//! The first and last 300 m, its own load and disposal sites, empty driving unless the approval binds all driving, a lone
//! spike, the chord of a silence. The routes of all approvals valid then are one. An approval without a route leaves the rule
//! off.
//! # Parameters
//! `out_m`: farther than this begins it. `back_m`: nearer than this ends it. `ends_m`: free round both ends.
//! `site_m`: free round its own sites. `major_m`, `major_s`, `severe_s`: severity by the whole of it.
//! # Evidence it needs
//! The track, the routes as approved then, the distance at the worst point and the first deviation.

use super::{
    Rule, Sink,
    finding::{Measure, Stretch},
    observation::{Object, Observation, PermitSeen},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{approval::Binds, vehicle::VehicleKind},
    track::interval::{Limits, Sample, Strength},
};
use serde::{Deserialize, Serialize};

/// Rule 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OffRoute {}

/// Numbers of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Farther than this begins it, metres.
    pub out_m: f64,
    /// Nearer than this ends it, metres.
    pub back_m: f64,
    /// Free round both ends of a route, metres.
    pub ends_m: f64,
    /// Free round its own sites, metres.
    pub site_m: f64,
    /// As far away as this it is major, metres.
    pub major_m: f64,
    /// As long as this it is major, seconds.
    pub major_s: u32,
    /// As long as this it is severe, seconds.
    pub severe_s: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { out_m: 80.0, back_m: 50.0, ends_m: 300.0, site_m: 30.0, major_m: 500.0, major_s: 300, severe_s: 900 }
    }
}

impl Rule for OffRoute {
    const SPEC: Spec = Spec {
        code: "M-ROUTE",
        title_zh: "未按核准线路行驶",
        title_en: "Off the approved route",
        basis: "惠政〔2017〕2号 19(2)",
        family: Family::OffRoute,
        subject: SubjectKind::Vehicle,
        peak: Quantity::OffRoute,
        severity: Severity::Minor,
        precedence: Precedence::Yields,
        revision: 1,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 60,
        enter_fixes: 3,
        enter_distance_m: 300.0,
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
        let Some(away) = away(seen, params) else { return };
        let strength = match away {
            away if away > params.out_m => Strength::Strong,
            away if away > params.back_m => Strength::Weak,
            _ => return,
        };
        let note = super::judged_by(seen);
        hit(Object::Nothing, Sample { strength, measure: away, grade: seen.haul_grade(), note }, None);
    }

    fn severity(found: &Stretch, params: &Params) -> Severity {
        let lasted = super::lasted_s(found);
        if lasted >= f64::from(params.severe_s) {
            Severity::Severe
        } else if lasted >= f64::from(params.major_s) || found.peak.value >= params.major_m {
            Severity::Major
        } else {
            Severity::Minor
        }
    }

    fn why(found: &Stretch, params: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        why.insert(0, Measure { quantity: Quantity::OffRoute, measured: found.peak.value, limit: params.out_m });
        why
    }
}

/// Metres from the nearest route of all approvals valid now; `None` when the truck is free here or a route is missing.
fn away(seen: &Observation<'_>, params: &Params) -> Option<f64> {
    let mut nearest: Option<f64> = None;
    for permit in seen.permits.iter().filter(|permit| permit.valid_at(seen.at)) {
        let route = permit.route?;
        if is_free(permit, params) {
            return None;
        }
        nearest = Some(nearest.map_or(route.away_m, |near| near.min(route.away_m)));
    }
    nearest
}

fn is_free(permit: &PermitSeen<'_>, params: &Params) -> bool {
    permit.route.is_some_and(|route| route.from_end_m <= params.ends_m || route.in_site_m >= -params.site_m)
}

/// Whether an approval binds empty driving too.
pub(super) fn binds_all(permit: &PermitSeen<'_>) -> bool {
    permit.approval.binds == Binds::AllDriving
}
