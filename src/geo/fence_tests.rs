use super::*;
use crate::geo::samples::{areas, near, place, square};
use geo::{Contains, Distance, Euclidean, Point};
use proptest::prelude::*;

fn fence(polygons: Vec<Polygon>) -> Result<Fence, GeoError> {
    Fence::new(&Area(polygons))
}

fn plain(outer: Vec<Wgs84>) -> Polygon {
    Polygon { outer, holes: vec![] }
}

fn depth(fence: &Fence, x: f64, y: f64) -> f64 {
    fence.signed_distance(place(x, y)).0
}

#[test]
fn depth_is_measured_to_the_nearest_edge() {
    // Proves: metres and sign in a square, at its edge, beside it and off its corner.
    let fence = fence(vec![plain(square(0.0, 0.0, 100.0))]).expect("a square");
    for (x, y, want) in
        [(0.0, 0.0, 100.0), (85.0, 0.0, 15.0), (0.0, -130.0, -30.0), (130.0, 140.0, -50.0), (100.0, 0.0, 0.0)]
    {
        assert!((depth(&fence, x, y) - want).abs() < 0.2, "({x}, {y}): {}", depth(&fence, x, y));
    }
    assert!(crate::geo::plane::distance(fence.centroid(), place(0.0, 0.0)).0 < 0.2);
}

#[test]
fn a_hole_is_outside_and_a_second_polygon_inside() {
    // Proves: the inner edge of a hole counts, and so does every polygon of an area.
    let ring = Polygon { outer: square(0.0, 0.0, 200.0), holes: vec![square(0.0, 0.0, 100.0)] };
    let fence = fence(vec![ring, plain(square(1000.0, 0.0, 50.0))]).expect("two polygons");
    assert!((depth(&fence, 0.0, 0.0) + 100.0).abs() < 0.2);
    assert!((depth(&fence, 120.0, 0.0) - 20.0).abs() < 0.2);
    assert!((depth(&fence, 1000.0, 0.0) - 50.0).abs() < 0.2);
    assert!((depth(&fence, 600.0, 0.0) + 350.0).abs() < 0.6);
}

#[test]
fn a_closed_ring_and_an_open_one_are_the_same() {
    // Proves: a repeated first corner (GeoJSON) and repeated corners change nothing.
    let mut closed = square(0.0, 0.0, 100.0);
    closed.insert(1, closed[0]);
    closed.push(closed[0]);
    let (open, closed) = (fence(vec![plain(square(0.0, 0.0, 100.0))]), fence(vec![plain(closed)]));
    let (open, closed) = (open.expect("open"), closed.expect("closed"));
    assert_eq!(open.signed_distance(place(30.0, 70.0)), closed.signed_distance(place(30.0, 70.0)));
}

#[test]
fn degenerate_shapes_are_named() {
    // Proves: each kind of bad ring has its own error, with the ring's number.
    let spike = vec![place(0.0, 0.0), place(100.0, 0.0), place(200.0, 0.0)];
    let bow = vec![place(0.0, 0.0), place(100.0, 100.0), place(100.0, 0.0), place(0.0, 120.0)];
    let with_hole = |hole| vec![Polygon { outer: square(0.0, 0.0, 100.0), holes: vec![hole] }];
    assert_eq!(fence(vec![]).err(), Some(GeoError::NoPolygon));
    assert_eq!(fence(vec![plain(vec![])]).err(), Some(GeoError::NoPolygon));
    let two = vec![place(0.0, 0.0), place(9.0, 0.0), place(0.0, 0.0)];
    assert_eq!(fence(vec![plain(two)]).err(), Some(GeoError::TooFewCorners { polygon: 0, ring: 0, corners: 2 }));
    assert_eq!(fence(vec![plain(spike)]).err(), Some(GeoError::NoArea { polygon: 0, ring: 0 }));
    assert_eq!(fence(vec![plain(bow)]).err(), Some(GeoError::RingCrossesItself { polygon: 0, ring: 0 }));
    assert_eq!(fence(with_hole(square(500.0, 0.0, 20.0))).err(), Some(GeoError::HoleOutside { polygon: 0, ring: 1 }));
    let wide = vec![place(0.0, 0.0), Wgs84 { lat_e6: 45_000_000, lon_e6: 113_617_000 }, place(900.0, 0.0)];
    assert!(matches!(fence(vec![plain(wide)]).err(), Some(GeoError::TooWide { .. })));
}

/// The library's own answer in the same plane: contains, and the distance to the boundary.
fn rival(fence: &Fence, area: &Area, place: Wgs84) -> f64 {
    let point = fence.plane.to_xy(place);
    let point = Point::new(point.x, point.y);
    let depth = |polygon: &Polygon| {
        let flat = flatten(&fence.plane, 0, polygon).expect("a valid polygon");
        let rings = std::iter::once(flat.exterior()).chain(flat.interiors());
        let nearest = rings.map(|ring| Euclidean.distance(&point, ring)).fold(f64::INFINITY, f64::min);
        if flat.contains(&point) { nearest } else { -nearest }
    };
    area.0.iter().map(depth).fold(f64::NEG_INFINITY, f64::max)
}

proptest! {
    #[test]
    fn depth_agrees_with_the_library(area in areas(), x in -6000.0..6000.0_f64, y in -6000.0..6000.0_f64) {
        // Proves: signed distance equals that of the geo crate for bent polygons with holes, anywhere and near the edges.
        let fence = Fence::new(&area).expect("a valid area");
        let ring = &area.0[0].outer;
        let edges = ring.iter().zip(ring.iter().cycle().skip(1));
        let close = edges.map(|(a, b)| near(*a, *b, 0.37, (40, -70)));
        for point in close.chain([place(x, y)]) {
            let (ours, theirs) = (fence.signed_distance(point).0, rival(&fence, &area, point));
            prop_assert!((ours - theirs).abs() < 1e-6, "{ours} against {theirs}");
        }
    }
}
