//! The geometry index on real shapes: a district's outline and two cities' roads, read in place from `../shared/geo`.

use flate2::read::GzDecoder;
use muckwatch::{
    geo::{
        corridor::Corridor,
        fence::Fence,
        index::{Index, Margins, Shape, Standing},
    },
    model::{
        place::{Area, Line, Polygon, Wgs84},
        units::Metres,
    },
};
use serde_json::Value;
use std::{io::Read, path::PathBuf};

const MARGINS: Margins = Margins { inside: Metres(15.0), outside: Metres(30.0) };
const HALF_WIDTH: Metres = Metres(80.0);

/// The text of a file of `../shared/geo`; `None` (said aloud) where the folder is absent, a failure in CI.
fn shared(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/geo").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} is missing in CI", path.display());
        println!("skipped: {} is absent", path.display());
        return None;
    };
    let mut text = String::new();
    if name.strip_suffix(".gz").is_some() {
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("a gzip'd file");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    Some(text)
}

fn points(coordinates: &Value) -> Vec<Wgs84> {
    let degree = |pair: &Value, place: usize| pair[place].as_f64().expect("a number");
    let pairs = coordinates.as_array().expect("a list of positions").iter();
    pairs.map(|pair| Wgs84::from_degrees(degree(pair, 1), degree(pair, 0)).expect("on the globe")).collect()
}

fn roads(text: &str) -> Vec<Line> {
    let json: Value = serde_json::from_str(text).expect("GeoJSON");
    let features = json["features"].as_array().expect("features").iter();
    features.map(|feature| Line(points(&feature["geometry"]["coordinates"]))).collect()
}

fn brute(shapes: u32, index: &Index, place: Wgs84) -> Vec<Standing> {
    let depth = |object| index.shape(object).expect("a shape").depth(place).0;
    let all = (0..shapes).map(|object| Standing { object, depth: Metres(depth(object).min(MARGINS.inside.0)) });
    all.filter(|standing| standing.depth.0 >= -MARGINS.outside.0).collect()
}

/// Points on and around the lines: every `stride`-th corner, and that corner moved by up to 200 m.
fn probes(lines: &[Line], stride: usize) -> Vec<Wgs84> {
    let corners = lines.iter().flat_map(|line| line.0.iter().copied()).step_by(stride).enumerate();
    let moved = corners.flat_map(|(number, at)| {
        let wave = |factor: i32| (i32::try_from(number).expect("few") * factor) % 1800;
        [at, Wgs84 { lat_e6: at.lat_e6 + wave(37) - 900, lon_e6: at.lon_e6 + wave(53) - 900 }]
    });
    moved.collect()
}

#[test]
fn real_roads_are_found_by_the_index_as_by_asking_each() {
    // Proves: on two real road networks the covers miss no road and change no distance.
    for name in ["shanghai_centre_roads.geojson.gz", "shenzhen_longgang_roads.geojson.gz"] {
        let Some(text) = shared(name) else { return };
        let lines = roads(&text);
        let corridor = |line: &Line| Corridor::new(line).unwrap_or_else(|error| panic!("{name}: {error}"));
        let shapes: Vec<Shape> =
            lines.iter().map(|line| Shape::Corridor { line: corridor(line), half_width: HALF_WIDTH }).collect();
        let (count, index) = (u32::try_from(shapes.len()).expect("few"), Index::new(shapes, MARGINS));
        let (mut found, mut standings) = (Vec::new(), 0);
        let probes = probes(&lines, 9);
        for place in &probes {
            index.at(*place, &mut found);
            assert_eq!(found, brute(count, &index, *place), "{name} at {place:?}");
            standings += found.len();
        }
        println!(
            "{name}: {count} roads, {} cells, {} points, {standings} standings equal",
            index.cells(),
            probes.len()
        );
        assert!(standings > probes.len(), "the probes hardly touch a road");
    }
}

#[test]
fn a_real_outline_is_a_valid_fence() {
    // Proves: the district's outline loads, its middle is inside, its corners are on the edge, and the index agrees.
    let Some(text) = shared("huiji_outline.geojson") else { return };
    let json: Value = serde_json::from_str(&text).expect("GeoJSON");
    let outer = points(&json["features"][0]["geometry"]["coordinates"][0]);
    let line = Line(outer.clone());
    let fence = Fence::new(&Area(vec![Polygon { outer, holes: vec![] }])).expect("a valid outline");
    assert!(fence.signed_distance(fence.centroid()).0 > 1000.0);
    assert!(line.0.iter().all(|corner| fence.signed_distance(*corner).0.abs() < 0.2));
    let index = Index::new(vec![Shape::Fence(fence)], MARGINS);
    let mut found = Vec::new();
    for place in probes(std::slice::from_ref(&line), 1) {
        index.at(place, &mut found);
        assert_eq!(found, brute(1, &index, place), "at {place:?}");
    }
    println!("outline: {} cells", index.cells());
}
