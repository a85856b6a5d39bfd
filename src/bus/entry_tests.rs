use super::*;
use crate::{
    engine::world::World,
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, Seq},
        input::{Event, LedgerRevision, PolicyChange, RawFrame, SessionClosed, SessionOpened},
    },
};
use proptest::{collection::vec, prelude::*};
use std::sync::Arc;

fn frame(number: u64, received: i64, raw: &[u8]) -> Input {
    let connection = ConnectionId(Seq::of(GatewayNumber(7), 40 + number % 50).0);
    let frame = RawFrame { connection, session: SessionTrust::Authenticated, raw: Bytes::copy_from_slice(raw) };
    input(number, received, Event::Frame(frame))
}

fn input(number: u64, received: i64, event: Event) -> Input {
    Input { seq: Seq::of(GatewayNumber(7), number), received: Timestamp::from_millis(received), event }
}

fn batch(after: u64, inputs: Vec<Input>) -> Entry {
    Entry::Batch(Batch { gateway: GatewayNumber(7), after, inputs })
}

fn there_and_back(entry: &Entry) {
    assert_eq!(Entry::decode(Bytes::from(entry.encode())).as_ref(), Ok(entry));
}

prop_compose! {
    fn any_input()(step in 1..3_000_u64, received in any::<i64>(), connection in any::<u64>(), authenticated in any::<bool>(),
        raw in vec(any::<u8>(), 0..90)) -> (u64, Input) {
        let session = if authenticated { SessionTrust::Authenticated } else { SessionTrust::Unauthenticated };
        let frame = RawFrame { connection: ConnectionId(connection), session, raw: Bytes::from(raw) };
        (step, input(0, received, Event::Frame(frame)))
    }
}

prop_compose! {
    fn any_batch()(after in 0..1_u64 << 40, inputs in vec(any_input(), 0..40)) -> Entry {
        let mut number = after;
        let numbered = |(step, input)| {
            number += step;
            Input { seq: Seq::of(GatewayNumber(7), number), ..input }
        };
        batch(after, inputs.into_iter().map(numbered).collect())
    }
}

prop_compose! {
    fn any_control()(token in any::<u64>(), at in any::<i64>(), revision in any::<u32>(), policy in any::<u32>(),
        heads in vec((0..512_u16, any::<u64>()), 0..9)) -> Entry {
        let heads = heads.into_iter().map(|(gateway, number)| (GatewayNumber(gateway), number)).collect();
        let (revision, policy) = (Revision(revision), PolicyRevision(policy));
        Entry::Control(Control { token, at: Timestamp::from_millis(at), revision, policy, heads })
    }
}

proptest! {
    #[test]
    fn an_entry_comes_back_as_it_went(entry in prop_oneof![any_batch(), any_control()]) {
        // Proves: decode after encode is identity, whatever the frames, times, connections and numbers are.
        there_and_back(&entry);
    }

    #[test]
    fn foreign_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..200)) {
        // Proves: no bytes panic, and what is taken for an entry is written as the same bytes again.
        for head in [vec![], vec![VERSION, BATCH], vec![VERSION, CONTROL]] {
            let bytes = [head, bytes.clone()].concat();
            if let Ok(entry) = Entry::decode(Bytes::from(bytes.clone())) {
                prop_assert_eq!(entry.encode().len(), bytes.len());
            }
        }
    }

    #[test]
    fn a_broken_entry_does_no_harm(entry in any_batch(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        // Proves: neither a changed byte nor a missing end panics, and a missing end is never taken for an entry.
        let whole = entry.encode();
        let at = at.index(whole.len());
        let mut changed = whole.clone();
        changed[at] = byte;
        if let Err(error) = Entry::decode(Bytes::from(changed)) {
            prop_assert!(!error.to_string().is_empty());
        }
        prop_assert!(Entry::decode(Bytes::from(whole[..at].to_vec())).is_err());
    }
}

#[test]
fn every_kind_of_input_goes_through() {
    // Proves: inputs that are no frames are carried too.
    let opened = SessionOpened { connection: ConnectionId(3), peer: "10.0.0.1:5000".to_owned() };
    let closed = SessionClosed { connection: ConnectionId(3), reason: "idle".to_owned() };
    let ledger = LedgerRevision {
        revision: Revision(2),
        author: "office".to_owned(),
        ledger: World::nowhere().ledger().clone(),
    };
    let at = Timestamp::from_millis(9);
    let revision = PolicyRevision(1);
    let policy = PolicyChange {
        revision,
        hash: "ab".to_owned(),
        from: at,
        author: "office".to_owned(),
        policy: "{}".to_owned(),
    };
    there_and_back(&batch(
        1,
        vec![
            input(2, 5, Event::SessionOpened(opened)),
            frame(3, 4, &[0x7e, 1, 0x7e]),
            input(4, -7, Event::SessionClosed(closed)),
            input(5, 0, Event::LedgerRevised(Arc::new(ledger))),
            input(6, 0, Event::PolicyChanged(Arc::new(policy))),
            input(9, 0, Event::Tick),
        ],
    ));
}

#[test]
fn what_is_not_ours_is_named() {
    // Proves: another version, a number that does not grow and a gateway out of range are refused with their place.
    let decode = |bytes: &[u8]| Entry::decode(Bytes::copy_from_slice(bytes)).expect_err("refused");
    assert_eq!(decode(&[1, 0]), EntryError::Version(1));
    assert_eq!(decode(&[2, 9]), EntryError::Unknown(9));
    let broken = |what, offset| EntryError::Field(Broken { what, offset });
    assert_eq!(decode(&[2, 0, 7, 5, 1, 0, 2, 0, 0]), broken("number", 6));
    assert_eq!(decode(&[2, 0, 7, 5, 1, 1, 0, 99, 0]), broken("kind", 8));
    assert_eq!(decode(&[2, 0, 7, 5, 1, 1, 0, 7, 1, 0]), broken("payload", 10));
    assert_eq!(decode(&[2, 0, 0x80, 4, 0, 0]), broken("gateway", 4));
    assert_eq!(decode(&[2, 0, 7, 5, 0, 0]), broken("the end", 5));
    assert_eq!(decode(&[2, 0, 7, 5, 100, 0, 0]), broken("inputs", 5));
    assert_eq!(decode(&[2, 1, 0, 0, 0, 0, 0, 0]), broken("the end", 7));
}

#[test]
fn a_frame_costs_a_few_bytes() {
    // Proves: what an entry adds to a frame of 60 B among 256 of many connections stays below 9 B.
    let raw = [0x7e; 60];
    let wall = 1_795_500_000_000;
    let jitter = |number: u64| wall + i64::try_from(number * 7 % 40).expect("small");
    let inputs: Vec<_> = (0..256).map(|number| frame(1_000_000 + 3 * number, jitter(number), &raw)).collect();
    let bytes = batch(999_990, inputs).encode().len();
    let extra = (bytes - 256 * raw.len()) * 100 / 256;
    println!("{}.{:02} B a frame on top of its own bytes", extra / 100, extra % 100);
    assert!(extra < 900, "{extra} hundredths of a byte");
}
