//! Buses as trucks: the way of a route and headsign, from all vehicles of one day, is an approved route; the same line on other
//! days drove it again, and other lines did not.

use crate::traces::{Row, Trace};
use muckwatch::{
    geo::plane::distance,
    model::place::{Line, Wgs84},
};
use std::collections::BTreeMap;

/// Half-width of a corridor.
pub(crate) const HALF_WIDTH_M: f64 = 150.0;
/// Days begin at midnight in Austin: UTC−6 on all days of the file.
const OFFSET_MS: i64 = -6 * 3_600_000;
/// Points nearer than this to one already taken add nothing to a way.
const STEP_M: f64 = 40.0;
/// Points that hang by a longer step than this are a trip to the garage, not the way.
const STEP_MAX_M: f64 = 2_000.0;
/// A way of fewer points is not known well enough.
const POINTS_MIN: usize = 60;
/// Nor is one that falls into pieces: so much of its points must hang together.
const WHOLE_SHARE: f64 = 0.95;
/// Every vehicle-day of another route is held against so many ways, spread over all.
const WAYS_EACH: usize = 5;
/// A vehicle-day of fewer fixes says nothing.
const FIXES_MIN: usize = 10;
/// A guilty vehicle-day has at least so many fixes, this or less apart.
const GUILTY_FIXES_MIN: usize = 30;
const GUILTY_INTERVAL_MAX_S: i64 = 300;

/// Route and headsign in one year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Service {
    /// Timetables differ between the years.
    pub(crate) year: u16,
    /// Route.
    pub(crate) route: String,
    /// Headsign.
    pub(crate) headsign: String,
}

/// What one bus did on one day on one line.
pub(crate) struct VehicleDay<'a> {
    /// Which bus.
    pub(crate) vehicle: usize,
    /// Days since 1970, local.
    pub(crate) day: i64,
    /// Which line.
    pub(crate) service: Service,
    /// Its fixes in the file's order.
    pub(crate) rows: Vec<&'a Row>,
}

/// The way of one line.
pub(crate) struct Way {
    /// Which line.
    pub(crate) service: Service,
    /// The day it was learnt from.
    pub(crate) day: i64,
    /// The way.
    pub(crate) line: Line,
}

/// One vehicle-day held against one way.
pub(crate) struct Trial<'a> {
    /// Who drove.
    pub(crate) driven: &'a VehicleDay<'a>,
    /// What it is held against.
    pub(crate) way: &'a Way,
    /// Whether it drove another line.
    pub(crate) guilty: bool,
}

/// All vehicle-days of a file.
pub(crate) fn vehicle_days(trace: &Trace) -> Vec<VehicleDay<'_>> {
    let mut days: BTreeMap<(usize, i64, Service), Vec<&Row>> = BTreeMap::new();
    for row in &trace.rows {
        let (Some(at), Some((route, headsign))) = (row.at(), &row.line) else { continue };
        let day = (at.as_millis() + OFFSET_MS).div_euclid(86_400_000);
        let year = if day < 16_800 { 2015 } else { 2016 };
        let service = Service { year, route: route.clone(), headsign: headsign.clone() };
        days.entry((row.vehicle, day, service)).or_default().push(row);
    }
    days.into_iter().map(|((vehicle, day, service), rows)| VehicleDay { vehicle, day, service, rows }).collect()
}

/// The way of every line, from its day with the most fixes.
pub(crate) fn ways(days: &[VehicleDay<'_>]) -> Vec<Way> {
    let mut points: BTreeMap<(Service, i64), Vec<Wgs84>> = BTreeMap::new();
    for day in days {
        points.entry((day.service.clone(), day.day)).or_default().extend(day.rows.iter().map(|row| row.place));
    }
    let mut fullest: BTreeMap<Service, (i64, Vec<Wgs84>)> = BTreeMap::new();
    for ((service, day), points) in points {
        let held = fullest.entry(service).or_insert((day, Vec::new()));
        if points.len() > held.1.len() {
            *held = (day, points);
        }
    }
    let known = fullest.into_iter().filter_map(|(service, (day, points))| {
        let thinned = thinned(&points);
        let line = Some(thinned).filter(|points| points.len() >= POINTS_MIN).and_then(|points| way_through(&points))?;
        Some(Way { service, day, line })
    });
    known.collect()
}

/// Who is held against what: the same line on other days, and other routes of the same year.
pub(crate) fn trials<'a>(days: &'a [VehicleDay<'a>], ways: &'a [Way]) -> Vec<Trial<'a>> {
    let mut trials = Vec::new();
    for driven in days {
        let ways = || ways.iter().filter(|way| way.day != driven.day && way.service.year == driven.service.year);
        if driven.rows.len() >= FIXES_MIN {
            let own = ways().filter(|way| way.service == driven.service);
            trials.extend(own.map(|way| Trial { driven, way, guilty: false }));
        }
        if is_dense(driven) {
            let others: Vec<&Way> = ways().filter(|way| way.service.route != driven.service.route).collect();
            let spread = others.iter().step_by(others.len().div_ceil(WAYS_EACH).max(1));
            trials.extend(spread.map(|way| Trial { driven, way, guilty: true }));
        }
    }
    trials
}

