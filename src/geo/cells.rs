//! The H3 cover of a shape: coarse cells where it is all inside, fine ones only along the edge.
//!
//! A cell is classed by the depth of its centre and its reach. All descendants of a hexagon lie within 1.053 of its circumradius
//! R: a child's centre is 0.655 R away, its own circumradius is R / √7, and so on down. [`REACH`] adds room for cells that differ
//! in size across one shape.

use super::{
    index::Margins,
    plane::{Bounds, Plane},
};
use crate::model::place::Wgs84;
use h3o::{CellIndex, LatLng, Resolution};

/// Cells at which the descent ends: resolution 11 (edge 29 m), about as wide as the margins that are asked for. Resolution 10 was
/// not measured against it.
pub(super) const FINEST: Resolution = Resolution::Eleven;

/// Reach of a cell and all its descendants from its centre, in circumradii of a cell of its resolution at the shape's middle.
const REACH: f64 = 1.25;
/// Metres to spare: rounding of centres to the grid, bent cell edges.
const SPARE_M: f64 = 1.0;

/// What is known of every point of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// At least `Margins::inside` deep.
    Inside,
    /// Perhaps near the edge: ask the shape.
    Boundary,
}

/// What a cover is made of.
pub(super) struct Outline<'a> {
    pub(super) plane: Plane,
    pub(super) bounds: Bounds,
    /// Metres by which the shape sticks out of `bounds`.
    pub(super) swell: f64,
    /// Metres inside the shape (negative outside), in the scale of `plane`.
    pub(super) depth: &'a dyn Fn(Wgs84) -> f64,
}

/// The cells of a shape grown by `margins.outside`. No two of them are one another's ancestor.
pub(super) fn cover(outline: &Outline<'_>, margins: Margins) -> Vec<(CellIndex, Class)> {
    let middle = outline.bounds.middle();
    let Ok(centre) = LatLng::new(middle.lat(), middle.lon()) else { return Vec::new() };
    let reaches = reaches(&outline.plane, centre);
    let mut open: Vec<CellIndex> = centre.to_cell(start(outline, margins)).grid_disk(1);
    let mut done = Vec::new();
    while let Some(cell) = open.pop() {
        let reach = reaches[usize::from(u8::from(cell.resolution()))];
        match class(outline, margins, cell, reach) {
            None => {}
            Some(Class::Boundary) if cell.resolution() < FINEST => {
                open.extend(cell.resolution().succ().into_iter().flat_map(|finer| cell.children(finer)));
            }
            Some(class) => done.push((cell, class)),
        }
    }
    done
}

fn class(outline: &Outline<'_>, margins: Margins, cell: CellIndex, reach: f64) -> Option<Class> {
    let centre = LatLng::from(cell);
    let depth = (outline.depth)(Wgs84::from_degrees(centre.lat(), centre.lng())?);
    if depth >= margins.inside.0 + reach {
        Some(Class::Inside)
    } else if depth >= -(margins.outside.0 + reach) {
        Some(Class::Boundary)
    } else {
        None
    }
}

/// Resolution at which seven cells hold the whole grown shape: one cell's edge is twice the half-diagonal.
fn start(outline: &Outline<'_>, margins: Margins) -> Resolution {
    let Bounds { south_west, north_east } = outline.bounds;
    let half_diagonal = outline.plane.distance(south_west, north_east).0 / 2.0 + outline.swell + margins.outside.0;
    let coarsest_first = (0..=u8::from(FINEST)).filter_map(|number| Resolution::try_from(number).ok());
    coarsest_first
        .take_while(|resolution| resolution.edge_length_m() >= 2.0 * half_diagonal)
        .last()
        .unwrap_or(Resolution::Zero)
}

/// Reach of the cells of each resolution, measured in the shape's plane at its middle.
fn reaches(plane: &Plane, middle: LatLng) -> [f64; 16] {
    let mut reaches = [0.0; 16];
    for (number, reach) in (0_u8..).zip(&mut reaches) {
        let Ok(resolution) = Resolution::try_from(number) else { continue };
        let cell = middle.to_cell(resolution);
        let grid = |point: LatLng| Wgs84::from_degrees(point.lat(), point.lng()).unwrap_or_default();
        let centre = grid(LatLng::from(cell));
        let corners = cell.boundary();
        let farthest = corners.iter().map(|corner| plane.distance(centre, grid(*corner)).0).fold(0.0, f64::max);
        *reach = farthest * REACH + SPARE_M;
    }
    reaches
}
