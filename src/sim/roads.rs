//! The road network of the synthetic district: a jittered grid clipped to the outline, its edges gently winding.
//! Drawn by us; the names are invented.

use super::{
    dice::Dice,
    ground::{Path, Point, Ring},
};
use std::collections::{BTreeMap, BTreeSet};

/// Columns run north-south every 2 km, rows west-east every 1.8 km.
const COLUMNS: std::ops::RangeInclusive<i32> = -6..=6;
const ROWS: std::ops::RangeInclusive<i32> = -4..=5;
const COLUMN_M: f64 = 2000.0;
const ROW_M: f64 = 1800.0;
/// Junctions keep this far from the outline.
const MARGIN_M: f64 = 250.0;
/// Offset of a service road from its main road.
const SERVICE_M: f64 = 38.0;

const COLUMN_NAMES: [&str; 13] = [
    "古柏路",
    "石榴路",
    "月季路",
    "银杏路",
    "梧桐路",
    "海棠路",
    "杏林路",
    "桑园路",
    "槐荫路",
    "松涛路",
    "翠竹路",
    "芦花路",
    "雁鸣路",
];
const ROW_NAMES: [&str; 10] =
    ["南坡街", "麦香街", "荷塘街", "枫杨街", "稻香大道", "柳岸大道", "沙堤大道", "望河街", "长堤街", "北滩街"];

/// A junction: its column and row in the grid.
pub type Junction = (i32, i32);

/// One stretch of road between two junctions.
#[derive(Clone, Debug)]
pub struct Road {
    /// Where it begins.
    pub from: Junction,
    /// Where it ends.
    pub to: Junction,
    /// Invented name.
    pub name: &'static str,
    /// Centre line from `from` to `to`.
    pub path: Path,
    /// Its length.
    length_mm: u64,
    /// 辅道 beside it, if any.
    pub service: Option<Path>,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Junctions that exist.
    pub junctions: BTreeMap<Junction, Point>,
    /// Roads in a fixed order.
    pub roads: Vec<Road>,
    /// Roads that meet at each junction.
    meeting: BTreeMap<Junction, Vec<usize>>,
}

/// A way through the network.
#[derive(Clone, Debug)]
pub struct Way {
    /// Junctions in order.
    pub junctions: Vec<Junction>,
    /// The line driven.
    pub path: Path,
}

impl Network {
    /// Draws the network inside `outline`.
    #[must_use]
    pub fn draw(outline: &Ring, dice: &mut Dice) -> Self {
        let mut junctions = BTreeMap::new();
        for column in COLUMNS {
            for row in ROWS {
                let point = Point::new(f64::from(column) * COLUMN_M, f64::from(row) * ROW_M + 900.0)
                    .shifted(dice.between(-220.0, 220.0), dice.between(-160.0, 160.0));
                if outline.depth(point) > MARGIN_M {
                    junctions.insert((column, row), point);
                }
            }
        }
        let mut network = Self { junctions, roads: Vec::new(), meeting: BTreeMap::new() };
        network.connect(dice);
        network
    }

    /// The shortest way from `from` to `to` without the roads of `closed`; `None` when there is none.
    #[must_use]
    pub fn way(&self, from: Junction, to: Junction, closed: &[usize]) -> Option<Way> {
        let came = self.distances(from, closed);
        let mut junctions = vec![to];
        while *junctions.last()? != from {
            junctions.push(came.get(junctions.last()?)?.1);
        }
        junctions.reverse();
        let path = junctions.windows(2).fold(Path::default(), |path, pair| path.then(&self.between(pair[0], pair[1])));
        Some(Way { junctions, path })
    }

    /// The road that joins two neighbours.
    #[must_use]
    pub fn road(&self, a: Junction, b: Junction) -> Option<usize> {
        let there = |index: &&usize| [self.roads[**index].from, self.roads[**index].to].contains(&b);
        self.meeting.get(&a)?.iter().find(there).copied()
    }

