//! Random shapes for the tests of this room.

use super::plane::{Plane, Xy};
use crate::model::place::{Area, Line, Polygon, Wgs84};
use proptest::{collection::vec, prelude::*};

/// Where the samples lie.
pub(super) const MIDDLE: Wgs84 = Wgs84 { lat_e6: 34_868_000, lon_e6: 113_617_000 };

/// A position by metres east and north of `MIDDLE`.
pub(super) fn place(x: f64, y: f64) -> Wgs84 {
    Plane::at(MIDDLE).to_wgs84(Xy { x, y }).expect("near Zhengzhou")
}

/// An axis-parallel square of half-side `half` around (x, y).
pub(super) fn square(x: f64, y: f64, half: f64) -> Vec<Wgs84> {
    [(-half, -half), (half, -half), (half, half), (-half, half)].map(|(dx, dy)| place(x + dx, y + dy)).to_vec()
}

/// A ring like a star around (x, y): corners at rising angles (on a diamond, so no trigonometry) and any radius.
fn star(x: f64, y: f64, radii: &[f64]) -> Vec<Wgs84> {
    let count = f64::from(u32::try_from(radii.len()).expect("few corners"));
    let corner = |(number, radius): (u32, &f64)| {
        let turn = f64::from(number) / count * 4.0;
        let (side, share) = (turn.floor(), turn - turn.floor());
        let (dx, dy) = match side {
            s if s < 1.0 => (1.0 - share, share),
            s if s < 2.0 => (-share, 1.0 - share),
            s if s < 3.0 => (share - 1.0, -share),
            _ => (share, share - 1.0),
        };
        place(x + dx * radius, y + dy * radius)
    };
    (0_u32..).zip(radii).map(corner).collect()
}

/// Bent polygons of 100 m to 3 km with a hole, sometimes two apart from each other.
pub(super) fn areas() -> impl Strategy<Value = Area> {
    (vec(0.35..1.0_f64, 5..40), 100.0..3000.0_f64, -4000.0..4000.0_f64, -4000.0..4000.0_f64, any::<bool>()).prop_map(
        |(radii, size, x, y, twin)| {
            let radii: Vec<f64> = radii.into_iter().map(|share| share * size).collect();
            // The inner diamond of the least radius lies inside at 5 and more corners; a hole a fifth its size surely does.
            let hole = square(x, y, size * 0.05);
            let mut polygons = vec![Polygon { outer: star(x, y, &radii), holes: vec![hole] }];
            if twin {
                polygons.push(Polygon { outer: square(x + 2.5 * size, y, size * 0.3), holes: vec![] });
            }
            Area(polygons)
        },
    )
}

/// Lines that wander, cross themselves and turn back; from 2 to 300 points.
pub(super) fn lines() -> impl Strategy<Value = Line> {
    let step = (-400.0..500.0_f64, -300.0..400.0_f64);
    (prop_oneof![vec(step.clone(), 2..20), vec(step, 20..300)], -4000.0..4000.0_f64, -4000.0..4000.0_f64).prop_map(
        |(steps, x, y)| {
            let mut at = (x, y);
            let walk = steps.into_iter().map(|(dx, dy)| {
                at = (at.0 + dx, at.1 + dy);
                place(at.0, at.1)
            });
            Line(walk.collect())
        },
    )
}

/// A point near the edge between `from` and `to` (`share` along it, `across` in 1e-6 degrees off it), or anywhere.
pub(super) fn near(from: Wgs84, to: Wgs84, share: f64, across: (i32, i32)) -> Wgs84 {
    let between = |a: i32, b: i32| {
        #[expect(clippy::cast_possible_truncation, reason = "between two i32")]
        let value = (f64::from(a) + (f64::from(b) - f64::from(a)) * share) as i32;
        value
    };
    Wgs84 { lat_e6: between(from.lat_e6, to.lat_e6) + across.0, lon_e6: between(from.lon_e6, to.lon_e6) + across.1 }
}
