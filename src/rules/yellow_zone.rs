//! # What it flags
//! A yellow-label vehicle drives inside a zone closed to it; two zones at once are two findings.
//! # Legal basis
//! 惠政〔2017〕2号 15: 黄标车限行.
//! # What it does not flag
//! Parking inside, brushing the edge, hours at which the zone is open, a vehicle retrofitted (黄改绿) by then.
//! # Parameters
//! `in_m`: so deep inside begins it. `out_m`: so far outside ends it. `moving_kmh`: slower than this is not driving.
//! `pause_s`: a stop shorter than this does not end the drive.
//! # Evidence it needs
//! The track, the label's history, the zone as published with its notice.

use super::{
    Rule, Sink,
    finding::{Measure, Notes, Stretch},
    observation::{Object, Observation, ZoneSeen, open_at},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{time::Timestamp, vehicle::EmissionLabel, zone::ClosedTo},
    track::interval::{Limits, Sample, Strength},
};
use serde::{Deserialize, Serialize};

/// Y1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum YellowZone {}

/// Numbers of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// So deep inside begins it, metres.
    pub in_m: f64,
    /// So far outside ends it, metres.
    pub out_m: f64,
    /// Slower than this is not driving, km/h.
    pub moving_kmh: f64,
    /// A stop shorter than this does not end the drive, seconds.
    pub pause_s: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { in_m: 30.0, out_m: 30.0, moving_kmh: 5.0, pause_s: 300 }
    }
}

impl Rule for YellowZone {
    const SPEC: Spec = Spec {
        code: "Y-ZONE",
        title_zh: "黄标车闯限行区",
        title_en: "Yellow-label vehicle in a restricted zone",
        basis: "惠政〔2017〕2号 15",
        family: Family::YellowLabel,
        subject: SubjectKind::Vehicle,
        peak: Quantity::Inside,
        severity: Severity::Major,
        precedence: Precedence::Apart,
        revision: 1,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 60,
        enter_fixes: 2,
        enter_distance_m: 0.0,
        exit_after_s: 60,
        exit_fixes: 2,
        merge_gap_s: 180,
    };
    type Params = Params;

    fn holds(seen: &Observation<'_>, params: &Params, hit: &mut Sink<'_>) {
        if seen.vehicle().and_then(|vehicle| vehicle.label) != Some(EmissionLabel::Yellow) {
            return;
        }
        let Some(driving) = super::driving(seen, params.moving_kmh, params.pause_s) else { return };
        for zone in seen.zones.iter().filter(|zone| is_closed(zone, seen.at)) {
            let strength = match zone.inside_m {
                inside if inside >= params.in_m => driving,
                inside if inside > -params.out_m => driving.min(Strength::Weak),
                _ => continue,
            };
            let (measure, grade) = (zone.inside_m, seen.geometry_grade());
            hit(Object::Zone(zone.zone.id.clone()), Sample { strength, measure, grade, note: Notes::default() }, None);
        }
    }

    fn why(found: &Stretch, params: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        why.insert(0, Measure { quantity: Quantity::Inside, measured: found.peak.value, limit: params.in_m });
        why
    }
}

fn is_closed(seen: &ZoneSeen<'_>, at: Timestamp) -> bool {
    let zone = seen.zone;
    zone.closed_to == ClosedTo::YellowLabel && zone.validity.holds_at(at) && open_at(&zone.hours, at)
}
