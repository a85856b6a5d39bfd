//! Register, authenticate, report: all editions, known and unknown terminals, right and wrong codes.

use crate::support::{Client, House, Options, frames, report, terminal_id};
use bytes::Bytes;
use jt808::{
    header::Edition,
    ids::MessageId,
    messages::{BatchKind, LocationBatch, Message, PlateColour, PlatformResult, Register, RegisterResult},
    text::Text,
};
use muckwatch::model::{
    fix::SessionTrust,
    ids::{GatewayNumber, Seq},
    input::{Event, Input},
    time::Timestamp,
};

fn text(word: &str) -> Text {
    Text::encode("test", word).expect("GBK")
}

fn registration(layout: Edition) -> Bytes {
    let register = Register {
        layout,
        province: 41,
        city: 108,
        maker: text("MUCK1"),
        model: text("MW-1"),
        terminal_id: text("T000001"),
        colour: PlateColour::YELLOW,
        plate: text("豫A12345"),
    };
    Message::Register(register).encode_body(layout).expect("fits")
}

/// A whole session: registration, authentication, positions live and late, heartbeat, deregistration.
async fn whole_session(client: &mut Client, layout: Edition) {
    let registered = client.register(registration(layout)).await;
    assert_eq!(registered.result, RegisterResult::Success);
    assert!(!registered.code.is_empty(), "a code to authenticate with");
    let sent = client.terminal.authenticate().expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
    let sent = client.terminal.location(&report(1)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    let batch = LocationBatch::new(BatchKind::Backfill, &[report(2), report(3)]).expect("fits");
    let sent = client.terminal.batch(&batch).expect("fits");
    client.exchange(sent, MessageId::LOCATION_BATCH, PlatformResult::Success).await;
    let sent = client.terminal.heartbeat().expect("fits");
    client.exchange(sent, MessageId::HEARTBEAT, PlatformResult::Success).await;
    let sent = client.terminal.deregister().expect("fits");
    client.exchange(sent, MessageId::DEREGISTER, PlatformResult::Success).await;
}

fn kinds(inputs: &[Input]) -> Vec<&'static str> {
    let kind = |input: &Input| match &input.event {
        Event::SessionOpened(_) => "opened",
        Event::Frame(_) => "frame",
        Event::SessionClosed(_) => "closed",
        _ => "other",
    };
    inputs.iter().map(kind).collect()
}

#[tokio::test]
async fn three_editions_register_authenticate_and_report() {
    // Proves: terminals of 2011, 2013 and 2019 get through a whole session; everything but the heartbeat is recorded,
    // between the connection's opening and its end, under the right trust.
    for edition in Edition::ALL {
        let house = House::open(Options { enrolled: vec![("13800138000", "")], ..Options::default() }).await;
        let mut client = house.connect(edition, "13800138000").await;
        whole_session(&mut client, edition).await;
        drop(client);
        house.wait_for("connections closed", 1, |now| 1 - now.connections.min(1)).await;
        let inputs = house.close().await;
        assert_eq!(kinds(&inputs), ["opened", "frame", "frame", "frame", "frame", "frame", "closed"], "{edition:?}");
        let trust: Vec<_> = frames(&inputs).iter().map(|frame| frame.session).collect();
        let (no, yes) = (SessionTrust::Unauthenticated, SessionTrust::Authenticated);
        assert_eq!(trust, [no, yes, yes, yes, no], "{edition:?}");
    }
}

#[tokio::test]
async fn a_2019_header_may_carry_2013_bodies() {
    // Proves: terminals that mix editions, which other servers turn away, get in.
    let house = House::open(Options { enrolled: vec![("13800138000", "")], ..Options::default() }).await;
    let mut client = house.connect(Edition::V2019, "13800138000").await;
    let registered = client.register(registration(Edition::V2013)).await;
    assert_eq!(registered.result, RegisterResult::Success);
    let sent = client.terminal.send_raw(MessageId::AUTHENTICATE, registered.code.as_bytes()).expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
    let inputs = house.close().await;
    assert_eq!(frames(&inputs).last().map(|frame| frame.session), Some(SessionTrust::Authenticated));
}

