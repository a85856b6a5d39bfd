//! Trucks whose devices no ledger knows.

use super::{Driver, Stretch};
use crate::{
    model::time::Span,
    sim::{
        cast::Habit,
        ground::Path,
        journey::{LegEnd, Pace},
        town::Spot,
        truth::Breach,
    },
};

impl Driver<'_> {
    /// One stranger's day.
    pub(super) fn stranger(&mut self, habit: Habit) {
        match habit {
            Habit::Hauls | Habit::BorrowsPlate => self.black_hauls(),
            Habit::Stands => {}
            Habit::Shuffles => self.shuffles(),
        }
    }

    /// Pit, site, tip, site, tip, pit: each leg between stays of eleven minutes and more is a deed.
    fn black_hauls(&mut self) {
        let begin = self.spells()[0] + Span::from_secs(120);
        self.diary.journey.stand_until(begin, false);
        let pit = self.here.clone();
        for _ in 0..2 {
            self.leg(self.site());
            self.load_up();
            self.wait();
            self.leg(self.dump());
            self.tip();
            self.wait();
        }
        self.leg(&pit);
    }

    /// Long enough that no one would call the next leg the same drive.
    fn wait(&mut self) {
        let wait = self.minutes(7.0, 9.0);
        self.diary.journey.stand(wait, true);
    }

    fn leg(&mut self, spot: &Spot) {
        let from = self.now();
        self.go_to(spot);
        let to = self.now();
        self.note(Breach::UnknownTerminal, None, Stretch { from, to }, "未登记终端行驶");
    }

    /// A hundred metres there and back again, at walking pace, every other hour: no use of the road.
    fn shuffles(&mut self) {
        for hour in [8, 10, 12, 14, 16] {
            self.diary.journey.stand_until(self.demo.day.at(hour, 15), false);
            let place = self.diary.journey.last().place;
            let path = Path(vec![place, place.shifted(30.0, 18.0), place]);
            self.diary.journey.drive(&path, Pace { kmh: 9.0, end: LegEnd::Stops });
        }
    }
}
