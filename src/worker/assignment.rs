//! Which worker should hold which shard: the one whose name and the shard's number hash highest together (rendezvous hashing).
//! A worker that comes takes shards from others to itself only, one that goes leaves its own to the others; all the rest stays.

use crate::model::shard::{Shard, Shards};
use sha2::{Digest, Sha256};

/// The shards that `me` should hold among the living `members`.
pub(super) fn wanted(shards: Shards, me: &str, members: &[String]) -> Vec<Shard> {
    shards.all().filter(|shard| members.iter().all(|other| other == me || beats(me, other, *shard))).collect()
}

/// Whether `one` is before `other` for a shard; of equal weights the lesser name.
fn beats(one: &str, other: &str, shard: Shard) -> bool {
    (weight(one, shard), other) > (weight(other, shard), one)
}

fn weight(member: &str, shard: Shard) -> [u8; 32] {
    Sha256::new().chain_update(shard.0.to_be_bytes()).chain_update(member).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn owners(members: &[&str]) -> BTreeMap<Shard, String> {
        let members: Vec<String> = members.iter().map(|name| (*name).to_owned()).collect();
        let shards = Shards::new(64).expect("a count");
        let mut owners = BTreeMap::new();
        for me in &members {
            for shard in wanted(shards, me, &members) {
                assert!(owners.insert(shard, me.clone()).is_none(), "{shard} is wanted twice");
            }
        }
        assert_eq!(owners.len(), 64, "every shard is wanted");
        owners
    }

    #[test]
    fn only_what_must_move_moves() {
        // Proves: a fourth worker takes shards only to itself, a lost one leaves only its own, and everybody has some.
        let (three, four) = (owners(&["a", "b", "c"]), owners(&["a", "b", "c", "d"]));
        for (shard, owner) in &four {
            assert!(owner == "d" || three.get(shard) == Some(owner), "{shard} moved between those who stayed");
        }
        for name in ["a", "b", "c", "d"] {
            let count = four.values().filter(|owner| *owner == name).count();
            assert!((6..=28).contains(&count), "{name} has {count} of 64");
        }
    }
}
