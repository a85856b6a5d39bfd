//! Our own rough drawing of a district placed in Huiji, and its townships.
//! Only the nine official names are real; where their borders run here is invented.

use super::ground::{Point, Ring};

/// Corners in degrees east and north, drawn by hand.
const OUTLINE: [(f64, f64); 14] = [
    (113.495, 34.860),
    (113.540, 34.852),
    (113.585, 34.848),
    (113.590, 34.802),
    (113.632, 34.800),
    (113.640, 34.850),
    (113.700, 34.858),
    (113.785, 34.862),
    (113.785, 34.890),
    (113.730, 34.920),
    (113.670, 34.912),
    (113.600, 34.930),
    (113.545, 34.962),
    (113.495, 34.960),
];

/// Official names of the two towns and seven street offices, with a label point of our own.
const TOWNSHIPS: [(&str, f64, f64); 9] = [
    ("刘寨街道", 113.621, 34.812),
    ("长兴路街道", 113.603, 34.822),
    ("新城街道", 113.632, 34.868),
    ("老鸦陈街道", 113.612, 34.838),
    ("江山路街道", 113.588, 34.868),
    ("迎宾路街道", 113.676, 34.872),
    ("大河路街道", 113.612, 34.900),
    ("花园口镇", 113.735, 34.886),
    ("古荥镇", 113.532, 34.905),
];

/// One township of the drawing.
#[derive(Clone, Debug)]
pub struct Township {
    /// Official name.
    pub name: &'static str,
    /// Where its name stands.
    pub label: Point,
    /// Its share of the outline: what is nearer to its label than to any other.
    pub ring: Ring,
}

/// The outline.
#[must_use]
pub fn outline() -> Ring {
    Ring(OUTLINE.iter().map(|(lon, lat)| Point::from_degrees(*lon, *lat)).collect())
}

/// The townships, in the order of the district's own list.
#[must_use]
pub fn townships() -> Vec<Township> {
    let labels: Vec<_> = TOWNSHIPS.iter().map(|(name, lon, lat)| (*name, Point::from_degrees(*lon, *lat))).collect();
    labels.iter().map(|(name, label)| Township { name, label: *label, ring: share(*label, &labels) }).collect()
}

/// Name of the township that `point` falls to.
#[must_use]
pub fn township_of(point: Point) -> &'static str {
    let nearest = TOWNSHIPS.iter().min_by(|a, b| {
        let away = |label: &(&str, f64, f64)| point.distance(Point::from_degrees(label.1, label.2));
        away(a).total_cmp(&away(b))
    });
    nearest.map_or("", |township| township.0)
}

fn share(label: Point, all: &[(&'static str, Point)]) -> Ring {
    let others = all.iter().map(|(_, other)| *other).filter(|other| *other != label);
    others.fold(outline(), |ring, other| nearer_half(&ring, label, other))
}

/// The part of `ring` nearer to `here` than to `there` (Sutherland and Hodgman's clip by one line).
fn nearer_half(ring: &Ring, here: Point, there: Point) -> Ring {
    let lead = |point: Point| point.distance(there).powi(2) - point.distance(here).powi(2);
    let mut kept = Vec::new();
    for (index, a) in ring.0.iter().enumerate() {
        let b = ring.0[(index + 1) % ring.0.len()];
        let (lead_a, lead_b) = (lead(*a), lead(b));
        if lead_a >= 0.0 {
            kept.push(*a);
        }
        if (lead_a >= 0.0) != (lead_b >= 0.0) {
            kept.push(a.towards(b, lead_a / (lead_a - lead_b)));
        }
    }
    Ring(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_township_holds_its_label() {
        // Proves: nine shares, each with its own label inside and inside the outline.
        let shares = townships();
        assert_eq!(shares.len(), 9);
        for township in &shares {
            assert!(township.ring.contains(township.label), "{}", township.name);
            assert!(outline().contains(township.label), "{}", township.name);
            assert_eq!(township_of(township.label), township.name);
        }
    }
}