#[tokio::test]
async fn an_unknown_terminal_is_not_silenced() {
    // Proves: a terminal that is not in the ledger gets a code, any code of its is taken, and its frames are recorded
    // without trust and found again by terminal.
    let house = House::open(Options::default()).await;
    let mut client = house.connect(Edition::V2013, "13900000001").await;
    assert_eq!(client.register(registration(Edition::V2013)).await.result, RegisterResult::Success);
    client.terminal.set_code(text("whatever"));
    let sent = client.terminal.authenticate().expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
    let sent = client.terminal.location(&report(1)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    assert_eq!(house.gateway.counters().values().quarantined, 3);
    let found = house.journal.frames_upto(terminal_id("13900000001"), Timestamp::BEGINNING, Seq(u64::MAX));
    assert_eq!(found.count(), 3);
    let inputs = house.close().await;
    assert!(frames(&inputs).iter().all(|frame| frame.session == SessionTrust::Unauthenticated));
}

#[tokio::test]
async fn a_wrong_code_is_told_and_its_frames_are_kept_apart() {
    // Proves: a known terminal with a wrong code gets result 1, its positions are acknowledged and recorded as
    // unauthenticated; with the right code, also a fixed one, it is trusted.
    let house = House::open(Options { enrolled: vec![("13800138000", "authentication")], ..Options::default() }).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    client.terminal.set_code(text("wrong"));
    let sent = client.terminal.authenticate().expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Failure).await;
    let sent = client.terminal.location(&report(1)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    client.terminal.set_code(text("authentication"));
    let sent = client.terminal.authenticate().expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
    let sent = client.terminal.location(&report(2)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    let trust: Vec<_> = frames(&house.close().await).iter().map(|frame| frame.session).collect();
    let (no, yes) = (SessionTrust::Unauthenticated, SessionTrust::Authenticated);
    assert_eq!(trust, [no, no, yes, yes]);
}

#[tokio::test]
async fn two_connections_of_one_terminal_are_both_heard() {
    // Proves: a clash of identity throws nobody off: both are answered and recorded under their own connection, and the
    // clash is counted.
    let house = House::open(Options::default()).await;
    let mut first = house.connect(Edition::V2013, "13800138000").await;
    let sent = first.terminal.location(&report(1)).expect("fits");
    first.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    let mut second = house.connect(Edition::V2019, "13800138000").await;
    for second_of_day in 2..5 {
        for client in [&mut first, &mut second] {
            let sent = client.terminal.location(&report(second_of_day)).expect("fits");
            client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
        }
    }
    assert_eq!(house.gateway.counters().values().clashes, 1);
    let mut connections: Vec<_> = frames(&house.close().await).iter().map(|frame| frame.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections.iter().filter(|one| **one == connections[0]).count(), 4);
    connections.dedup();
    assert_eq!(connections.len(), 2);
}

#[tokio::test]
async fn connections_carry_the_number_of_their_gateway() {
    // Proves: ids of connections of two gateways of one house never meet; a single machine counts bare numbers.
    for number in [GatewayNumber::ALONE, GatewayNumber(7)] {
        let house = House::open(Options { number, ..Options::default() }).await;
        for second in 1..=2 {
            let mut client = house.connect(Edition::V2013, "13800138000").await;
            client.position(second).await;
            client.reply().await;
        }
        house.wait_for("connections closed", 1, |now| 1 - now.connections.min(1)).await;
        let ids: Vec<_> = frames(&house.close().await).iter().map(|frame| frame.connection.0).collect();
        assert_eq!(ids, [Seq::of(number, 1).0, Seq::of(number, 2).0]);
    }
}
