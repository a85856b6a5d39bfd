//! Split positions joined again: after recording, within limits, without a clock. Unlike `jt808::assembly` it is a small value
//! that is kept with the terminal's state, so that a restart between two packets loses nothing.

use crate::model::time::{Span, Timestamp};
use bytes::{Bytes, BytesMut};
use jt808::header::SubPackage;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Most packets of one message: 64 kB, over 1,000 positions.
const PACKETS_MAX: u16 = 64;
/// A message not touched for so long is given up. Much less than the hour the record looks back for packets.
const IDLE_MAX: Span = Span::from_secs(300);

/// Messages of one terminal that are not complete, at most one of each id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joiner {
    open: Vec<Group>,
    /// The message of each id that was completed last, so that a packet sent again does not begin another.
    done: Vec<Done>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Done {
    id: u16,
    /// Digests of the packets, from number 1.
    packets: Vec<u64>,
    touched: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    id: u16,
    total: u16,
    /// By number, ascending.
    slices: Vec<(u16, Bytes)>,
    touched: Timestamp,
}

/// What became of a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// The whole body, when this was the last packet missing.
    pub whole: Option<Bytes>,
    /// Whether an incomplete message, or this packet, was given up.
    pub given_up: bool,
}

impl Joiner {
    /// Takes one packet of the message with this id.
    pub fn take(&mut self, id: u16, split: SubPackage, slice: &Bytes, received: Timestamp) -> Joined {
        let mut joined = Joined { whole: None, given_up: self.drop_idle(received) };
        if split.index == 0 || split.index > split.total || split.total > PACKETS_MAX {
            return Joined { given_up: true, ..joined };
        }
        if self.is_repeat(id, split, slice) {
            return joined;
        }
        if let Some(place) = self.open.iter().position(|group| group.id == id && !group.takes(split, slice)) {
            self.open.remove(place);
            joined.given_up = true;
        }
        let place = self.open.iter().position(|group| group.id == id).unwrap_or_else(|| {
            self.open.push(Group { id, total: split.total, slices: Vec::new(), touched: received });
            self.open.len() - 1
        });
        let Some(group) = self.open.get_mut(place) else { return joined };
        group.add(split.index, slice, received);
        if group.slices.len() == usize::from(group.total) {
            let group = self.open.remove(place);
            self.done.push(group.done());
            joined.whole = Some(group.whole());
        }
        joined
    }

    /// Gives up what was not touched for long; true when an incomplete message was among it.
    fn drop_idle(&mut self, received: Timestamp) -> bool {
        let open = self.open.len();
        self.open.retain(|group| group.touched + IDLE_MAX >= received);
        self.done.retain(|done| done.touched + IDLE_MAX >= received);
        self.open.len() < open
    }

    /// Whether the packet is one of the message completed last; another one of its id begins a new message.
    fn is_repeat(&mut self, id: u16, split: SubPackage, slice: &Bytes) -> bool {
        let packet = digest(slice);
        let known = |done: &Done| {
            done.packets.len() == usize::from(split.total)
                && done.packets.get(usize::from(split.index) - 1) == Some(&packet)
        };
        let repeat = self.done.iter().any(|done| done.id == id && known(done));
        self.done.retain(|done| done.id != id || repeat);
        repeat
    }
}

impl Group {
    /// Whether a packet belongs to this message: same total, and the same bytes if its number is there.
    fn takes(&self, split: SubPackage, slice: &Bytes) -> bool {
        let there = self.slices.iter().find(|(index, _)| *index == split.index);
        self.total == split.total && there.is_none_or(|(_, kept)| kept == slice)
    }

    fn add(&mut self, index: u16, slice: &Bytes, received: Timestamp) {
        self.touched = received;
        if let Err(place) = self.slices.binary_search_by_key(&index, |(index, _)| *index) {
            self.slices.insert(place, (index, Bytes::copy_from_slice(slice)));
        }
    }

    fn done(&self) -> Done {
        let packets = self.slices.iter().map(|(_, slice)| digest(slice)).collect();
        Done { id: self.id, packets, touched: self.touched }
    }

    fn whole(self) -> Bytes {
        self.slices
            .iter()
            .fold(BytesMut::new(), |mut whole, (_, slice)| {
                whole.extend_from_slice(slice);
                whole
            })
            .freeze()
    }
}

fn digest(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(joiner: &mut Joiner, total: u16, index: u16, byte: u8, second: i64) -> (Option<Vec<u8>>, bool) {
        let slice = Bytes::copy_from_slice(&[byte]);
        let joined = joiner.take(0x0704, SubPackage { total, index }, &slice, Timestamp::from_millis(second * 1000));
        (joined.whole.map(|whole| whole.to_vec()), joined.given_up)
    }

    #[test]
    fn packets_join_in_any_order_and_repeats_do_not_matter() {
        // Proves: number, not arrival, decides the place.
        let mut joiner = Joiner::default();
        assert_eq!(take(&mut joiner, 3, 3, 30, 0), (None, false));
        assert_eq!(take(&mut joiner, 3, 1, 10, 1), (None, false));
        assert_eq!(take(&mut joiner, 3, 1, 10, 2), (None, false));
        assert_eq!(take(&mut joiner, 3, 2, 20, 3), (Some(vec![10, 20, 30]), false));
        assert!(joiner.open.is_empty());
    }

    #[test]
    fn a_packet_sent_again_after_the_end_begins_no_other_message() {
        // Proves: the acknowledgement of the last packet was lost, it came twice, and the next message is not joined with it.
        let mut joiner = Joiner::default();
        take(&mut joiner, 2, 1, 10, 0);
        assert_eq!(take(&mut joiner, 2, 2, 20, 1), (Some(vec![10, 20]), false));
        assert_eq!(take(&mut joiner, 2, 2, 20, 2), (None, false));
        assert_eq!(take(&mut joiner, 2, 1, 11, 3), (None, false));
        assert_eq!(take(&mut joiner, 2, 2, 21, 4), (Some(vec![11, 21]), false));
    }

    #[test]
    fn what_cannot_belong_together_is_never_joined() {
        // Proves: other totals, other bytes under one number, long pauses and wild numbers give the old message up, and say so.
        let mut joiner = Joiner::default();
        take(&mut joiner, 2, 1, 10, 0);
        assert_eq!(take(&mut joiner, 3, 2, 20, 1), (None, true));
        assert_eq!(take(&mut joiner, 3, 2, 21, 2), (None, true));
        assert_eq!(take(&mut joiner, 3, 1, 10, 400), (None, true));
        assert_eq!(take(&mut joiner, 3, 4, 10, 401), (None, true));
        assert_eq!(take(&mut joiner, 500, 4, 10, 401), (None, true));
    }
}
