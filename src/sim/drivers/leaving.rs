//! Leaving the approved route.

use super::{Driver, Stretch};
use crate::{
    model::time::{Span, Timestamp},
    sim::{ground::Path, truth::Breach},
};

/// How far from the route a driver has left it beyond argument.
const OUT_M: f64 = 80.0;

impl Driver<'_> {
    /// One honest trip, then one that goes round a block where the approved way goes straight.
    pub(super) fn leaves_route(&mut self) {
        let first = self.spells()[0];
        self.arrive_at(self.site(), first);
        self.load_up();
        self.haul();
        self.tip();
        self.go_to(self.site());
        self.load_up();
        let begun = self.now();
        let path = self.other_way();
        self.go(&path, self.dump());
        self.note_strays(begun, "载货偏离核准路线");
        self.tip();
        self.home();
    }

    /// Bound for all driving; takes another way back to the site, empty.
    pub(super) fn leaves_route_empty(&mut self) {
        let first = self.spells()[0];
        self.diary.journey.stand_until(first, false);
        let begun = self.now();
        let back = self.other_way().reversed();
        let back = self.begun_here(&back);
        self.go(&back, self.site());
        self.note_strays(begun, "空驶偏离核准路线（全程约束）");
        self.load_up();
        self.haul();
        self.tip();
    }

    /// 105 m aside for a little over 300 m: about as long as the limits allow.
    pub(super) fn leaves_route_briefly(&mut self) {
        let first = self.spells()[0];
        self.arrive_at(self.site(), first);
        self.load_up();
        let begun = self.now();
        let path = self.aside(105.0, 470.0);
        let slow = self.kmh;
        self.kmh = 24.0;
        self.go(&path, self.dump());
        self.kmh = slow;
        self.note_strays(begun, "短暂偏离，接近阈值");
        if let Some(deed) = self.diary.deeds.last_mut() {
            deed.ambiguous = true;
        }
        self.tip();
        self.home();
    }

    /// The route with one of its middle roads replaced by the way round that uses no other road of the route.
    fn other_way(&self) -> Path {
        let (town, drive) = (&self.demo.town, &self.haul.drive);
        let closed = [town.closed_to_muck(), drive.roads.clone()].concat();
        let pairs = drive.junctions.windows(2).skip(1).chain(drive.junctions.windows(2).take(1));
        let (pair, round) = pairs
            .filter_map(|pair| Some((pair, town.network.way(pair[0], pair[1], &closed)?)))
            .min_by(|a, b| a.1.path.length().total_cmp(&b.1.path.length()))
            .expect("a block to go round");
        let path = &drive.path;
        let (from, to) = (path.along(town.network.junctions[&pair[0]]), path.along(town.network.junctions[&pair[1]]));
        let whole = path.part(0.0, from).then(&round.path).then(&path.part(to, path.length()));
        self.begun_here_if_near(&whole)
    }

    fn begun_here_if_near(&self, path: &Path) -> Path {
        let near = self.diary.journey.last().place.distance(path.0[0]) < 60.0;
        if near { self.begun_here(path) } else { path.clone() }
    }

    /// Writes down every stretch since `begun` that was beyond the corridor.
    fn note_strays(&mut self, begun: Timestamp, note: &str) {
        let mut stray: Option<Stretch> = None;
        let mut at = begun;
        while at <= self.now() {
            let out = self.diary.journey.at(at).is_some_and(|m| self.haul.drive.path.distance(m.place) > OUT_M);
            stray = match (stray, out) {
                (None, true) => Some(Stretch { from: at, to: at }),
                (Some(open), true) => Some(Stretch { to: at, ..open }),
                (Some(open), false) => {
                    self.note(Breach::OffRoute, None, open, note);
                    None
                }
                (None, false) => None,
            };
            at = at + Span::from_secs(1);
        }
    }
}
