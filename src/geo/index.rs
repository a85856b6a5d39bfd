//! Which shapes a position lies in or near. H3 cells choose the candidates, the shapes decide.
//!
//! Per point: one cell by `h3o` (the larger part of the cost), one probe of a hash table per resolution in use, and an exact
//! test per shape whose edge is near. Nothing is allocated once `out` has grown.

use super::{
    cells::{self, Class, FINEST, Outline},
    corridor::Corridor,
    fence::Fence,
    plane::Bounds,
};
use crate::model::{place::Wgs84, units::Metres};
use h3o::{LatLng, Resolution};

/// How finely depth matters to those who ask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margins {
    /// Deeper than this, depth is reported as this.
    pub inside: Metres,
    /// Shapes farther off than this are not reported.
    pub outside: Metres,
}

/// Something with an inside.
#[derive(Clone, Debug)]
pub enum Shape {
    /// An area.
    Fence(Fence),
    /// Everything within `half_width` of a line.
    Corridor {
        /// The line.
        line: Corridor,
        /// Half the corridor's width.
        half_width: Metres,
    },
}

/// One shape a position lies in or near.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Which shape, by its place in the list the index was made of.
    pub object: u32,
    /// Metres inside its edge (negative outside): exact between the margins, `Margins::inside` when deeper.
    pub depth: Metres,
}

/// The index over a list of shapes.
#[derive(Clone, Debug)]
pub struct Index {
    shapes: Vec<Shape>,
    margins: Margins,
    bounds: Option<Bounds>,
    swell: Metres,
    table: Table,
    /// Resolutions that occur, coarsest first.
    levels: Vec<Resolution>,
    /// What the table's spans point into.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    object: u32,
    class: Class,
}

/// Cell → span of entries: open addressing, at most half full. Key 0 is no cell of H3.
#[derive(Clone, Debug, Default)]
struct Table {
    slots: Vec<Slot>,
    shift: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    cell: u64,
    from: u32,
    to: u32,
}

impl Shape {
    /// Metres inside the edge, negative outside.
    #[must_use]
    pub fn depth(&self, place: Wgs84) -> Metres {
        match self {
            Self::Fence(fence) => fence.signed_distance(place),
            Self::Corridor { line, half_width } => Metres(half_width.0 - line.distance(place).distance.0),
        }
    }

    /// Box around a fence's area or a corridor's line.
    fn bounds(&self) -> Bounds {
        match self {
            Self::Fence(fence) => fence.bounds(),
            Self::Corridor { line, .. } => line.bounds(),
        }
    }

    /// By how much the shape sticks out of its box.
    const fn swell(&self) -> f64 {
        match self {
            Self::Fence(_) => 0.0,
            Self::Corridor { half_width, .. } => half_width.0,
        }
    }
}

impl Index {
    /// Covers the shapes. About 0.2 ms for a zone of a kilometre (benches/geometry.rs).
    #[must_use]
    pub fn new(shapes: Vec<Shape>, margins: Margins) -> Self {
        let mut cells: Vec<(u64, Entry)> = Vec::new();
        for (object, shape) in (0_u32..).zip(&shapes) {
            let covered = cover(shape, margins).into_iter();
            cells.extend(covered.map(|(cell, class)| (u64::from(cell), Entry { object, class })));
        }
        cells.sort_unstable_by_key(|(cell, entry)| (*cell, entry.object));
        let corners = shapes.iter().map(Shape::bounds).flat_map(|bounds| [bounds.south_west, bounds.north_east]);
        Self {
            bounds: Bounds::of(corners),
            swell: Metres(shapes.iter().map(Shape::swell).fold(0.0, f64::max) + margins.outside.0),
            table: Table::of(&cells),
            levels: levels(&cells),
            entries: cells.into_iter().map(|(_, entry)| entry).collect(),
            shapes,
            margins,
        }
    }

    /// Puts into `out` (emptied first) every shape the position lies in or at most `Margins::outside` away from, by number.
    pub fn at(&self, place: Wgs84, out: &mut Vec<Standing>) {
        out.clear();
        if !self.bounds.is_some_and(|bounds| bounds.holds(place, self.swell)) {
            return;
        }
        let Ok(point) = LatLng::new(place.lat(), place.lon()) else { return };
        let cell = point.to_cell(FINEST);
        for level in &self.levels {
            let Some(ancestor) = cell.parent(*level) else { continue };
            let span = self.table.span(u64::from(ancestor));
            out.extend(
                self.entries.get(span).unwrap_or_default().iter().filter_map(|entry| self.standing(*entry, place)),
            );
        }
        if self.levels.len() > 1 {
            out.sort_unstable_by_key(|standing| standing.object);
        }
    }

    /// The shape with a number.
    #[must_use]
    pub fn shape(&self, object: u32) -> Option<&Shape> {
        self.shapes.get(object as usize)
    }

    /// The margins it was made with.
    #[must_use]
    pub const fn margins(&self) -> Margins {
        self.margins
    }

    /// How many cells there are, over all shapes.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.entries.len()
    }

    fn standing(&self, entry: Entry, place: Wgs84) -> Option<Standing> {
        let Margins { inside, outside } = self.margins;
        let depth = match entry.class {
            Class::Inside => inside.0,
            Class::Boundary => self.shapes.get(entry.object as usize)?.depth(place).0.min(inside.0),
        };
        (depth >= -outside.0).then_some(Standing { object: entry.object, depth: Metres(depth) })
    }
}

impl Table {
    /// From cells in ascending order.
    fn of(cells: &[(u64, Entry)]) -> Self {
        let size = (cells.len() * 2).next_power_of_two().max(2);
        let mut table = Self { slots: vec![Slot::default(); size], shift: u64::BITS - size.trailing_zeros() };
        let mut from = 0_u32;
        for run in cells.chunk_by(|a, b| a.0 == b.0) {
            let to = from + u32::try_from(run.len()).expect("a list of cells in memory is shorter than 2^32");
            table.insert(Slot { cell: run[0].0, from, to });
            from = to;
        }
        table
    }

    fn insert(&mut self, slot: Slot) {
        let mut place = self.home(slot.cell);
        while self.slots[place].cell != 0 {
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place] = slot;
    }

    fn span(&self, cell: u64) -> std::ops::Range<usize> {
        let mut place = self.home(cell);
        loop {
            let slot = self.slots[place];
            if slot.cell == cell || slot.cell == 0 {
                return slot.from as usize..slot.to as usize;
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
    }

    /// Fibonacci hashing: the upper bits of a product with 2^64 / φ.
    #[expect(clippy::cast_possible_truncation, reason = "shifted down to the table's size")]
    fn home(&self, cell: u64) -> usize {
        (cell.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

fn cover(shape: &Shape, margins: Margins) -> Vec<(h3o::CellIndex, Class)> {
    let plane = match shape {
        Shape::Fence(fence) => fence.plane(),
        Shape::Corridor { line, .. } => line.plane(),
    };
    let depth = |place| shape.depth(place).0;
    cells::cover(&Outline { plane, bounds: shape.bounds(), swell: shape.swell(), depth: &depth }, margins)
}

fn levels(cells: &[(u64, Entry)]) -> Vec<Resolution> {
    let all = (0..=u8::from(FINEST)).filter_map(|number| Resolution::try_from(number).ok());
    // Bits 52-55 of an H3 index are its resolution.
    let used = cells.iter().fold(0_u32, |used, (cell, _)| used | 1 << ((cell >> 52) & 0xf));
    all.filter(|level| used & (1 << u8::from(*level)) != 0).collect()
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
