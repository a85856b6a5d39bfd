//! What each driver does on the day: legs driven, stays, and the deeds that come of them.
//! Deeds are written down from what was meant and driven, never from what a rule finds.

mod black;
mod hauling;
mod leaving;
mod loading;
mod overtime;
mod strangers;
mod yellow;

use super::{
    cast::{Quirk, Role, Shift},
    dice::Dice,
    district::Demo,
    fleet::Member,
    ground::Path,
    journey::{Journey, LegEnd, Pace, duration},
    town::{Haul, Spot},
    truth::{Breach, Deed, Party},
};
use crate::model::{
    fix::LoadSignal,
    time::{Span, Timestamp},
};

/// One vehicle's day.
#[derive(Clone, Debug)]
pub struct Diary {
    /// Its motion.
    pub journey: Journey,
    /// Its deeds, in order.
    pub deeds: Vec<Deed>,
    /// Spells in which its device records nothing at all.
    pub silent: Vec<Stretch>,
}

/// From one instant to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// First instant.
    pub from: Timestamp,
    /// Last instant.
    pub to: Timestamp,
}

/// Drives every vehicle of the district through its day.
#[must_use]
pub fn live(demo: &Demo) -> Vec<Diary> {
    demo.members.iter().map(|member| Driver::new(demo, member).live()).collect()
}

/// A driver at the wheel.
struct Driver<'a> {
    demo: &'a Demo,
    member: &'a Member,
    haul: &'a Haul,
    dice: Dice,
    /// Cruising speed of this driver, km/h.
    kmh: f64,
    /// Where the vehicle stands between legs.
    here: Spot,
    diary: Diary,
}

impl<'a> Driver<'a> {
    fn new(demo: &'a Demo, member: &'a Member) -> Self {
        let mut dice = Dice::new(demo.seed, &format!("driver {}", member.vehicle));
        let here = home(demo, member, &mut dice);
        // Vehicles of one yard do not stand on one another.
        let place = here.yard.shifted(dice.between(-12.0, 12.0), dice.between(-12.0, 12.0));
        let journey = Journey::parked(demo.day.start(), place);
        Self {
            demo,
            member,
            haul: &demo.town.hauls[member.part.haul],
            kmh: dice.between(38.0, 47.0),
            dice,
            here,
            diary: Diary { journey, deeds: Vec::new(), silent: Vec::new() },
        }
    }

    fn live(mut self) -> Diary {
        match self.member.part.role {
            Role::Honest(Quirk::AllDriving) => self.bound_for_all_driving(),
            Role::Honest(Quirk::LateFinish) => self.late_finish(),
            Role::Honest(quirk) => self.honest(quirk),
            Role::Unapproved(_) | Role::BlackCompany => self.black(),
            Role::Repositions => self.repositions(),
            Role::LoadsElsewhere => self.loads_elsewhere(),
            Role::LoadsEarly => self.loads_early(),
            Role::LoadsALittleEarly => self.loads_a_little_early(),
            Role::LoadsAtPit => self.loads_at_pit(),
            Role::LeavesRoute => self.leaves_route(),
            Role::LeavesRouteEmpty => self.leaves_route_empty(),
            Role::LeavesRouteBriefly => self.leaves_route_briefly(),
            Role::Overruns => self.overruns(),
            Role::OverrunsBriefly => self.overruns_briefly(),
            Role::Yellow(errand) => self.errand(errand),
            Role::Stranger(habit) => self.stranger(habit),
        }
        self.diary.journey.stand_until(self.demo.day.end() - Span::from_secs(60), false);
        self.diary
    }

    fn now(&self) -> Timestamp {
        self.diary.journey.now()
    }

    fn shift(&self) -> Shift {
        self.member.part.shift
    }

    /// The shortest way from where the vehicle stands.
    fn way_to(&self, spot: &Spot) -> Path {
        self.begun_here(&self.demo.town.drive(&self.here, spot, &self.demo.town.closed_to_muck()).path)
    }

    /// A path that begins in this yard, begun where exactly the vehicle stands.
    fn begun_here(&self, path: &Path) -> Path {
        Path(vec![self.diary.journey.last().place]).then(path)
    }

