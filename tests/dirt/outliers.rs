//! Where nobody drove: places that only a lone outlier or the chord of a silence touches.

use crate::traces::{Row, Trace};
use muckwatch::{geo::plane::distance, model::place::Wgs84};
use std::collections::{BTreeMap, BTreeSet};

/// Radius of an innocent zone.
pub(crate) const ZONE_M: f64 = 80.0;
/// So far around its middle no other fix may lie: the zone, its outer margin, and some air.
const CLEAR_M: f64 = ZONE_M + 40.0;
/// A lone outlier is so far from both its neighbours in time.
const OUT_M: f64 = 200.0;
/// And they are so near each other.
const BACK_M: f64 = 200.0;
/// A silence worth a chord, seconds.
const SILENCE_S: i64 = 300;
/// And so far moved meanwhile.
const CHORD_M: f64 = 2_000.0;
/// Side of a bucket of the look-up, 1e-6 degrees; more than `CLEAR_M` in both directions up to 60°.
const BUCKET_E6: i32 = 2_500;

/// What makes a place innocent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// A fix far from both its neighbours, which are near each other.
    LoneOutlier,
    /// Half-way of a silence in which the vehicle went far.
    Chord,
}

/// Middles of innocent zones.
pub(crate) fn innocent_places(trace: &Trace) -> Vec<(Wgs84, Why)> {
    let mut places = Vec::new();
    let mut lone = BTreeSet::new();
    for vehicle in 0..trace.vehicles.len() {
        let rows = trace.by_time(vehicle);
        for three in rows.windows(3) {
            if is_lone(three[0], three[1], three[2]) {
                lone.insert(std::ptr::from_ref(three[1]));
                places.push((three[1].place, Why::LoneOutlier));
            }
        }
        places.extend(rows.windows(2).filter_map(|two| chord(two[0], two[1])).map(|middle| (middle, Why::Chord)));
    }
    let rows = trace.rows.iter().filter(|row| row.at().is_some() && !lone.contains(&std::ptr::from_ref(*row)));
    let driven = Buckets::of(rows.map(|row| row.place));
    places.retain(|(middle, _)| !driven.any_near(*middle));
    apart(places)
}

fn is_lone(before: &Row, row: &Row, after: &Row) -> bool {
    let far = |other: &Row| distance(row.place, other.place).0 > OUT_M;
    far(before) && far(after) && distance(before.place, after.place).0 < BACK_M
}

fn chord(from: &Row, to: &Row) -> Option<Wgs84> {
    let silent = to.at()?.since(from.at()?).as_millis() > SILENCE_S * 1000;
    let middle = |a: i32, b: i32| i32::midpoint(a, b);
    (silent && distance(from.place, to.place).0 > CHORD_M).then(|| Wgs84 {
        lat_e6: middle(from.place.lat_e6, to.place.lat_e6),
        lon_e6: middle(from.place.lon_e6, to.place.lon_e6),
    })
}

/// Keeps only zones that do not overlap an earlier one.
fn apart(places: Vec<(Wgs84, Why)>) -> Vec<(Wgs84, Why)> {
    let mut kept = Buckets::default();
    let mut out = Vec::new();
    for (middle, why) in places {
        if middle.lat_e6 != 0 && !kept.any_near(middle) {
            kept.put(middle);
            out.push((middle, why));
        }
    }
    out
}

/// Points by square, to find those near a place.
#[derive(Default)]
struct Buckets(BTreeMap<(i32, i32), Vec<Wgs84>>);

impl Buckets {
    fn of(points: impl Iterator<Item = Wgs84>) -> Self {
        let mut buckets = Self::default();
        points.for_each(|point| buckets.put(point));
        buckets
    }

    fn put(&mut self, point: Wgs84) {
        self.0.entry(square(point)).or_default().push(point);
    }

    fn any_near(&self, middle: Wgs84) -> bool {
        let (row, column) = square(middle);
        let squares = (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (row, column)));
        let mut points = squares.filter_map(|square| self.0.get(&square)).flatten();
        points.any(|point| distance(*point, middle).0 < CLEAR_M)
    }
}

const fn square(point: Wgs84) -> (i32, i32) {
    (point.lat_e6.div_euclid(BUCKET_E6), point.lon_e6.div_euclid(BUCKET_E6))
}
