//! One straight piece of an edge or of a line, prepared for asking how near a point is.

use super::plane::Xy;

/// A piece from `start` along `reach`, in a plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) start: Xy,
    pub(super) reach: Xy,
    /// 1 / |reach|²; 0 for a piece without length.
    inverse: f64,
}

/// How near a point is to a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearness {
    /// Squared distance, m².
    pub(super) square: f64,
    /// Where along the segment the nearest point lies, 0..=1.
    pub(super) share: f64,
}

impl Segment {
    pub(super) fn between(start: Xy, end: Xy) -> Self {
        let reach = Xy { x: end.x - start.x, y: end.y - start.y };
        let square = reach.x * reach.x + reach.y * reach.y;
        Self { start, reach, inverse: if square > 0.0 { 1.0 / square } else { 0.0 } }
    }

    pub(super) fn length(&self) -> f64 {
        (self.reach.x * self.reach.x + self.reach.y * self.reach.y).sqrt()
    }

    pub(super) fn end(&self) -> Xy {
        Xy { x: self.start.x + self.reach.x, y: self.start.y + self.reach.y }
    }

    pub(super) fn nearness(&self, point: Xy) -> Nearness {
        let (x, y) = (point.x - self.start.x, point.y - self.start.y);
        let share = ((x * self.reach.x + y * self.reach.y) * self.inverse).clamp(0.0, 1.0);
        let (dx, dy) = (x - share * self.reach.x, y - share * self.reach.y);
        Nearness { square: dx * dx + dy * dy, share }
    }

    /// Whether a ray from `point` to the east crosses the segment. The lower end belongs to it, the upper does not, so that a
    /// corner shared by two edges is counted once.
    pub(super) fn crosses_east_of(&self, point: Xy, end: Xy) -> bool {
        (self.start.y > point.y) != (end.y > point.y)
            && point.x < self.start.x + self.reach.x * ((point.y - self.start.y) / self.reach.y)
    }
}
