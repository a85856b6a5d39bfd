//! Seeded chance. Every part of the simulation draws from its own stream, so that a change in one does not shift the others.

use rand_chacha::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};
use sha2::{Digest, Sha256};

/// One stream of chance.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha12Rng);

impl Dice {
    /// The stream named `label` of `seed`.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(label.as_bytes()).finalize();
        Self(ChaCha12Rng::from_seed(digest.into()))
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform whole number in `low..=high`.
    ///
    /// # Panics
    /// The range is wider than 2^63.
    pub fn whole(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low) + 1;
        low + i64::try_from(self.0.next_u64() % width).expect("a remainder below a small width")
    }

    /// True with probability `chance`.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    /// One of `items`.
    ///
    /// # Panics
    /// `items` is empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = i64::try_from(items.len()).expect("a short list") - 1;
        let index = usize::try_from(self.whole(0, last)).expect("not negative");
        &items[index]
    }

    /// Bell-shaped with mean 0 and standard deviation 1 (sum of twelve uniforms: no trigonometry, tails end at 6).
    pub fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_and_its_label() {
        // Proves: equal seeds and labels repeat, another label is another stream, bounds hold.
        let draw = |seed, label| {
            let mut dice = Dice::new(seed, label);
            (0..50).map(|_| dice.whole(-3, 3)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "roads"), draw(1, "roads"));
        assert_ne!(draw(1, "roads"), draw(1, "fleet"));
        assert_ne!(draw(1, "roads"), draw(2, "roads"));
        assert!(draw(1, "roads").iter().all(|n| (-3..=3).contains(n)));
    }
}
