//! The ground of the synthetic district: outline, roads, sites, known places, zones, and the ways between them.

use super::{
    dice::Dice,
    ground::{Path, Point, Ring},
    outline::{outline, township_of},
    roads::{Junction, Network},
};

/// A place beside a road.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Ledger code.
    pub code: String,
    /// Name, invented.
    pub name: String,
    /// Township it falls to.
    pub township: &'static str,
    /// Which road of the network it lies on.
    pub road: usize,
    /// Where its gate opens on the road's centre line, metres from the road's beginning.
    pub along: f64,
    /// The gate.
    pub gate: Point,
    /// Where vehicles stand.
    pub yard: Point,
    /// Its fence.
    pub ring: Ring,
}

/// How a kind of place is cut, in metres: distance of its middle from the road, and its size along and across.
#[derive(Clone, Copy, Debug)]
struct Plot {
    setback: f64,
    along: f64,
    across: f64,
}

/// A place on a road where a spot may go.
#[derive(Clone, Copy, Debug)]
struct Slot {
    road: usize,
    /// Share of the road's length.
    part: f64,
}

const BUILDING_PLOT: Plot = Plot { setback: 115.0, along: 190.0, across: 140.0 };
const DEPOT_PLOT: Plot = Plot { setback: 105.0, along: 160.0, across: 130.0 };
const ROADSIDE_PLOT: Plot = Plot { setback: 52.0, along: 70.0, across: 50.0 };

/// A way from yard to yard.
#[derive(Clone, Debug)]
pub struct Drive {
    /// The line driven.
    pub path: Path,
    /// Junctions passed.
    pub junctions: Vec<Junction>,
    /// Roads used, first and last included.
    pub roads: Vec<usize>,
}

/// A haul that approvals are written for.
#[derive(Clone, Debug)]
pub struct Haul {
    /// Index into `sites`.
    pub site: usize,
    /// Index into `dumps`.
    pub dump: usize,
    /// The approved way.
    pub drive: Drive,
    /// Index into `sites` of another site whose gate the way passes.
    pub passes: usize,
    /// Index into `fuel` of a filling station on the way.
    pub fuel: usize,
    /// An unregistered place just beside the way.
    pub pit: Spot,
}

/// Everything that stands still.
#[derive(Clone, Debug)]
pub struct Town {
    /// Outline.
    pub outline: Ring,
    /// Roads.
    pub network: Network,
    /// Building sites.
    pub sites: Vec<Spot>,
    /// Disposal sites.
    pub dumps: Vec<Spot>,
    /// Depots.
    pub depots: Vec<Spot>,
    /// Filling stations.
    pub fuel: Vec<Spot>,
    /// Repair shops.
    pub repair: Vec<Spot>,
    /// Closed to yellow-label vehicles 06:00-24:00.
    pub yellow_zone: ZoneGround,
    /// Closed to muck trucks.
    pub muck_zone: ZoneGround,
    /// The approved hauls.
    pub hauls: Vec<Haul>,
}

/// A zone between roads: its border runs inside the ring road.
#[derive(Clone, Debug)]
pub struct ZoneGround {
    /// The border.
    pub ring: Ring,
    /// Junctions around it, in order.
    pub around: Vec<Junction>,
    /// Junctions of a way through it, from ring road to ring road.
    pub through: Vec<Junction>,
}

/// How far inside the ring road's centre line a zone begins.
pub const ZONE_INSET_M: f64 = 60.0;

/// Columns and rows of the two zones' corners: low column, low row, high column, high row.
const YELLOW_BLOCK: [i32; 4] = [2, -1, 4, 1];
const MUCK_BLOCK: [i32; 4] = [-5, 0, -3, 1];

/// Which columns of the grid the first building sites and the disposal sites go to: hauls of 5 to 20 km.
const SITE_COLUMNS: [std::ops::RangeInclusive<i32>; 4] = [1..=3, 2..=4, -1..=0, -1..=5];
const DUMP_COLUMNS: [std::ops::RangeInclusive<i32>; 3] = [-4..=-2, -3..=-1, -6..=-5];

const SITE_NAMES: [&str; 7] = [
    "柳岸新居一期工地",
    "荷塘商务中心工地",
    "桑园中学扩建工地",
    "麦香里安置房工地",
    "枫杨医院二期工地",
    "沙堤综合管廊工地",
    "槐荫停车楼工地",
];
const DUMP_NAMES: [&str; 3] = ["北滩消纳场", "长堤消纳场", "古柏岭消纳场"];

impl Town {
    /// Builds the ground of `seed`.
    #[must_use]
    pub fn build(seed: u64) -> Self {
        let outline = outline();
        let network = Network::draw(&outline, &mut Dice::new(seed, "roads"));
        let yellow_zone = zone(&network, YELLOW_BLOCK);
        let muck_zone = zone(&network, MUCK_BLOCK);
        let mut town = Self {
            outline,
            network,
            sites: Vec::new(),
            dumps: Vec::new(),
            depots: Vec::new(),
            fuel: Vec::new(),
            repair: Vec::new(),
            yellow_zone,
            muck_zone,
            hauls: Vec::new(),
        };
        town.settle(&mut Dice::new(seed, "sites"));
        town
    }

