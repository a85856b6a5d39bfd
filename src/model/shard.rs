//! Shards: the house divides its terminals among a fixed number of them; each is judged by one worker at a time.

use super::ids::TerminalId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One shard, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shard(pub u16);

impl Shard {
    /// The only shard of a single machine.
    pub const ALONE: Self = Self(0);
}

impl fmt::Display for Shard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// How many shards there are: fixed when a house is founded, for a terminal's states, stream and record are where its shard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shards(u16);

impl Shards {
    /// Most shards of a house: a stream and a thread each.
    pub const MAX: u16 = 1024;
    /// One: a single machine.
    pub const ONE: Self = Self(1);

    /// `None` for none or more than [`Shards::MAX`].
    #[must_use]
    pub const fn new(count: u16) -> Option<Self> {
        if count == 0 || count > Self::MAX { None } else { Some(Self(count)) }
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u16 {
        self.0
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = Shard> {
        (0..self.0).map(Shard)
    }

    /// The shard of a terminal: FNV-1a (64 bit) over its ten bytes, folded by multiplication. Never to be changed: what is stored lies
    /// where it says.
    #[must_use]
    pub fn of(self, terminal: TerminalId) -> Shard {
        let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in terminal.as_nibbles() {
            digest = (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let spread = (digest ^ (digest >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let place = (spread * u64::from(self.0)) >> 32;
        Shard(u16::try_from(place).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_spread_evenly_and_stay() {
        // Proves: consecutive phone numbers do not crowd, and the place of a terminal is what it was when houses were founded.
        let shards = Shards::new(16).expect("a count");
        let mut crowd = [0_u32; 16];
        for number in 0..16_000_u64 {
            let terminal: TerminalId = (13_900_000_000 + number).to_string().parse().expect("digits");
            crowd[usize::from(shards.of(terminal).0)] += 1;
        }
        assert!(crowd.iter().all(|count| (800..1_200).contains(count)), "{crowd:?}");
        let places: Vec<u16> = ["13900000001", "13900000002", "40000000000000000001"]
            .map(|digits| shards.of(digits.parse().expect("digits")).0)
            .to_vec();
        assert_eq!(places, PLACES);
        assert_eq!(Shards::ONE.of("1".parse().expect("a digit")), Shard::ALONE);
    }

    const PLACES: [u16; 3] = [12, 0, 15];
}
