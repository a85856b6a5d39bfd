//! Finding plates by what somebody could read. Identity is exact (DESIGN 6); search is not: O and 0 are taken for each other, `?`
//! stands for one unreadable character, and a fragment fits anywhere.

use crate::model::plate::{Plate, PlateColour};

/// Fewest readable characters to search by; with fewer the answer would be the ledger.
pub const READABLE_MIN: usize = 3;

/// What somebody could read of a plate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatePattern(Vec<char>);

/// How well a plate fits; the smaller the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Character by character.
    Same,
    /// All of it, with O for 0 or unreadable characters.
    Whole,
    /// Its end: what is easiest to remember.
    End,
    /// Somewhere in it.
    Inside,
}

impl PlatePattern {
    /// Folds width and case and drops dots and blanks, as plates are folded; `None` with fewer than [`READABLE_MIN`] readable
    /// characters.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let folded = Plate::new(typed, PlateColour::Other);
        let pattern: Vec<char> = folded.number().chars().collect();
        let readable = pattern.iter().filter(|c| **c != '?').count();
        (readable >= READABLE_MIN).then_some(Self(pattern))
    }

    /// How well `number` (normalised) fits, if it does.
    #[must_use]
    pub fn fit(&self, number: &str) -> Option<Fit> {
        let plate: Vec<char> = number.chars().collect();
        if plate == self.0 {
            return Some(Fit::Same);
        }
        let last = plate.len().checked_sub(self.0.len())?;
        let fits = |place: usize| plate.iter().skip(place).zip(&self.0).all(|(have, want)| alike(*have, *want));
        match (0..=last).rev().find(|place| fits(*place))? {
            0 if last == 0 => Some(Fit::Whole),
            place if place == last => Some(Fit::End),
            _ => Some(Fit::Inside),
        }
    }
}

fn alike(have: char, want: char) -> bool {
    want == '?' || have == want || matches!((have, want), ('O', '0') | ('0', 'O'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(typed: &str, number: &str) -> Option<Fit> {
        PlatePattern::new(typed).and_then(|pattern| pattern.fit(number))
    }

    #[test]
    fn what_was_read_finds_the_plate() {
        // Proves: width, case, dots, O for 0, an unreadable character and a fragment all find it, in that order of fit.
        assert_eq!(fit("豫ａ·d1234", "豫AD1234"), Some(Fit::Same));
        assert_eq!(fit("豫AD12?4", "豫AD1234"), Some(Fit::Whole));
        assert_eq!(fit("豫AD12？4", "豫AD1234"), Some(Fit::Whole));
        assert_eq!(fit("豫AO0123", "豫A0O123"), Some(Fit::Whole));
        assert_eq!(fit("1234", "豫AD1234"), Some(Fit::End));
        assert_eq!(fit("AD1", "豫AD1234"), Some(Fit::Inside));
        assert!(Fit::Same < Fit::Whole && Fit::Whole < Fit::End && Fit::End < Fit::Inside);
    }

    #[test]
    fn what_does_not_fit_is_not_found() {
        // Proves: one wrong character, a longer pattern and too little to go by find nothing; 8 is not B.
        assert_eq!(fit("豫AD1235", "豫AD1234"), None);
        assert_eq!(fit("豫AD12345", "豫AD1234"), None);
        assert_eq!(fit("豫AB234", "豫A8234"), None);
        assert_eq!(PlatePattern::new("12"), None);
        assert_eq!(PlatePattern::new("???1?2"), None);
        assert_eq!(PlatePattern::new(" · "), None);
    }
}
