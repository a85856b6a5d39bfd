//! A coarse square grid over the segments of a line, so that finding the nearest one does not look at all of them.

use super::{plane::Xy, segment::Segment};

/// Squares along the longer side; a square is never smaller than [`SMALLEST_M`].
const SQUARES: f64 = 48.0;
/// Side of the smallest square, metres: about the length of a drawn segment.
const SMALLEST_M: f64 = 150.0;

/// Which segments run through which square.
#[derive(Clone, Debug)]
pub(super) struct SegmentGrid {
    low: Xy,
    high: Xy,
    side: f64,
    columns: i32,
    rows: i32,
    /// Where each square's list begins in `members`; one more at the end.
    starts: Vec<u32>,
    members: Vec<u32>,
}

/// A square by column and row.
type Square = (i32, i32);

impl SegmentGrid {
    pub(super) fn over(segments: &[Segment]) -> Self {
        let ends = || segments.iter().flat_map(|segment| [segment.start, segment.end()]);
        let low = ends().fold(Xy { x: f64::MAX, y: f64::MAX }, |a, b| Xy { x: a.x.min(b.x), y: a.y.min(b.y) });
        let high = ends().fold(Xy { x: f64::MIN, y: f64::MIN }, |a, b| Xy { x: a.x.max(b.x), y: a.y.max(b.y) });
        let side = ((high.x - low.x).max(high.y - low.y) / SQUARES).max(SMALLEST_M);
        let count = |extent: f64| whole(extent / side) + 1;
        let mut grid = Self {
            low,
            high,
            side,
            columns: count(high.x - low.x),
            rows: count(high.y - low.y),
            starts: vec![],
            members: vec![],
        };
        grid.fill(segments);
        grid
    }

    /// Calls `look` with every segment that could be nearest to `point`, and some more. `look` returns the square of the least
    /// distance found so far.
    pub(super) fn search(&self, point: Xy, mut look: impl FnMut(u32) -> f64) {
        let clamped = Xy { x: point.x.clamp(self.low.x, self.high.x), y: point.y.clamp(self.low.y, self.high.y) };
        let (dx, dy) = (point.x - clamped.x, point.y - clamped.y);
        let outside = dx * dx + dy * dy;
        let centre = self.square_of(clamped);
        let mut best = f64::INFINITY;
        for ring in 0..=self.columns.max(self.rows) {
            // Squares of this ring lie at least (ring - 1) sides from the clamped point.
            let gap = f64::from((ring - 1).max(0)) * self.side;
            if outside + gap * gap > best {
                return;
            }
            self.each_of_ring(centre, ring, |square| {
                for member in self.members_of(square) {
                    best = look(*member);
                }
            });
        }
    }

    fn each_of_ring(&self, (column, row): Square, ring: i32, mut visit: impl FnMut(Square)) {
        for y in (row - ring).max(0)..=(row + ring).min(self.rows - 1) {
            let whole_row = (y - row).abs() == ring;
            let step = if whole_row || ring == 0 { 1 } else { 2 * ring };
            let mut x = column - ring;
            while x <= column + ring {
                if (0..self.columns).contains(&x) {
                    visit((x, y));
                }
                x += step;
            }
        }
    }

    fn members_of(&self, square: Square) -> &[u32] {
        let number = self.number(square);
        let bounds = self.starts.get(number).zip(self.starts.get(number + 1));
        bounds.and_then(|(from, to)| self.members.get(*from as usize..*to as usize)).unwrap_or_default()
    }

    fn fill(&mut self, segments: &[Segment]) {
        let mut pairs: Vec<(usize, u32)> = Vec::new();
        for (number, segment) in (0_u32..).zip(segments) {
            self.each_of_box(segment, |square| pairs.push((self.number(square), number)));
        }
        pairs.sort_unstable();
        let squares = self.number((self.columns - 1, self.rows - 1)) + 1;
        let before = |square: usize| u32::try_from(pairs.partition_point(|pair| pair.0 < square)).unwrap_or(u32::MAX);
        self.starts = (0..=squares).map(before).collect();
        self.members = pairs.into_iter().map(|(_, number)| number).collect();
    }

    /// The squares of the segment's box that the segment comes near: half a diagonal from the middle.
    fn each_of_box(&self, segment: &Segment, mut visit: impl FnMut(Square)) {
        let (from, to) = (self.square_of(segment.start), self.square_of(segment.end()));
        let half_diagonal = self.side * self.side / 2.0 + 1.0;
        for y in from.1.min(to.1)..=from.1.max(to.1) {
            for x in from.0.min(to.0)..=from.0.max(to.0) {
                let middle = |number: i32, low: f64| low + (f64::from(number) + 0.5) * self.side;
                let nearness = segment.nearness(Xy { x: middle(x, self.low.x), y: middle(y, self.low.y) });
                if nearness.square <= half_diagonal {
                    visit((x, y));
                }
            }
        }
    }

    fn square_of(&self, point: Xy) -> Square {
        let along = |value: f64, low: f64, count: i32| whole((value - low) / self.side).clamp(0, count - 1);
        (along(point.x, self.low.x, self.columns), along(point.y, self.low.y, self.rows))
    }

    fn number(&self, (column, row): Square) -> usize {
        usize::try_from(row * self.columns + column).unwrap_or(0)
    }
}

/// The whole part of a small non-negative number.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, and the grid has at most 49 squares a side")]
fn whole(value: f64) -> i32 {
    value.floor() as i32
}
