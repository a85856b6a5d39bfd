//! Errands of yellow-label goods vehicles in and around the closed zone.

use super::{Driver, Stretch};
use crate::{
    model::{
        ids::ZoneId,
        time::{Span, Timestamp},
    },
    sim::{
        cast::Errand,
        district::YELLOW_ZONE,
        ground::Path,
        journey::Journey,
        roads::Junction,
        truth::{Breach, Party},
    },
};

/// Inside beyond argument (rules.md 11: the polygon eroded by 30 m).
const INSIDE_M: f64 = 30.0;

impl Driver<'_> {
    /// One errand from the depot and back.
    pub(super) fn errand(&mut self, errand: Errand) {
        let (day, zone) = (self.demo.day, &self.demo.town.yellow_zone);
        let through = zone.through.clone();
        match errand {
            Errand::ThroughZone(minute) => {
                let begun = day.at(0, i64::from(minute));
                self.tour(begun, &through);
                self.note_inside(begun, "黄标车在限行时段驶入限行区");
            }
            Errand::BeforeSix => self.tour(day.at(4, 45), &through),
            Errand::Retrofitted => self.tour(day.at(10, 15), &through),
            Errand::Around => {
                let around = [zone.around.clone(), vec![zone.around[0]]].concat();
                let hour = self.dice.whole(9, 17);
                self.tour(day.at(hour, 10), &around);
            }
            Errand::OtherZone => {
                let other = self.demo.town.muck_zone.through.clone();
                self.tour(day.at(12, 30), &other);
            }
            Errand::ParkedInside => self.park_inside(),
            Errand::CutsCorner => self.cuts_corner(),
        }
    }

    fn tour(&mut self, begin: Timestamp, via: &[Junction]) {
        self.diary.journey.stand_until(begin, false);
        let town = &self.demo.town;
        let path = self.begun_here(&town.tour(&self.here, via, &self.here, &town.closed_to_yellow()));
        let here = self.here.clone();
        self.go(&path, &here);
    }

    /// The vehicle begins its day at the kerb in the middle of the zone and stays there.
    fn park_inside(&mut self) {
        let [edge, middle] = [0, 1].map(|index| self.demo.town.yellow_zone.through[index]);
        let road = self.demo.town.network.between(edge, middle);
        let kerb = road.at(road.length() * 0.7).0.shifted(8.0, 0.0);
        self.diary.journey = Journey::parked(self.demo.day.start(), kerb);
    }

    /// Goes in for a little more than a minute and comes back the way it came.
    fn cuts_corner(&mut self) {
        let begun = self.demo.day.at(14, 5);
        self.diary.journey.stand_until(begun, false);
        let town = &self.demo.town;
        let [edge, middle] = [0, 1].map(|index| town.yellow_zone.through[index]);
        let inward = town.network.between(edge, middle).part(0.0, 270.0);
        let whole = town.tour(&self.here, &[edge], &self.here, &town.closed_to_yellow());
        let at_edge = whole.along(town.network.junctions[&edge]);
        let path = whole.part(0.0, at_edge).then(&inward).then(&inward.reversed());
        let path: Path = self.begun_here(&path.then(&whole.part(at_edge, whole.length())));
        let here = self.here.clone();
        self.go(&path, &here);
        self.note_inside(begun, "短暂驶入限行区边缘");
        for deed in &mut self.diary.deeds {
            deed.ambiguous = true;
        }
    }

    /// Writes down the stretch since `begun` that lay well inside the zone.
    fn note_inside(&mut self, begun: Timestamp, note: &str) {
        let seconds = self.now().since(begun).as_millis() / 1000;
        let ring = &self.demo.town.yellow_zone.ring;
        let inside =
            |at: &Timestamp| self.diary.journey.at(*at).is_some_and(|motion| ring.depth(motion.place) >= INSIDE_M);
        let mut times = (0..=seconds).map(|second| begun + Span::from_secs(second)).filter(inside);
        let Some(from) = times.next() else { return };
        let to = times.next_back().unwrap_or(from);
        let zone = Party::zone(&ZoneId::new(YELLOW_ZONE));
        self.note(Breach::YellowZone, Some(zone), Stretch { from, to }, note);
    }
}
