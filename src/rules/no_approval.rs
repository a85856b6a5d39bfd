//! # What it flags
//! A registered muck truck hauls muck and has no approval of this district, or of one it recognises, that is valid then.
//! # Legal basis
//! 惠政〔2017〕2号 19(1)、19(4): 无区城管局《建筑垃圾处置核准》的为黑车.
//! # What it does not flag
//! Driving empty, standing in the yard, going to the repair shop. Nothing but a loaded leg counts.
//! # Parameters
//! None but the limits: what a bouncing sensor interrupts for less than five minutes is one trip.
//! # Evidence it needs
//! The loading, the leg, every approval of the vehicle with its validity and district.

use super::{
    Rule, Sink,
    finding::{Measure, Notes, Reason, Stretch},
    observation::{Object, Observation, PermitSeen},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{time::Timestamp, vehicle::VehicleKind},
    track::interval::{Limits, Sample, Strength},
};
use serde::{Deserialize, Serialize};

/// B3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoApproval {}

/// No numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

impl Rule for NoApproval {
    const SPEC: Spec = Spec {
        code: "M-BLACK-APPROVAL",
        title_zh: "黑车：无有效核准",
        title_en: "Black truck: no valid approval",
        basis: "惠政〔2017〕2号 19(1)、19(4)",
        family: Family::BlackTruck,
        subject: SubjectKind::Vehicle,
        peak: Quantity::Hauled,
        severity: Severity::Severe,
        precedence: Precedence::Dominates,
        revision: 2,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 60,
        enter_fixes: 3,
        enter_distance_m: 0.0,
        exit_after_s: 60,
        exit_fixes: 2,
        merge_gap_s: 300,
    };
    type Params = Params;

    fn holds(seen: &Observation<'_>, _: &Params, hit: &mut Sink<'_>) {
        let Some(vehicle) = seen.vehicle() else { return };
        let Some(haul) = seen.haul else { return };
        if vehicle.vehicle.kind != VehicleKind::MuckTruck || seen.permits.iter().any(|permit| permit.valid_at(seen.at)) {
            return;
        }
        let (reason, shown) = closest(seen.permits, seen.at);
        let note = Notes {
            reason: Some(reason),
            approvals: shown.map(|permit| permit.approval.id.clone()).into_iter().collect(),
            load: Some(haul.source),
            ..Notes::default()
        };
        let sample = Sample { strength: Strength::Strong, measure: seen.hauled_m, grade: seen.haul_grade(), note };
        hit(Object::Nothing, sample, None);
    }

    fn why(found: &Stretch, _: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        why.insert(0, Measure { quantity: Quantity::Hauled, measured: found.peak.value, limit: 0.0 });
        why
    }
}

/// The approval that comes nearest to making it legal, and what it lacks.
fn closest<'a>(permits: &'a [PermitSeen<'a>], at: Timestamp) -> (Reason, Option<&'a PermitSeen<'a>>) {
    let abroad = permits.iter().find(|permit| !permit.recognised && permit.approval.validity.holds_at(at));
    let ours = || permits.iter().filter(|permit| permit.recognised);
    let expired = ours().filter(|permit| permit.approval.validity.from <= at).max_by_key(|permit| permit.approval.validity.to);
    let coming = ours().min_by_key(|permit| permit.approval.validity.from);
    match (abroad, expired, coming) {
        (Some(permit), ..) => (Reason::OtherDistrict, Some(permit)),
        (None, Some(permit), _) => (Reason::Expired, Some(permit)),
        (None, None, Some(permit)) => (Reason::NotYet, Some(permit)),
        (None, None, None) => (Reason::NoneIssued, None),
    }
}
