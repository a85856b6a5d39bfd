//! Loading where or when it is not approved.

use super::{Driver, Stretch};
use crate::{
    model::{ids::SiteId, time::Span},
    sim::{
        town::Spot,
        truth::{Breach, Party},
    },
};

fn party(spot: &Spot) -> Party {
    Party::site(&SiteId::new(&spot.code))
}

impl Driver<'_> {
    /// One honest trip, then one from a registered site that its route passes but its approval does not name.
    pub(super) fn loads_elsewhere(&mut self) {
        let other = self.demo.town.sites[self.haul.passes].clone();
        let when = self.one_honest_trip_then(&other);
        self.note(Breach::UnapprovedLoading, Some(party(&other)), when, "在未核准的工地装载");
    }

    /// One honest trip, then one from a hole beside the road.
    pub(super) fn loads_at_pit(&mut self) {
        let pit = self.haul.pit.clone();
        let when = self.one_honest_trip_then(&pit);
        self.note(Breach::UnapprovedLoading, None, when, "在未登记地点装载");
    }

    fn one_honest_trip_then(&mut self, other: &Spot) -> Stretch {
        let first = self.spells()[0];
        self.arrive_at(self.site(), first);
        self.load_up();
        self.haul();
        self.tip();
        self.go_to(other);
        let when = self.load_up();
        self.go_to(self.dump());
        self.tip();
        self.home();
        when
    }

    /// Loads eighty minutes before its hours and hauls at once.
    pub(super) fn loads_early(&mut self) {
        let site = self.site();
        let open = self.shift().opens(self.demo.day);
        self.arrive_at(site, open - Span::from_secs(80 * 60));
        let when = self.load_up();
        self.note(Breach::UnapprovedLoading, Some(party(site)), when, "提前出土");
        let from = self.now();
        self.haul();
        let to = self.now();
        self.note(Breach::OutsideWindow, None, Stretch { from, to }, "窗口开始前运输");
        self.tip();
        self.home();
    }

    /// Begins six minutes before the window opens, hauls inside it.
    pub(super) fn loads_a_little_early(&mut self) {
        let site = self.site();
        let open = self.shift().opens(self.demo.day);
        self.arrive_at(site, open - Span::from_secs(360));
        let mut when = self.load_up();
        self.diary.journey.stand_until(open + Span::from_secs(120), true);
        when.to = self.now();
        self.note(Breach::UnapprovedLoading, Some(party(site)), when, "装载跨越窗口开始时刻").ambiguous = true;
        self.haul();
        self.tip();
        self.home();
    }
}