    /// The shortest way from yard to yard without the roads of `closed`.
    ///
    /// # Panics
    /// `closed` cuts the town in two.
    #[must_use]
    pub fn drive(&self, from: &Spot, to: &Spot, closed: &[usize]) -> Drive {
        let mut ways: Vec<_> =
            self.exits(from).iter().flat_map(|(at, out)| self.finish(*at, out, to, closed)).collect();
        ways.sort_by(|a, b| a.path.length().total_cmp(&b.path.length()));
        let mut best = ways.into_iter().next().expect("the network is connected");
        best.roads.insert(0, from.road);
        best.path = Path(vec![from.yard]).then(&best.path).then(&Path(vec![to.yard]));
        best
    }

    /// Roads inside the zone closed to muck trucks.
    #[must_use]
    pub fn closed_to_muck(&self) -> Vec<usize> {
        self.muck_zone.through.windows(2).filter_map(|pair| self.network.road(pair[0], pair[1])).collect()
    }

    /// Roads inside the zone closed to yellow-label vehicles: those that meet at its middle junction.
    #[must_use]
    pub fn closed_to_yellow(&self) -> Vec<usize> {
        let middle = self.yellow_zone.through[1];
        let meets = |road: &usize| self.network.roads[*road].from == middle || self.network.roads[*road].to == middle;
        (0..self.network.roads.len()).filter(meets).collect()
    }

    /// A way from yard to yard that passes the junctions of `via` one after the other, by the road between neighbours.
    ///
    /// # Panics
    /// `closed` cuts the town in two.
    #[must_use]
    pub fn tour(&self, from: &Spot, via: &[Junction], to: &Spot, closed: &[usize]) -> Path {
        let reach = |spot: &Spot, junction: Junction| {
            let ways = self
                .exits(spot)
                .into_iter()
                .filter_map(|(end, out)| Some(out.then(&self.network.way(end, junction, closed)?.path)));
            let nearest = ways.min_by(|a: &Path, b: &Path| a.length().total_cmp(&b.length()));
            Path(vec![spot.yard]).then(&nearest.expect("the network is connected"))
        };
        let (first, last) = (via[0], via[via.len() - 1]);
        let inner =
            via.windows(2).fold(reach(from, first), |path, pair| path.then(&self.network.between(pair[0], pair[1])));
        inner.then(&reach(to, last).reversed())
    }

    /// Roads around the zone closed to yellow-label vehicles: no depot beside them, its yard could lie inside.
    fn ring_roads(&self) -> Vec<usize> {
        let around = &self.yellow_zone.around;
        let ends = around.iter().zip(around.iter().cycle().skip(1));
        ends.filter_map(|(a, b)| self.network.road(*a, *b)).collect()
    }

    /// The two ends of a spot's road, each with the way from the gate to it.
    fn exits(&self, spot: &Spot) -> [(Junction, Path); 2] {
        let road = &self.network.roads[spot.road];
        let back = road.path.part(0.0, spot.along).reversed();
        [(road.from, back), (road.to, road.path.part(spot.along, road.path.length()))]
    }

    fn finish(&self, at: Junction, out: &Path, to: &Spot, closed: &[usize]) -> Vec<Drive> {
        let ends = self.exits(to);
        let ways = ends.iter().filter_map(|(end, back)| {
            let way = self.network.way(at, *end, closed)?;
            let mut roads: Vec<_> =
                way.junctions.windows(2).filter_map(|pair| self.network.road(pair[0], pair[1])).collect();
            roads.push(to.road);
            let path = out.clone().then(&way.path).then(&back.reversed());
            Some(Drive { path, junctions: way.junctions, roads })
        });
        ways.collect()
    }

    fn settle(&mut self, dice: &mut Dice) {
        let mut free = self.free_slots(dice);
        for (index, name) in SITE_NAMES.iter().take(4).enumerate() {
            let road = take(&mut free, |road| SITE_COLUMNS[index].contains(&self.column(road)));
            self.sites.push(self.spot(&format!("GD-{:02}", index + 1), name, road, BUILDING_PLOT, dice));
        }
        for (index, name) in DUMP_NAMES.iter().enumerate() {
            let road = take(&mut free, |road| DUMP_COLUMNS[index].contains(&self.column(road)));
            self.dumps.push(self.spot(&format!("XN-{:02}", index + 1), name, road, BUILDING_PLOT, dice));
        }
        let ring_roads = self.ring_roads();
        for index in 0..3 {
            let road = take(&mut free, |road| {
                self.column(road).abs_diff([3, -1, -4][index]) <= 1 && !ring_roads.contains(&road)
            });
            let name = ["东区渣土车停车场", "中心停车场", "西区停车场"][index];
            self.depots.push(self.spot(&format!("TC-{:02}", index + 1), name, road, DEPOT_PLOT, dice));
        }
        let road = take(&mut free, |_| true);
        self.repair.push(self.spot("XL-01", "雁鸣汽修厂", road, DEPOT_PLOT, dice));
        for pair in [(0, 0), (1, 1), (2, 2)] {
            let haul = self.haul(pair, &mut free, dice);
            self.hauls.push(haul);
        }
    }

