use super::*;
use crate::{
    geo::samples::{areas, lines, near, place, square},
    model::place::{Area, Polygon},
};
use proptest::prelude::*;

const MARGINS: Margins = Margins { inside: Metres(15.0), outside: Metres(30.0) };

fn fence(x: f64, y: f64, half: f64) -> Shape {
    Shape::Fence(Fence::new(&Area(vec![Polygon { outer: square(x, y, half), holes: vec![] }])).expect("a square"))
}

fn at(index: &Index, place: Wgs84) -> Vec<Standing> {
    let mut out = Vec::new();
    index.at(place, &mut out);
    out
}

/// Every shape asked, no cells.
fn brute(index: &Index, place: Wgs84) -> Vec<Standing> {
    let all = (0_u32..).zip(&index.shapes).map(|(object, shape)| Standing { object, depth: shape.depth(place) });
    let clamp =
        |standing: Standing| Standing { depth: Metres(standing.depth.0.min(index.margins.inside.0)), ..standing };
    all.filter(|standing| standing.depth.0 >= -index.margins.outside.0).map(clamp).collect()
}

#[test]
fn margins_bound_what_is_said() {
    // Proves: deep inside reads as the inner margin, near the edge as the exact depth, beyond the outer margin as nothing.
    let index = Index::new(vec![fence(0.0, 0.0, 500.0), fence(900.0, 0.0, 500.0)], MARGINS);
    assert_eq!(at(&index, place(0.0, 0.0)), [Standing { object: 0, depth: Metres(15.0) }]);
    let both = at(&index, place(450.0, 0.0));
    assert_eq!(both.iter().map(|standing| standing.object).collect::<Vec<_>>(), [0, 1]);
    let edge = at(&index, place(0.0, 520.0));
    assert!(edge.len() == 1 && (edge[0].depth.0 + 20.0).abs() < 0.2);
    assert!(at(&index, place(0.0, 531.0)).is_empty());
    assert!(at(&index, Wgs84 { lat_e6: -33_000_000, lon_e6: 151_000_000 }).is_empty());
}

#[test]
fn an_empty_index_knows_nothing() {
    // Proves: a ledger without zones is no special case.
    assert!(at(&Index::new(vec![], MARGINS), place(0.0, 0.0)).is_empty());
}

#[test]
fn a_large_area_costs_few_cells() {
    // Proves: the inside of a 40 km square is covered by coarse cells (at resolution 11 alone it would be 700,000).
    let index = Index::new(vec![fence(0.0, 0.0, 20_000.0)], MARGINS);
    assert!(index.cells() < 40_000, "{} cells", index.cells());
    assert!(index.levels.len() > 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_index_says_what_asking_every_shape_says(
        areas in proptest::collection::vec(areas(), 1..12),
        lines in proptest::collection::vec(lines(), 0..4),
        points in proptest::collection::vec((-9000.0..9000.0_f64, -9000.0..9000.0_f64), 100),
        share in 0.0..1.0_f64,
        across in (-700..700_i32, -700..700_i32),
    ) {
        // Proves: covers miss nothing and decide nothing wrongly: same shapes, same depths, anywhere and near every edge.
        let fences = areas.iter().map(|area| Shape::Fence(Fence::new(area).expect("a valid area")));
        let roads = lines.iter().map(|line| Shape::Corridor { line: Corridor::new(line).expect("a line"), half_width: Metres(80.0) });
        let index = Index::new(fences.chain(roads).collect(), MARGINS);
        let rings = areas.iter().flat_map(|area| &area.0).map(|polygon| &polygon.outer).chain(lines.iter().map(|line| &line.0));
        let edges = rings.flat_map(|ring| ring.iter().zip(ring.iter().skip(1)));
        let close = edges.flat_map(|(a, b)| [near(*a, *b, share, across), near(*a, *b, share, (across.1 / 9, across.0 / 9))]);
        for point in close.chain(points.into_iter().map(|(x, y)| place(x, y))) {
            prop_assert_eq!(at(&index, point), brute(&index, point));
        }
    }
}
