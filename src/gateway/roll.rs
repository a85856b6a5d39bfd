//! Who is connected: how many from each address, and which terminals more than once.

use crate::model::ids::TerminalId;
use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// The roll of open connections.
#[derive(Debug, Default)]
pub(super) struct Roll {
    addresses: Arc<Tally<IpAddr>>,
    terminals: Arc<Tally<TerminalId>>,
}

/// How often each key is there.
#[derive(Debug)]
struct Tally<K: Eq + Hash>(Mutex<HashMap<K, usize>>);

/// A place on the roll, given back when dropped.
#[derive(Debug)]
pub(super) struct Place<K: Eq + Hash + Copy> {
    key: K,
    tally: Arc<Tally<K>>,
}

impl Roll {
    /// A place for a connection from `address`, unless `max` are there.
    pub(super) fn admit(&self, address: IpAddr, max: usize) -> Option<Place<IpAddr>> {
        let (place, before) = Tally::enter(&self.addresses, address);
        (before < max).then_some(place)
    }

    /// A place for a connection that speaks for `terminal`, and how many others do.
    pub(super) fn speak(&self, terminal: TerminalId) -> (Place<TerminalId>, usize) {
        Tally::enter(&self.terminals, terminal)
    }
}

impl<K: Eq + Hash + Copy> Tally<K> {
    /// Counts one more; returns how many there were.
    fn enter(tally: &Arc<Self>, key: K) -> (Place<K>, usize) {
        let mut counts = tally.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_default();
        let before = *count;
        *count += 1;
        (Place { key, tally: Arc::clone(tally) }, before)
    }
}

impl<K: Eq + Hash> Default for Tally<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash + Copy> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.tally.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = counts.get_mut(&self.key).map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            counts.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back() {
        // Proves: the limit counts open connections only, and a terminal's second connection sees the first.
        let (roll, address) = (Roll::default(), IpAddr::from([10, 0, 0, 1]));
        let first = roll.admit(address, 1);
        assert!(first.is_some() && roll.admit(address, 1).is_none());
        drop(first);
        assert!(roll.admit(address, 1).is_some());
        let terminal = "1".parse().expect("a digit");
        let (place, others) = roll.speak(terminal);
        assert_eq!((others, roll.speak(terminal).1), (0, 1));
        drop(place);
        assert_eq!(roll.speak(terminal).1, 0);
        assert!(roll.terminals.0.lock().expect("not poisoned").is_empty());
    }
}
