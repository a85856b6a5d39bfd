//! Sine and cosine by a series: the same bits on every machine, which the platform's are not.
//!
//! The argument is in turns (1 = 360°), so that reducing it loses nothing. Within 2e-15 of the platform's functions (the test
//! below; theirs are given a rounded angle).

use std::f64::consts::TAU;

/// Taylor coefficients of sin x / x in x², from the 21st power down: (−1)^k / (2k + 1)!.
const SINE: [f64; 11] = [
    1.0 / 51_090_942_171_709_440_000.0,
    -1.0 / 121_645_100_408_832_000.0,
    1.0 / 355_687_428_096_000.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 39_916_800.0,
    1.0 / 362_880.0,
    -1.0 / 5_040.0,
    1.0 / 120.0,
    -1.0 / 6.0,
    1.0,
];

/// Sine of an angle in turns.
pub(super) fn sin_turns(turns: f64) -> f64 {
    let within = turns - turns.round();
    let quarter = if within.abs() > 0.25 { 0.5_f64.copysign(within) - within } else { within };
    let angle = quarter * TAU;
    let square = angle * angle;
    angle * SINE.iter().fold(0.0, |sum, coefficient| sum * square + coefficient)
}

/// Cosine of an angle in turns.
pub(super) fn cos_turns(turns: f64) -> f64 {
    sin_turns(turns + 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the platform's functions are the rival here")]
    fn the_series_agrees_with_the_platform() {
        // Proves: the series is as good as the platform's sine and cosine, also after reducing by whole turns.
        for step in -10_007..=10_007 {
            let turns = f64::from(step) / 10_007.0;
            assert!((sin_turns(turns) - (turns * TAU).sin()).abs() < 2e-15, "sin {turns}");
            assert!((cos_turns(turns) - (turns * TAU).cos()).abs() < 2e-15, "cos {turns}");
            assert!((sin_turns(turns + 16.0) - sin_turns(turns)).abs() < 5e-14, "sin {turns} + 16");
        }
        assert!((sin_turns(1.0 / 12.0) - 0.5).abs() < 2e-16);
        assert!((cos_turns(1.0 / 6.0) - 0.5).abs() < 4e-16);
    }
}