    /// The centre line from `a` to its neighbour `b`.
    ///
    /// # Panics
    /// They are not neighbours.
    #[must_use]
    pub fn between(&self, a: Junction, b: Junction) -> Path {
        let road = &self.roads[self.road(a, b).expect("neighbours are joined by a road")];
        if road.from == a { road.path.clone() } else { road.path.reversed() }
    }

    /// Dijkstra: least distance in millimetres from `from`, and the junction before.
    fn distances(&self, from: Junction, closed: &[usize]) -> BTreeMap<Junction, (u64, Junction)> {
        let mut came = BTreeMap::from([(from, (0, from))]);
        let mut open = BTreeSet::from([(0_u64, from)]);
        while let Some((here, at)) = open.pop_first() {
            for index in self.meeting.get(&at).into_iter().flatten().filter(|index| !closed.contains(index)) {
                let road = &self.roads[*index];
                let next = if road.from == at { road.to } else { road.from };
                let distance = here + road.length_mm;
                if came.get(&next).is_none_or(|known| distance < known.0) {
                    came.insert(next, (distance, at));
                    open.insert((distance, next));
                }
            }
        }
        came
    }

    fn connect(&mut self, dice: &mut Dice) {
        let junctions: Vec<_> = self.junctions.keys().copied().collect();
        for (column, row) in junctions {
            for to in [(column + 1, row), (column, row + 1)] {
                if self.junctions.contains_key(&to) {
                    let road = self.draw_road((column, row), to, dice);
                    for end in [road.from, road.to] {
                        self.meeting.entry(end).or_default().push(self.roads.len());
                    }
                    self.roads.push(road);
                }
            }
        }
    }

    fn draw_road(&self, from: Junction, to: Junction, dice: &mut Dice) -> Road {
        let path = winding(self.junctions[&from], self.junctions[&to], dice);
        let service = dice.happens(0.3).then(|| beside(&path));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a road is a few kilometres long")]
        let length_mm = (path.length() * 1000.0) as u64;
        Road { from, to, name: name(from, to), path, length_mm, service }
    }
}

fn name(from: Junction, to: Junction) -> &'static str {
    let (names, index): (&[&str], i32) =
        if from.0 == to.0 { (&COLUMN_NAMES, from.0 - COLUMNS.start()) } else { (&ROW_NAMES, from.1 - ROWS.start()) };
    usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("无名路")
}

/// A bow with small wiggles: parabola weights, no trigonometry.
fn winding(a: Point, b: Point, dice: &mut Dice) -> Path {
    let (bow, normal) = (dice.between(-90.0, 90.0), a.normal_to(b));
    let steps = 10;
    let bend = |step: i32, wiggle: f64| {
        let part = f64::from(step) / f64::from(steps);
        let weight = 4.0 * part * (1.0 - part);
        a.towards(b, part).shifted(normal.x * weight * (bow + wiggle), normal.y * weight * (bow + wiggle))
    };
    let mut points = vec![a];
    points.extend((1..steps).map(|step| bend(step, dice.between(-7.0, 7.0))));
    points.push(b);
    Path(points)
}

/// The service road: leaves the main road after a fifth, runs beside it, joins again before the end.
fn beside(path: &Path) -> Path {
    let length = path.length();
    sidestep(path, (length * 0.2, length * 0.8), SERVICE_M, 60.0)
}

/// `path` with its stretch `span` moved `aside` metres to the right, with ramps of `ramp` metres at both ends.
#[must_use]
pub fn sidestep(path: &Path, span: (f64, f64), aside: f64, ramp: f64) -> Path {
    let (from, to) = span;
    let moved = |along: f64| {
        let (point, _) = path.at(along);
        let normal = path.at(along - 5.0).0.normal_to(path.at(along + 5.0).0);
        point.shifted(-normal.x * aside, -normal.y * aside)
    };
    let mut points = vec![path.at(from).0];
    let mut along = from + ramp;
    while along < to - ramp {
        points.push(moved(along));
        along += 40.0;
    }
    points.push(moved(to - ramp));
    points.push(path.at(to).0);
    Path(points)
}
