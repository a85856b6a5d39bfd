//! Geometry, points a second of one core: 2,000 zones and a vehicle's own corridor, the index beside brute force.
//!
//! `cargo bench --no-default-features --bench geometry`

use muckwatch::{
    geo::{
        corridor::Corridor,
        fence::Fence,
        index::{Index, Margins, Shape, Standing},
        plane::{Plane, Xy, distance},
    },
    model::{
        place::{Area, Line, Polygon, Wgs84},
        units::Metres,
    },
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::{hint::black_box, time::Instant};

const ZONES: usize = 2_000;
const MARGINS: Margins = Margins { inside: Metres(15.0), outside: Metres(30.0) };
/// A city: 40 km by 40 km.
const CITY_M: f64 = 40_000.0;

/// Seeded chance and the plane all shapes are drawn in.
struct Draw {
    chance: ChaCha8Rng,
    plane: Plane,
}

impl Draw {
    fn new() -> Self {
        let middle = Wgs84 { lat_e6: 34_868_000, lon_e6: 113_617_000 };
        Self { chance: ChaCha8Rng::seed_from_u64(8), plane: Plane::at(middle) }
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + f64::from(self.chance.next_u32()) / f64::from(u32::MAX) * (high - low)
    }

    fn anywhere(&mut self) -> Xy {
        let half = CITY_M / 2.0;
        Xy { x: self.between(-half, half), y: self.between(-half, half) }
    }

    fn place(&self, point: Xy) -> Wgs84 {
        self.plane.to_wgs84(point).expect("near Zhengzhou")
    }

    /// A bent polygon of 12 to 60 corners, 150 m to 1.5 km across.
    fn zone(&mut self) -> Area {
        let (centre, corners, size) = (self.anywhere(), self.between(12.0, 60.0).floor(), self.between(75.0, 750.0));
        let mut outer = Vec::new();
        let mut corner = 0.0;
        while corner < corners {
            let (angle, radius) = (corner / corners * std::f64::consts::TAU, size * self.between(0.6, 1.0));
            outer.push(self.place(Xy { x: centre.x + radius * angle.cos(), y: centre.y + radius * angle.sin() }));
            corner += 1.0;
        }
        Area(vec![Polygon { outer, holes: vec![] }])
    }

    /// A way of 400 points, 30 km.
    fn route(&mut self) -> Line {
        let mut at = Xy { x: -15_000.0, y: 0.0 };
        let mut line = Vec::new();
        for _ in 0..400 {
            at = Xy { x: at.x + self.between(20.0, 120.0), y: at.y + self.between(-60.0, 60.0) };
            line.push(self.place(at));
        }
        Line(line)
    }
}

/// Seconds this thread has run, by the kernel's count: other processes on the machine do not spoil it. Wall time elsewhere.
fn cpu_s(since: Instant) -> f64 {
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = nanos.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
    nanos.map_or_else(|| since.elapsed().as_secs_f64(), |nanos| nanos / 1e9)
}

/// Runs `work` over the points again and again for a second of the processor and prints points a second.
fn measure(name: &str, points: &[Wgs84], mut work: impl FnMut(Wgs84)) {
    let start = Instant::now();
    let mut chunks = points.chunks(1000).cycle();
    let (begin, mut done) = (cpu_s(start), 0_u32);
    while cpu_s(start) - begin < 1.0 {
        for point in chunks.next().expect("points go round") {
            work(black_box(*point));
            done += 1;
        }
    }
    println!("{name:<58} {:>12.0} points/s", f64::from(done) / (cpu_s(start) - begin));
}

fn zones(draw: &mut Draw, points: &[Wgs84]) {
    let fences: Vec<Fence> = (0..ZONES).map(|_| Fence::new(&draw.zone()).expect("a valid zone")).collect();
    let start = Instant::now();
    let begin = cpu_s(start);
    let index = Index::new(fences.iter().cloned().map(Shape::Fence).collect(), MARGINS);
    println!("index over {ZONES} zones: {} cells in {:.0} ms", index.cells(), (cpu_s(start) - begin) * 1e3);
    let mut found: Vec<Standing> = Vec::new();
    measure("2,000 zones, index", points, |point| {
        index.at(point, &mut found);
        black_box(&found);
    });
    measure("2,000 zones, every box, then the edges", points, |point| {
        let near = fences.iter().filter(|fence| fence.bounds().holds(point, MARGINS.outside));
        black_box(near.filter(|fence| fence.signed_distance(point).0 >= -MARGINS.outside.0).count());
    });
    measure("2,000 zones, every edge", points, |point| {
        black_box(fences.iter().filter(|fence| fence.signed_distance(point).0 >= -MARGINS.outside.0).count());
    });
}

fn corridors(draw: &mut Draw, points: &[Wgs84]) {
    let line = draw.route();
    let corridor = Corridor::new(&line).expect("a line");
    let short: Vec<Corridor> =
        line.0.windows(2).map(|two| Corridor::new(&Line(two.to_vec())).expect("a line")).collect();
    let along: Vec<Wgs84> = (0..4096)
        .map(|number| {
            let corner = line.0[number % line.0.len()];
            let middle = draw.plane.to_xy(corner);
            let aside = Xy { x: draw.between(-80.0, 80.0), y: draw.between(-80.0, 80.0) };
            draw.place(Xy { x: middle.x + aside.x, y: middle.y + aside.y })
        })
        .collect();
    measure("own corridor of 400 points, fixes near it", &along, |point| {
        black_box(corridor.distance(point));
    });
    measure("own corridor of 400 points, fixes anywhere in the city", points, |point| {
        black_box(corridor.distance(point));
    });
    measure("own corridor of 400 points, every segment", &along, |point| {
        black_box(short.iter().map(|one| one.distance(point).distance.0).fold(f64::INFINITY, f64::min));
    });
}

fn main() {
    let mut draw = Draw::new();
    let points: Vec<Wgs84> = (0..65_536)
        .map(|_| {
            let point = draw.anywhere();
            draw.place(point)
        })
        .collect();
    zones(&mut draw, &points);
    corridors(&mut draw, &points);
    measure("distance between two positions", &points, |point| {
        black_box(distance(point, points[0]));
    });
}
