//! # What it flags
//! A muck truck hauls for a company that has no transport approval of this district valid then (黑公司).
//! # Legal basis
//! 惠政〔2017〕2号 19(4): 无《建筑垃圾运输核准》而在区内运输的为黑公司.
//! # What it does not flag
//! Empty driving; trucks the ledger knows no company of.
//! # Parameters
//! None but the limits: what a bouncing sensor interrupts for less than five minutes is one trip.
//! # Evidence it needs
//! The leg, the company's transport approvals, the vehicle's row with its company then.

use super::{
    Rule, Sink,
    finding::{Measure, Notes, Reason, Stretch},
    observation::{Object, Observation},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{company::TransportApproval, district::District, time::Timestamp, vehicle::VehicleKind},
    track::interval::{Limits, Sample, Strength},
};
use serde::{Deserialize, Serialize};

/// B4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyWithoutApproval {}

/// No numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {}

impl Rule for CompanyWithoutApproval {
    const SPEC: Spec = Spec {
        code: "M-BLACK-COMPANY",
        title_zh: "黑公司：企业无运输核准",
        title_en: "Black company: no transport approval",
        basis: "惠政〔2017〕2号 19(4)",
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
        let Some(company) = vehicle.vehicle.company.as_ref() else { return };
        if vehicle.vehicle.kind != VehicleKind::MuckTruck {
            return;
        }
        let Some(reason) = lacking(vehicle.transport, seen.district, seen.at) else { return };
        let note = Notes { reason: Some(reason), load: Some(haul.source), ..Notes::default() };
        let sample = Sample { strength: Strength::Strong, measure: seen.hauled_m, grade: seen.haul_grade(), note };
        hit(Object::Company(company.clone()), sample, None);
    }

    fn why(found: &Stretch, _: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        why.insert(0, Measure { quantity: Quantity::Hauled, measured: found.peak.value, limit: 0.0 });
        why
    }
}

/// What the company's papers lack; `None` when one of them holds here.
fn lacking(papers: &[TransportApproval], district: &District, at: Timestamp) -> Option<Reason> {
    let counts = |paper: &&TransportApproval| {
        paper.district == district.id || district.recognises.contains(&paper.district)
    };
    if papers.iter().filter(counts).any(|paper| paper.validity.holds_at(at)) {
        return None;
    }
    Some(if papers.iter().any(|paper| paper.validity.holds_at(at)) {
        Reason::OtherDistrict
    } else if papers.iter().filter(counts).any(|paper| paper.validity.from <= at) {
        Reason::Expired
    } else if papers.iter().any(|paper| counts(&paper)) {
        Reason::NotYet
    } else {
        Reason::NoneIssued
    })
}
