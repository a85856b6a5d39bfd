//! The numbers of the track room, part of the policy. Sources: rules.md 0.2, 0.3, 2.

use serde::{Deserialize, Serialize};

/// Everything the track room can be told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// The quality gate.
    pub gate: GateParams,
    /// How long a silence must be to count as one.
    pub gap: GapParams,
    /// Standing still.
    pub stay: StayParams,
    /// Loading, hauling, putting down.
    pub load: LoadParams,
}

/// The quality gate (rules.md 0.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateParams {
    /// Seconds a fix may lie ahead of its receipt.
    pub ahead_max_s: u32,
    /// Days a fix may be old at its receipt.
    pub age_max_d: u32,
    /// Metres outside the district's box that are still ours.
    pub box_margin_m: f64,
    /// Fastest a truck can be, km/h.
    pub speed_max_kmh: f64,
    /// Fewest satellites, where reported.
    pub satellites_min: u8,
    /// A fix that cannot be reached from its neighbours more slowly than this is a spike, km/h.
    pub spike_kmh: f64,
    /// Slower than this with ignition off is standing, km/h.
    pub still_kmh: f64,
    /// Wandering within this while standing is drift, metres; beyond it the truck was moved.
    pub still_radius_m: f64,
}

impl Default for GateParams {
    fn default() -> Self {
        Self {
            ahead_max_s: 300,
            age_max_d: 30,
            box_margin_m: 20_000.0,
            speed_max_kmh: 160.0,
            satellites_min: 4,
            spike_kmh: 150.0,
            still_kmh: 3.0,
            still_radius_m: 200.0,
        }
    }
}

/// The gap limit (rules.md 0.3): the greater of `floor_s` and `factor` × the median of the terminal's own last intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GapParams {
    /// Never less than this, seconds.
    pub floor_s: u32,
    /// Times the median.
    pub factor: f64,
    /// With fewer intervals than this, the floor.
    pub intervals_min: u8,
    /// Longer intervals are not counted, seconds.
    pub interval_max_s: u16,
}

impl Default for GapParams {
    fn default() -> Self {
        Self { floor_s: 120, factor: 2.5, intervals_min: 5, interval_max_s: 600 }
    }
}

/// Standing still (rules.md 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StayParams {
    /// Slower than this is standing, km/h.
    pub speed_max_kmh: f64,
    /// Within this of the mean place, metres.
    pub radius_m: f64,
    /// A stay ends when the truck was faster, or outside the radius, at so many fixes in a row.
    pub away_fixes: u8,
}

impl Default for StayParams {
    fn default() -> Self {
        Self { speed_max_kmh: 5.0, radius_m: 60.0, away_fixes: 2 }
    }
}

/// Loading and putting down (rules.md 2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadParams {
    /// The sensor must say so for so long, seconds.
    pub held_s: u32,
    /// And over so many metres, for loading.
    pub driven_m: f64,
    /// Without a sensor: shortest stay at a construction site that is a loading, seconds.
    pub load_stay_s: u32,
    /// Without a sensor: shortest stay at a disposal site that is putting down, seconds.
    pub unload_stay_s: u32,
    /// Without a sensor: so far inside a site the stay must be, metres.
    pub inside_m: f64,
    /// Without a sensor: a truck is believed loaded at most so long, seconds.
    pub inferred_max_s: u32,
}

impl Default for LoadParams {
    fn default() -> Self {
        Self {
            held_s: 120,
            driven_m: 500.0,
            load_stay_s: 180,
            unload_stay_s: 60,
            inside_m: 15.0,
            inferred_max_s: 4 * 3600,
        }
    }
}