fn is_dense(day: &VehicleDay<'_>) -> bool {
    let mut times: Vec<i64> = day.rows.iter().filter_map(|row| row.at()).map(|at| at.as_millis() / 1000).collect();
    times.sort_unstable();
    let mut steps: Vec<i64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    steps.sort_unstable();
    times.len() >= GUILTY_FIXES_MIN && steps[steps.len() / 2] <= GUILTY_INTERVAL_MAX_S
}

fn thinned(points: &[Wgs84]) -> Vec<Wgs84> {
    let mut kept: Vec<Wgs84> = Vec::new();
    for point in points {
        if kept.iter().all(|other| distance(*other, *point).0 >= STEP_M) {
            kept.push(*point);
        }
    }
    kept
}

/// A line through all points that hang together: a walk round their shortest tree, from one end of it to the other.
/// `None` when they fall into pieces.
fn way_through(points: &[Wgs84]) -> Option<Line> {
    let tree = tree(points);
    let far = |from: usize| {
        let lengths = lengths_from(&tree, points, from);
        (0..points.len())
            .filter(|number| lengths[*number].is_finite())
            .max_by(|a, b| lengths[*a].total_cmp(&lengths[*b]))
    };
    let (size, root) = largest_part(&tree);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
    if (size as f64) < WHOLE_SHARE * points.len() as f64 {
        return None;
    }
    let start = far(root).unwrap_or(root);
    let end = far(start).unwrap_or(start);
    Some(Line(walk(&tree, start, end).into_iter().map(|number| points[number]).collect()))
}

/// Neighbours of each point in the shortest tree, without its long steps (Prim).
fn tree(points: &[Wgs84]) -> Vec<Vec<usize>> {
    let mut near = vec![(f64::INFINITY, 0_usize); points.len()];
    let mut taken = vec![false; points.len()];
    let mut tree = vec![Vec::new(); points.len()];
    let mut newest = 0;
    for _ in 1..points.len() {
        taken[newest] = true;
        for (number, held) in near.iter_mut().enumerate() {
            let away = distance(points[newest], points[number]).0;
            if !taken[number] && away < held.0 {
                *held = (away, newest);
            }
        }
        let open = (0..points.len()).filter(|number| !taken[*number]);
        newest = open.min_by(|a, b| near[*a].0.total_cmp(&near[*b].0)).expect("one is left");
        let (away, from) = near[newest];
        if away <= STEP_MAX_M {
            tree[from].push(newest);
            tree[newest].push(from);
        }
    }
    tree
}

/// Size of the largest part of a forest, and a point of it.
fn largest_part(tree: &[Vec<usize>]) -> (usize, usize) {
    let mut seen = vec![false; tree.len()];
    let mut best = (0, 0);
    for root in 0..tree.len() {
        let (mut open, mut size) = (vec![root], 0);
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut seen[number], true) {
                size += 1;
                open.extend(&tree[number]);
            }
        }
        best = best.max((size, root));
    }
    best
}

fn lengths_from(tree: &[Vec<usize>], points: &[Wgs84], root: usize) -> Vec<f64> {
    let mut lengths = vec![f64::INFINITY; points.len()];
    lengths[root] = 0.0;
    let mut open = vec![root];
    while let Some(number) = open.pop() {
        for next in &tree[number] {
            if lengths[*next].is_infinite() {
                lengths[*next] = lengths[number] + distance(points[number], points[*next]).0;
                open.push(*next);
            }
        }
    }
    lengths
}

/// Round the whole tree, side branches there and back, and at last along the branch to `end`.
fn walk(tree: &[Vec<usize>], start: usize, end: usize) -> Vec<usize> {
    let trunk = path(tree, start, end);
    let mut out = Vec::new();
    for (place, number) in trunk.iter().enumerate() {
        out.push(*number);
        let on_trunk = |next: usize| trunk.get(place + 1) == Some(&next) || (place > 0 && trunk[place - 1] == next);
        for side in tree[*number].iter().filter(|next| !on_trunk(**next)) {
            round(tree, *number, *side, &mut out);
        }
    }
    out
}

fn round(tree: &[Vec<usize>], from: usize, into: usize, out: &mut Vec<usize>) {
    out.push(into);
    for next in tree[into].iter().filter(|next| **next != from) {
        round(tree, into, *next, out);
    }
    out.push(from);
}

fn path(tree: &[Vec<usize>], start: usize, end: usize) -> Vec<usize> {
    let mut before = vec![usize::MAX; tree.len()];
    let mut open = vec![start];
    while let Some(number) = open.pop() {
        let from = before[number];
        for next in tree[number].iter().filter(|next| **next != from) {
            before[*next] = number;
            open.push(*next);
        }
    }
    let mut path = vec![end];
    while *path.last().expect("not empty") != start {
        path.push(before[path[path.len() - 1]]);
    }
    path.reverse();
    path
}