    /// An approved haul with what lies beside it: another site's gate, a filling station and an unregistered pit.
    fn haul(&mut self, (site, dump): (usize, usize), free: &mut Vec<Slot>, dice: &mut Dice) -> Haul {
        let drive = self.drive(&self.sites[site], &self.dumps[dump], &self.closed_to_muck());
        let inner = &drive.roads[1..drive.roads.len() - 1];
        let on_way = |free: &mut Vec<Slot>| take(free, |road| inner.contains(&road));
        let (other, pump, pit) = (on_way(free), on_way(free), on_way(free));
        let number = self.sites.len();
        let passes = self.spot(&format!("GD-{:02}", number + 1), SITE_NAMES[number], other, BUILDING_PLOT, dice);
        let name = format!("{}加油站", self.network.roads[pump.road].name);
        let fuel = self.spot(&format!("JY-{:02}", self.fuel.len() + 1), &name, pump, ROADSIDE_PLOT, dice);
        let pit = self.spot("-", "未登记取土点", pit, ROADSIDE_PLOT, dice);
        self.sites.push(passes);
        self.fuel.push(fuel);
        Haul { site, dump, drive, passes: number, fuel: self.fuel.len() - 1, pit }
    }

    /// Three slots a road, the middle ones first, each third in an order of its own. None on roads inside a zone.
    fn free_slots(&self, dice: &mut Dice) -> Vec<Slot> {
        let taken = [self.closed_to_muck(), self.closed_to_yellow()].concat();
        let open: Vec<_> = (0..self.network.roads.len()).filter(|road| !taken.contains(road)).collect();
        let third = |part: f64, dice: &mut Dice| {
            let mut keyed: Vec<_> =
                open.iter().map(|road| (dice.whole(0, 1 << 40), Slot { road: *road, part })).collect();
            keyed.sort_by_key(|(key, slot)| (*key, slot.road));
            keyed.into_iter().map(|(_, slot)| slot)
        };
        third(0.5, dice).chain(third(0.24, dice)).chain(third(0.76, dice)).collect()
    }

    fn column(&self, road: usize) -> i32 {
        self.network.roads[road].from.0
    }

    fn spot(&self, code: &str, name: &str, slot: Slot, plot: Plot, dice: &mut Dice) -> Spot {
        let path = &self.network.roads[slot.road].path;
        let along = path.length() * (slot.part + dice.between(-0.06, 0.06));
        let gate = path.at(along).0;
        let (back, ahead) = (path.at(along - 20.0).0, path.at(along + 20.0).0);
        let left = back.normal_to(ahead);
        let side = if self.outline.depth(gate.shifted(left.x * 250.0, left.y * 250.0)) > 0.0 { 1.0 } else { -1.0 };
        let (nx, ny) = (left.x * side, left.y * side);
        let yard = gate.shifted(nx * plot.setback, ny * plot.setback);
        let corner = |u: f64, v: f64| {
            let (u, v) = (u * plot.along / 2.0, v * plot.across / 2.0);
            yard.shifted(ny * u + nx * v, -nx * u + ny * v)
        };
        let ring = Ring(vec![corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)]);
        Spot {
            code: code.to_owned(),
            name: name.to_owned(),
            township: township_of(yard),
            road: slot.road,
            along,
            gate,
            yard,
            ring,
        }
    }
}

/// Takes the first free slot whose road will do.
fn take(free: &mut Vec<Slot>, will_do: impl Fn(usize) -> bool) -> Slot {
    let index = free.iter().position(|slot| will_do(slot.road)).expect("enough free roads in this part of the grid");
    free.remove(index)
}

fn zone(network: &Network, [west, south, east, north]: [i32; 4]) -> ZoneGround {
    let bottom = (west..east).map(|column| (column, south));
    let right = (south..north).map(|row| (east, row));
    let top = (west + 1..=east).rev().map(|column| (column, north));
    let left = (south + 1..=north).rev().map(|row| (west, row));
    let around: Vec<Junction> = bottom.chain(right).chain(top).chain(left).collect();
    let middle = west.midpoint(east);
    let through = (south..=north).map(|row| (middle, row)).collect();
    let mut loop_path = Path::default();
    for (index, junction) in around.iter().enumerate() {
        loop_path = loop_path.then(&network.between(*junction, around[(index + 1) % around.len()]));
    }
    loop_path.0.pop();
    ZoneGround { ring: Ring(loop_path.0).inset(ZONE_INSET_M), around, through }
}
