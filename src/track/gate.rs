//! The quality gate (rules.md 0.2). What compares with receive time stands before ordering, else one fix from the future would
//! make all that follow late; the rest is done in event order, and the spike test looks one fix ahead.

use super::{params::GateParams, quality::Quality};
use crate::{
    geo::plane::distance,
    model::{
        fix::Fix,
        place::Wgs84,
        time::{Span, Timestamp},
    },
};
use serde::{Deserialize, Serialize};

/// The last good fix, as far as the next one is measured against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// Its event time.
    pub at: Timestamp,
    /// Its place, held while the truck stood.
    pub place: Wgs84,
    /// Whether it stood with ignition off.
    pub resting: bool,
}

/// Why a fix cannot even be put in order; `None` = it can.
#[must_use]
pub fn unorderable(fix: &Fix, params: &GateParams) -> Option<Quality> {
    let Some(at) = fix.at else { return Some(Quality::ImpossibleDate) };
    if at > fix.received + Span::from_secs(i64::from(params.ahead_max_s)) {
        return Some(Quality::FromFuture);
    }
    (at < fix.received - Span::from_secs(i64::from(params.age_max_d) * 86_400)).then_some(Quality::TooOld)
}

/// Why a fix is no good by itself; `None` = nothing.
#[must_use]
pub fn unfit(fix: &Fix, in_box: impl FnOnce() -> bool, params: &GateParams) -> Option<Quality> {
    if !fix.positioned() {
        Some(Quality::NotPositioned)
    } else if fix.place.lat_e6 == 0 || fix.place.lon_e6 == 0 {
        Some(Quality::ZeroPosition)
    } else if fix.speed.kmh() > params.speed_max_kmh {
        Some(Quality::TooFast)
    } else if fix.satellites.is_some_and(|count| count < params.satellites_min) {
        Some(Quality::FewSatellites)
    } else if in_box() {
        None
    } else {
        Some(Quality::OutsideBox)
    }
}

/// Whether the truck stands with ignition off.
#[must_use]
pub fn is_resting(fix: &Fix, params: &GateParams) -> bool {
    !fix.ignition() && fix.speed.kmh() < params.still_kmh
}

/// Whether one place can be reached from the other in the time between. Device clocks count whole seconds, so less than one
/// counts as one.
#[must_use]
pub fn is_reachable(from: Tail, place: Wgs84, at: Timestamp, params: &GateParams) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "spans of fixes are far below 2^53 ms")]
    let seconds = at.since(from.at).as_millis().max(1000) as f64 / 1000.0;
    distance(from.place, place).0 <= params.spike_kmh / 3.6 * seconds
}
