//! Honest hauling, and the odd but innocent things that happen on it.

use super::{Driver, Stretch};
use crate::{
    model::time::{Span, Timestamp},
    sim::{
        calendar::Day,
        cast::{Quirk, Shift},
        fleet::other_haul,
        ground::Path,
        journey::duration,
        roads::sidestep,
    },
};

/// A company's driver makes this many trips before midnight falls or the shift ends.
const TRIPS: usize = 2;

impl Driver<'_> {
    /// Two trips in the first hours the approval allows; night shifts make one more in the evening.
    pub(super) fn honest(&mut self, quirk: Quirk) {
        for (spell, first) in self.spells().into_iter().enumerate() {
            let trips = if spell == 0 { TRIPS } else { 1 };
            self.arrive_at(self.site(), first);
            for trip in 0..trips {
                self.load_up();
                let odd = if trip + 1 == trips { quirk } else { Quirk::Plain };
                self.haul_with(odd);
                self.tip();
                if quirk == Quirk::TwoHauls {
                    self.haul = other_haul(&self.demo.town, self.member.part.haul);
                }
                if trip + 1 < trips {
                    self.go_to(self.site());
                }
            }
            self.home();
        }
    }

    /// First loadings of the day: shortly after the window opened, and after midnight for the night shift.
    pub(super) fn spells(&mut self) -> Vec<Timestamp> {
        let (day, late) = (self.demo.day, self.minutes(2.0, 40.0));
        let open = self.shift().opens(day) + Span::from_secs(150);
        match self.shift() {
            Shift::Day => vec![open + late],
            Shift::Night => vec![day.start() + late, open + Span::from_millis(late.as_millis() / 5)],
        }
    }

    /// One loaded leg from the site to the tip.
    fn haul_with(&mut self, quirk: Quirk) {
        match quirk {
            Quirk::FuelStop => self.haul_and_fuel(),
            Quirk::Queue => self.haul_and_queue(),
            Quirk::SmallDetour => {
                let path = self.detour();
                self.go(&path, self.dump());
            }
            Quirk::ServiceRoad => {
                let path = self.service_road();
                self.go(&path, self.dump());
            }
            Quirk::LostSpell => self.haul_and_vanish(),
            Quirk::Plain | Quirk::LateFinish | Quirk::AllDriving | Quirk::Neighbour | Quirk::TwoHauls => self.haul(),
        }
    }

    /// The approved way, from where the vehicle stands on the site.
    pub(super) fn route(&self) -> Path {
        self.begun_here(&self.haul.drive.path)
    }

    pub(super) fn haul(&mut self) {
        let route = self.route();
        self.go(&route, self.dump());
    }

    fn haul_and_fuel(&mut self) {
        let pump = &self.demo.town.fuel[self.haul.fuel];
        self.go_to(pump);
        let span = self.minutes(6.0, 9.0);
        self.diary.journey.stand(span, false);
        self.go_to(self.dump());
    }

    /// Creeps and stands in front of the gate of a site that is not its own.
    fn haul_and_queue(&mut self) {
        let route = self.route();
        let gate = route.along(self.demo.town.sites[self.haul.passes].gate);
        self.roll(&route.part(0.0, gate - 60.0), self.kmh);
        self.roll(&route.part(gate - 60.0, gate), 3.0);
        let span = self.minutes(3.2, 4.0);
        self.diary.journey.stand(span, true);
        self.roll(&route.part(gate, gate + 30.0), 3.0);
        self.go(&route.part(gate + 30.0, route.length()), self.dump());
    }

    /// 130 m round an obstacle: beyond the corridor, but for less than 300 m and less than a minute.
    fn detour(&self) -> Path {
        self.aside(130.0, 250.0)
    }

    /// The route with a stretch of `length` metres in its middle moved aside.
    pub(super) fn aside(&self, metres: f64, length: f64) -> Path {
        let route = self.route();
        let straight = (8..24).map(|step| f64::from(step) / 32.0 * route.length()).min_by(|a, b| {
            let bend = |along: f64| turn(&route, along, length);
            bend(*a).total_cmp(&bend(*b))
        });
        let from = straight.unwrap_or(route.length() / 2.0);
        let bypass = sidestep(&route, (from, from + length), metres, 60.0);
        route.part(0.0, from).then(&bypass).then(&route.part(from + length, route.length()))
    }

    /// The route with the service road wherever there is one beside it.
    fn service_road(&self) -> Path {
        let roads = &self.haul.drive.roads;
        let service =
            roads[1..roads.len() - 1].iter().find_map(|road| self.demo.town.network.roads[*road].service.as_ref());
        let Some(service) = service else { return self.route() };
        let route = self.route();
        let (first, last) = (service.0[0], service.0[service.0.len() - 1]);
        let (a, b) = (route.along(first), route.along(last));
        let (from, to, beside) = if a < b { (a, b, service.clone()) } else { (b, a, service.reversed()) };
        route.part(0.0, from).then(&beside).then(&route.part(to, route.length()))
    }

    /// The device is silent for five minutes of the way and never fills them.
    fn haul_and_vanish(&mut self) {
        let from = self.now() + Span::from_secs(180);
        self.haul();
        self.diary.silent.push(Stretch { from, to: from + Span::from_secs(300) });
    }

    /// The last trip ends ten minutes after the window closed, begun well inside it.
    pub(super) fn late_finish(&mut self) {
        let route = self.haul.drive.path.clone();
        let closes = self.shift().closes(self.demo.day);
        let latest = closes - Span::from_secs(180);
        let wanted = closes + Span::from_secs(600) - duration(&route, self.kmh);
        let depart = wanted.min(latest);
        self.arrive_at(self.site(), depart - Span::from_secs(660));
        self.load_up();
        self.diary.journey.stand_until(depart, true);
        self.haul();
        self.tip();
        self.home();
    }

    /// Lives at the tip and drives nothing but its route.
    pub(super) fn bound_for_all_driving(&mut self) {
        for first in self.spells() {
            self.diary.journey.stand_until(first, false);
            self.return_empty();
            self.load_up();
            self.haul();
            self.tip();
        }
    }

    pub(super) fn return_empty(&mut self) {
        let back = self.begun_here(&self.haul.drive.path.reversed());
        self.go(&back, self.site());
    }

    /// From depot to depot and home again, never loaded.
    pub(super) fn repositions(&mut self) {
        let day: Day = self.demo.day;
        for (hour, depot) in [(10, 0), (13, 2), (15, 1)] {
            self.diary.journey.stand_until(day.at(hour, 20), false);
            let depot = self.demo.town.depots[depot].clone();
            if depot.code != self.here.code {
                self.go_to(&depot);
                self.diary.journey.stand(Span::from_secs(120), true);
            }
        }
        self.home();
    }
}

/// How much a path bends between `along` and `along + length`, in metres off the chord.
fn turn(path: &Path, along: f64, length: f64) -> f64 {
    let (a, b) = (path.at(along - 40.0).0, path.at(along + length + 40.0).0);
    let chord = Path(vec![a, b]);
    (0..=8).map(|step| chord.distance(path.at(along + length * f64::from(step) / 8.0).0)).fold(0.0, f64::max)
}
