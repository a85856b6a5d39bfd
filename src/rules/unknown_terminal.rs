//! # What it flags
//! A terminal that is in no ledger moves through the district: a truck nobody registered.
//! # Legal basis
//! 惠政〔2017〕2号 19(1) 登记造册、19(4) 黑车.
//! # What it does not flag
//! Standing still, driving outside the district, and terminals the ledger knows at that time (spares too). Padding of the
//! phone and the edition of the header are not identity.
//! # Parameters
//! `moving_kmh`: slower than this is not moving. `pause_s`: a stop shorter than this does not end the drive.
//! # Evidence it needs
//! The registration frame (plate, colour, maker, model), the raw track.

use super::{
    Rule, Sink,
    finding::{Measure, Notes, Stretch},
    observation::{Object, Observation},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::track::interval::{Limits, Sample};
use serde::{Deserialize, Serialize};

/// B1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnknownTerminal {}

/// Numbers of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Slower than this is not moving, km/h.
    pub moving_kmh: f64,
    /// A stop shorter than this does not end the drive, seconds.
    pub pause_s: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { moving_kmh: 10.0, pause_s: 300 }
    }
}

impl Rule for UnknownTerminal {
    const SPEC: Spec = Spec {
        code: "M-BLACK-TERMINAL",
        title_zh: "黑车：未登记终端",
        title_en: "Black truck: unknown terminal",
        basis: "惠政〔2017〕2号 19(1)、19(4)",
        family: Family::BlackTruck,
        subject: SubjectKind::Terminal,
        peak: Quantity::Speed,
        severity: Severity::Major,
        precedence: Precedence::Apart,
        revision: 1,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 60,
        enter_fixes: 3,
        enter_distance_m: 500.0,
        exit_after_s: 60,
        exit_fixes: 2,
        merge_gap_s: 180,
    };
    type Params = Params;

    fn holds(seen: &Observation<'_>, params: &Params, hit: &mut Sink<'_>) {
        if !seen.in_district {
            return;
        }
        let Some(strength) = super::driving(seen, params.moving_kmh, params.pause_s) else { return };
        let (measure, grade) = (seen.fix.speed.kmh(), seen.geometry_grade());
        hit(Object::Nothing, Sample { strength, measure, grade, note: Notes::default() }, None);
    }

    fn why(found: &Stretch, params: &Params, limits: &Limits) -> Vec<Measure> {
        let mut why = super::entered(found, limits);
        why.push(Measure { quantity: Quantity::Speed, measured: found.peak.value, limit: params.moving_kmh });
        why
    }
}
