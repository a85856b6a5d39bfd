//! Real stays, found here without the core: half an hour and more within 60 m, slow, seen all the time, and left again.

use crate::traces::{Row, Trace};
use muckwatch::{
    geo::plane::distance,
    model::{
        place::Wgs84,
        time::{Span, Timestamp},
    },
};

/// A vehicle stood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealStay {
    /// Which.
    pub(crate) vehicle: usize,
    /// First fix.
    pub(crate) from: Timestamp,
    /// Last fix.
    pub(crate) to: Timestamp,
    /// Mean place.
    pub(crate) place: Wgs84,
}

const RADIUS_M: f64 = 60.0;
const LASTS: Span = Span::from_secs(30 * 60);
const SILENCE_MAX: Span = Span::from_secs(10 * 60);
/// A step between two fixes that is faster than this is no standing, km/h.
const SLOW_KMH: f64 = 5.0;

/// All of them, without those that last to the vehicle's last fix.
pub(crate) fn real_stays(trace: &Trace) -> Vec<RealStay> {
    (0..trace.vehicles.len()).flat_map(|vehicle| of_vehicle(vehicle, &trace.by_time(vehicle))).collect()
}

fn of_vehicle(vehicle: usize, rows: &[&Row]) -> Vec<RealStay> {
    let (mut stays, mut first) = (Vec::new(), 0);
    while first < rows.len() {
        let run = run_from(&rows[first..]);
        let (begin, end) = (rows[first], rows[first + run - 1]);
        let (from, to) = (begin.at().expect("dated"), end.at().expect("dated"));
        if to.since(from) >= LASTS && first + run < rows.len() {
            stays.push(RealStay { vehicle, from, to, place: mean(&rows[first..first + run]) });
            first += run;
        } else {
            first += 1;
        }
    }
    stays
}

/// How many rows from the first on belong to one stay; at least one.
fn run_from(rows: &[&Row]) -> usize {
    let mut count = 1;
    while let Some(next) = rows.get(count) {
        let last = rows[count - 1];
        let step = next.at().expect("dated").since(last.at().expect("dated"));
        if step > SILENCE_MAX || distance(mean(&rows[..count]), next.place).0 > RADIUS_M || is_fast(last, next, step) {
            break;
        }
        count += 1;
    }
    count
}

fn is_fast(last: &Row, next: &Row, step: Span) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
    let hours = step.as_millis().max(1000) as f64 / 3_600_000.0;
    let implied = distance(last.place, next.place).0 / 1000.0 / hours;
    next.speed_kmh.unwrap_or(0.0) >= SLOW_KMH || implied >= SLOW_KMH
}

fn mean(rows: &[&Row]) -> Wgs84 {
    let count = i64::try_from(rows.len()).expect("few");
    let of = |value: fn(&Row) -> i32| {
        let sum: i64 = rows.iter().map(|row| i64::from(value(row))).sum();
        i32::try_from(sum / count).expect("a mean of i32")
    };
    Wgs84 { lat_e6: of(|row| row.place.lat_e6), lon_e6: of(|row| row.place.lon_e6) }
}
