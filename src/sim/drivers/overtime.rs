//! Hauling on after the window closed.

use super::{Driver, Stretch};
use crate::{
    model::time::{Span, Timestamp},
    sim::{journey::duration, truth::Breach},
};

/// How long a trip begun inside the window may take to finish.
const TOLERANCE: Span = Span::from_secs(15 * 60);

impl Driver<'_> {
    /// Sets out inside its hours, rests at a filling station, and hauls on when the tolerance is over.
    pub(super) fn overruns(&mut self) {
        let over = self.shift().closes(self.demo.day) + TOLERANCE;
        self.load_and_rest();
        self.diary.journey.stand_until(over + Span::from_secs(120), false);
        let from = self.now().max(over);
        self.go_to(self.dump());
        let to = self.now();
        self.note(Breach::OutsideWindow, None, Stretch { from, to }, "超出收车宽限后继续运输");
        self.tip();
        self.home();
    }

    /// Arrives fifty seconds after the tolerance.
    pub(super) fn overruns_briefly(&mut self) {
        let over = self.shift().closes(self.demo.day) + TOLERANCE;
        self.load_and_rest();
        let rest = self.way_to(self.dump());
        let arrive = over + Span::from_secs(50);
        self.diary.journey.stand_until(arrive - duration(&rest, self.kmh), true);
        self.go(&rest, self.dump());
        let when = Stretch { from: over, to: self.now() };
        self.note(Breach::OutsideWindow, None, when, "收车宽限刚过").ambiguous = true;
        self.tip();
        self.home();
    }

    /// Loads in time and drives as far as the filling station, setting out twelve minutes before closing.
    fn load_and_rest(&mut self) {
        let depart: Timestamp = self.shift().closes(self.demo.day) - Span::from_secs(720);
        self.arrive_at(self.site(), depart - Span::from_secs(660));
        self.load_up();
        self.diary.journey.stand_until(depart, true);
        let pump = &self.demo.town.fuel[self.haul.fuel];
        self.go_to(pump);
        self.diary.journey.stand(Span::from_secs(90), true);
    }
}
