use super::*;
use crate::geo::samples::{lines, near, place};
use proptest::prelude::*;

fn line(points: &[(f64, f64)]) -> Line {
    Line(points.iter().map(|(x, y)| place(*x, *y)).collect())
}

#[test]
fn distance_is_to_the_segment_and_along_is_from_the_start() {
    // Proves: a point beside the middle of a long segment is near, though both its ends are far (the peer's mistake).
    let corridor = Corridor::new(&line(&[(0.0, 0.0), (2000.0, 0.0), (2000.0, 1000.0)])).expect("a line");
    let beside = corridor.distance(place(1000.0, 60.0));
    assert!((beside.distance.0 - 60.0).abs() < 0.2 && (beside.along.0 - 1000.0).abs() < 1.0 && beside.segment == 0);
    let up = corridor.distance(place(1900.0, 500.0));
    assert!((up.distance.0 - 100.0).abs() < 0.2 && (up.along.0 - 2500.0).abs() < 2.0 && up.segment == 1);
    assert!((corridor.length().0 - 3000.0).abs() < 2.0);
    assert_eq!(corridor.ends(), (place(0.0, 0.0), place(2000.0, 1000.0)));
}

#[test]
fn a_line_needs_two_different_points() {
    // Proves: no line, a dot and a dot drawn twice are refused with the count.
    for (points, want) in [(vec![], 0), (vec![(0.0, 0.0)], 1), (vec![(5.0, 5.0), (5.0, 5.0)], 1)] {
        assert_eq!(Corridor::new(&line(&points)).err(), Some(GeoError::TooFewPoints { points: want }));
    }
}

#[test]
fn of_equally_near_segments_the_first_counts() {
    // Proves: there and back on one road is judged as the way there, whatever the grid's order.
    let there = (0..40).map(|step| (f64::from(step) * 200.0, 0.0));
    let points: Vec<(f64, f64)> = there.clone().chain(there.rev().skip(1)).collect();
    let corridor = Corridor::new(&line(&points)).expect("there and back");
    assert!(corridor.grid.is_some());
    assert_eq!(corridor.distance(place(3100.0, 20.0)).segment, 15);
}

/// All segments, one after the other.
fn plain(corridor: &Corridor, place: Wgs84) -> Offset {
    Corridor { grid: None, ..corridor.clone() }.distance(place)
}

proptest! {
    #[test]
    fn the_grid_finds_what_a_full_search_finds(line in lines(), x in -90_000.0..90_000.0_f64, y in -40_000.0..40_000.0_f64, share in 0.0..1.0_f64) {
        // Proves: distance, along and segment are the same bits as without the grid; near the line, on it, and far away.
        let corridor = Corridor::new(&line).expect("a line");
        let pieces = line.0.iter().zip(line.0.iter().skip(1));
        let close = pieces.flat_map(|(a, b)| [near(*a, *b, share, (300, -800)), near(*a, *b, share, (0, 0)), *a]);
        for point in close.chain([place(x, y), place(x / 20.0, y / 20.0)]) {
            prop_assert_eq!(corridor.distance(point), plain(&corridor, point));
        }
    }
}
