//! How far a fold is: of each gateway the last number applied.

use super::ids::{GatewayNumber, Seq};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of each gateway the last number applied, and the last input of all. Numbers of one gateway arrive in ascending order; the
/// order between gateways is of no consequence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Cursor {
    /// The input applied last.
    last: Seq,
    /// The last number of each gateway.
    upto: BTreeMap<GatewayNumber, u64>,
}

impl Cursor {
    /// Of a single machine, at `seq`.
    #[must_use]
    pub fn alone(seq: Seq) -> Self {
        let mut cursor = Self::default();
        if seq.0 > 0 {
            cursor.advance(seq);
        }
        cursor
    }

    /// Whether an input was applied.
    #[must_use]
    pub fn covers(&self, seq: Seq) -> bool {
        seq.number() <= self.number(seq.gateway())
    }

    /// Notes an input as applied.
    pub fn advance(&mut self, seq: Seq) {
        self.last = seq;
        let number = self.upto.entry(seq.gateway()).or_default();
        *number = (*number).max(seq.number());
    }

    /// The last number applied of a gateway; 0 = none.
    #[must_use]
    pub fn number(&self, gateway: GatewayNumber) -> u64 {
        self.upto.get(&gateway).copied().unwrap_or(0)
    }

    /// The input applied last; 0 = none.
    #[must_use]
    pub const fn last(&self) -> Seq {
        self.last
    }

    /// Gateways and their last numbers.
    pub fn gateways(&self) -> impl Iterator<Item = (GatewayNumber, u64)> {
        self.upto.iter().map(|(gateway, number)| (*gateway, *number))
    }
}

/// As it is written; a cursor of before there were gateways is a bare number.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Number(Seq),
    Whole { last: Seq, upto: Vec<(GatewayNumber, u64)> },
}

impl From<Stored> for Cursor {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Number(seq) => Self::alone(seq),
            Stored::Whole { last, upto } => Self { last, upto: upto.into_iter().collect() },
        }
    }
}

impl From<Cursor> for Stored {
    fn from(cursor: Cursor) -> Self {
        Self::Whole { last: cursor.last, upto: cursor.upto.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_are_counted_apart() {
        // Proves: a number of one gateway says nothing about another's, and both halves of a seq come back.
        let mut cursor = Cursor::default();
        cursor.advance(Seq::of(GatewayNumber(2), 7));
        assert!(cursor.covers(Seq::of(GatewayNumber(2), 7)) && !cursor.covers(Seq::of(GatewayNumber(1), 1)));
        assert_eq!((cursor.last().gateway(), cursor.last().number()), (GatewayNumber(2), 7));
        let top = Seq::of(GatewayNumber::CONTROL, Seq::NUMBER_MAX);
        assert!(top.0 < 1 << 53 && top.gateway() == GatewayNumber::CONTROL && top.number() == Seq::NUMBER_MAX);
    }

    #[test]
    fn a_cursor_of_one_number_is_read_as_one_machine() {
        // Proves: heads of older folders can be read, and what is written is read back.
        let old: Cursor = serde_json::from_str("7").expect("readable");
        assert_eq!(old, Cursor::alone(Seq(7)));
        let mut cursor = old;
        cursor.advance(Seq::of(GatewayNumber(3), 9));
        let text = serde_json::to_string(&cursor).expect("written");
        assert_eq!(serde_json::from_str::<Cursor>(&text).expect("readable"), cursor);
    }
}