    /// Drives along `path` to `spot` and stops there.
    fn go(&mut self, path: &Path, spot: &Spot) {
        self.diary.journey.drive(path, Pace { kmh: self.kmh, end: LegEnd::Stops });
        self.here = spot.clone();
    }

    /// Drives along `path` without stopping at its end.
    fn roll(&mut self, path: &Path, kmh: f64) {
        self.diary.journey.drive(path, Pace { kmh, end: LegEnd::RollsOn });
    }

    fn go_to(&mut self, spot: &Spot) {
        let path = self.way_to(spot);
        self.go(&path, spot);
    }

    /// Sets out so as to be at `spot` at `when`; at once when that is no longer possible.
    fn arrive_at(&mut self, spot: &Spot, when: Timestamp) {
        let path = self.way_to(spot);
        self.diary.journey.stand_until(when - duration(&path, self.kmh), false);
        self.go(&path, spot);
    }

    fn home(&mut self) {
        let depot = depot(self.demo, self.member).clone();
        self.go_to(&depot);
        self.diary.journey.stand(Span::from_secs(20), true);
        self.diary.journey.stand(Span::from_secs(60), false);
    }

    fn minutes(&mut self, low: f64, high: f64) -> Span {
        let seconds = self.dice.between(low * 60.0, high * 60.0);
        #[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
        let whole = seconds as i64;
        Span::from_secs(whole)
    }

    /// Takes on a load: the sensor goes empty, half, full during the stay. Gives the stay's span.
    fn load_up(&mut self) -> Stretch {
        let from = self.now();
        let third = Span::from_millis(self.minutes(6.5, 9.5).as_millis() / 3);
        for load in [LoadSignal::Half, LoadSignal::Full] {
            self.diary.journey.stand(third, true);
            self.diary.journey.set_load(load);
        }
        self.diary.journey.stand(third, true);
        Stretch { from, to: self.now() }
    }

    /// Puts the load down.
    fn tip(&mut self) -> Stretch {
        let from = self.now();
        let half = Span::from_millis(self.minutes(4.0, 6.0).as_millis() / 2);
        self.diary.journey.stand(half, true);
        self.diary.journey.set_load(LoadSignal::Empty);
        self.diary.journey.stand(half, true);
        Stretch { from, to: self.now() }
    }

    fn note(&mut self, rule: Breach, object: Option<Party>, when: Stretch, note: &str) -> &mut Deed {
        let subject = match self.member.part.role {
            Role::Stranger(_) => Party::terminal(self.member.terminal),
            _ => Party::vehicle(&self.member.vehicle),
        };
        let by_load = !matches!(rule, Breach::UnknownTerminal | Breach::YellowZone);
        let lead = by_load && !self.member.part.sensor;
        let Stretch { from, to } = when;
        let place = self.diary.journey.at(from).unwrap_or_else(|| self.diary.journey.last()).place.wgs84();
        let (ambiguous, note) = (false, note.to_owned());
        self.diary.deeds.push(Deed { rule, subject, object, place, from, to, ambiguous, lead, note });
        self.diary.deeds.last_mut().expect("just pushed")
    }

    fn site(&self) -> &'a Spot {
        &self.demo.town.sites[self.haul.site]
    }

    fn dump(&self) -> &'a Spot {
        &self.demo.town.dumps[self.haul.dump]
    }
}

fn depot<'a>(demo: &'a Demo, member: &Member) -> &'a Spot {
    &demo.town.depots[member.part.haul % demo.town.depots.len()]
}

/// Where a vehicle spends the night: its depot; at the tip when it may not drive elsewhere; beside a road when unknown.
fn home(demo: &Demo, member: &Member, dice: &mut Dice) -> Spot {
    let haul = &demo.town.hauls[member.part.haul];
    match member.part.role {
        Role::Honest(Quirk::AllDriving) | Role::LeavesRouteEmpty => demo.town.dumps[haul.dump].clone(),
        Role::Stranger(_) => haul.pit.clone(),
        Role::Yellow(_) => dice.pick(&demo.town.depots).clone(),
        _ => depot(demo, member).clone(),
    }
}

#[cfg(test)]
#[path = "drivers_tests.rs"]
mod tests;
