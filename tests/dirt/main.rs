//! Real dirt: vehicles of `../shared/traces` as 0x0200 and 0x0704 through the core of `ingest`, one test district a file.
//!
//! What happened is known only in part, so the tests ask where it is known: places that nobody drove through must stay silent,
//! buses on their own way must be left alone, buses of other routes and long stays must be found.

/// Prints past the test harness, which hides what passing tests print: the figures belong in every log.
macro_rules! say {
    ($($words:tt)*) => { crate::say(format_args!($($words)*)) };
}

mod buses;
mod canyon;
mod core;
mod corridors;
mod ingest;
mod ledger;
mod outliers;
mod picture;
mod places;
mod quality;
mod stays;
mod traces;
mod wire;

/// The files, and what is known of each beforehand.
const FILES: [&str; 4] = ["cabspotting_sf", "capmetro_austin_bus", "rsk_ev", "smartloc_berlin_canyon"];

/// Vehicles times the days (UTC) on which they reported.
fn vehicle_days(trace: &traces::Trace) -> usize {
    let days = trace.rows.iter().filter_map(|row| Some((row.vehicle, row.at()?.as_millis().div_euclid(86_400_000))));
    days.collect::<std::collections::BTreeSet<_>>().len()
}

/// `part` of a thousand `whole`.
fn per_thousand(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let share = part as f64 * 1000.0 / whole as f64;
    share
}

fn say(words: std::fmt::Arguments<'_>) {
    use std::io::Write;
    writeln!(std::io::stdout(), "{words}").expect("somebody reads the log");
}
