//! Standing still: slow, and within a radius of the mean place (rules.md 2). A silence is bridged when both its ends lie there.

use super::{
    interval::{Beat, Link},
    params::StayParams,
};
use crate::{
    geo::plane::distance,
    model::{
        place::Wgs84,
        time::{Span, Timestamp},
    },
};
use serde::{Deserialize, Serialize};

/// A stay under way. The mean is kept as sums on the wire's grid, so that it is exact whatever the order of a re-run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    from: Timestamp,
    last: Timestamp,
    slow: i64,
    lat_sum: i64,
    lon_sum: i64,
    away: u8,
    silence_ms: i64,
}

/// A stay as its readers need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// First slow fix.
    pub from: Timestamp,
    /// Last slow fix.
    pub to: Timestamp,
    /// Mean place.
    pub place: Wgs84,
    /// Longest silence inside, milliseconds.
    pub silence_ms: i64,
}

impl Stay {
    fn begin(beat: &Beat) -> Self {
        let (lat_sum, lon_sum) = (i64::from(beat.place.lat_e6), i64::from(beat.place.lon_e6));
        Self { from: beat.at, last: beat.at, slow: 1, lat_sum, lon_sum, away: 0, silence_ms: 0 }
    }

    /// Takes in the next good fix; gives back the stay that ended with it, if one did.
    pub fn advance(stay: &mut Option<Self>, beat: &Beat, speed_kmh: f64, params: &StayParams) -> Option<Stood> {
        let slow = speed_kmh < params.speed_max_kmh;
        let Some(standing) = stay else {
            *stay = slow.then(|| Self::begin(beat));
            return None;
        };
        if standing.goes_on(beat, slow, params) {
            return None;
        }
        let stood = standing.stood();
        *stay = slow.then(|| Self::begin(beat));
        Some(stood)
    }

    /// A lone fix elsewhere, or a lone fast one, is noise or a nudge: it neither ends the stay nor moves its mean.
    fn goes_on(&mut self, beat: &Beat, slow: bool, params: &StayParams) -> bool {
        let stands = slow && distance(self.mean(), beat.place).0 <= params.radius_m;
        if !stands {
            self.away = self.away.saturating_add(1);
            return beat.link != Link::Broken && self.away < params.away_fixes;
        }
        self.silence_ms = self.silence_ms.max(beat.at.since(self.last).as_millis());
        self.away = 0;
        self.last = beat.at;
        self.slow += 1;
        self.lat_sum += i64::from(beat.place.lat_e6);
        self.lon_sum += i64::from(beat.place.lon_e6);
        true
    }

    /// What there is of it so far.
    #[must_use]
    pub fn stood(&self) -> Stood {
        Stood { from: self.from, to: self.last, place: self.mean(), silence_ms: self.silence_ms }
    }

    fn mean(&self) -> Wgs84 {
        let mean = |sum: i64| i32::try_from(sum / self.slow).expect("the mean of some i32 is one");
        Wgs84 { lat_e6: mean(self.lat_sum), lon_e6: mean(self.lon_sum) }
    }
}

impl Stood {
    /// How long.
    #[must_use]
    pub fn lasted(&self) -> Span {
        self.to.since(self.from)
    }
}

#[cfg(test)]
#[path = "stay_tests.rs"]
mod tests;
