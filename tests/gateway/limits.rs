//! Every limit, reached.

use crate::support::{Client, House, Mode, Options, PATIENCE, frames, report};
use jt808::{header::Edition, ids::MessageId, messages::PlatformResult, phone::Phone, terminal::Terminal};
use muckwatch::{gateway::config::GatewayConfig, model::fix::SessionTrust};
use tokio::{io::AsyncWriteExt, time::timeout};

async fn house(gateway: GatewayConfig) -> House {
    House::open(Options { gateway, ..Options::default() }).await
}

async fn say(client: &mut Client) {
    let sent = client.terminal.location(&report(0)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
}

#[tokio::test]
async fn connections_in_all_and_per_address() {
    // Proves: the connection over a limit is hung up on and counted, those within go on, and a place that is left can
    // be taken.
    for (gateway, per_address) in [
        (GatewayConfig { connections_max: 1, ..GatewayConfig::default() }, false),
        (GatewayConfig { connections_per_address_max: 1, ..GatewayConfig::default() }, true),
    ] {
        let house = house(gateway).await;
        let mut first = house.connect(Edition::V2013, "1").await;
        say(&mut first).await;
        let mut second = house.connect(Edition::V2013, "2").await;
        assert!(second.frame().await.is_none(), "hung up on");
        say(&mut first).await;
        let values = house.gateway.counters().values();
        assert_eq!(
            (values.refused_address, values.refused_connections),
            (u64::from(per_address), u64::from(!per_address))
        );
        drop(first);
        house.wait_for("left", 1, |now| 1 - now.connections.min(1)).await;
        let mut third = house.connect(Edition::V2013, "3").await;
        say(&mut third).await;
        house.close().await;
    }
}

#[tokio::test]
async fn a_connection_that_plays_a_fleet_is_closed() {
    // Proves: frames of further terminals are recorded without trust and answered, up to the limit.
    let house = house(GatewayConfig { foreign_frames_max: 3, ..GatewayConfig::default() }).await;
    let mut client = house.connect(Edition::V2013, "1").await;
    say(&mut client).await;
    for number in 2..6 {
        let phone = Phone::parse(&format!("1390000000{number}")).expect("digits");
        client.terminal = Terminal::new(Edition::V2013, phone);
        say(&mut client).await;
    }
    assert!(client.frame().await.is_none());
    let values = house.gateway.counters().values();
    assert_eq!((values.foreign, values.closed_foreign), (4, 1));
    let frames = frames(&house.close().await);
    assert!(frames.len() == 5 && frames.iter().all(|frame| frame.session == SessionTrust::Unauthenticated));
}

#[tokio::test]
async fn silence_ends_a_connection() {
    // Proves: a connection that says nothing is closed after its limit, before and after its first frame.
    let house = house(GatewayConfig { first_frame_s: 1, idle_s: 1, ..GatewayConfig::default() }).await;
    let mut silent = house.connect(Edition::V2013, "1").await;
    let mut spoken = house.connect(Edition::V2013, "2").await;
    say(&mut spoken).await;
    assert!(silent.frame().await.is_none() && spoken.frame().await.is_none());
    house.wait_for("closed as idle", 2, |now| now.closed_idle).await;
    house.close().await;
}

#[tokio::test]
async fn a_terminal_that_does_not_read_is_closed() {
    // Proves: answers that are not taken within the limit end the connection; its frames are recorded all the same.
    let house = house(GatewayConfig { write_s: 1, ..GatewayConfig::default() }).await;
    let (mut ours, theirs) = tokio::io::duplex(64);
    let (gateway, stop) = (house.gateway.clone(), house.stop.clone());
    let attending = tokio::spawn(async move { gateway.attend(theirs, "test".to_owned(), stop).await });
    let mut terminal = Terminal::new(Edition::V2013, Phone::parse("1").expect("a digit"));
    for second in 0..20 {
        let wire = terminal.location(&report(second)).expect("fits").wire;
        if timeout(PATIENCE, ours.write_all(&wire)).await.expect("read or closed").is_err() {
            break;
        }
    }
    timeout(PATIENCE, attending).await.expect("ends").expect("no panic");
    assert_eq!(house.gateway.counters().values().closed_not_reading, 1);
    assert!(!frames(&house.close().await).is_empty());
}

#[tokio::test]
async fn unacknowledged_bytes_slow_the_reader() {
    // Proves: while the disk stands still, no more than the limit and one read is taken in; the rest waits in the
    // socket and is answered afterwards.
    let limits = GatewayConfig { unacknowledged_bytes_max: 2000, read_bytes: 256, ..GatewayConfig::default() };
    let house = house(limits).await;
    let mut client = house.connect(Edition::V2013, "1").await;
    say(&mut client).await;
    house.gate.set(Mode::Shut);
    let frame_bytes = client.terminal.clone().location(&report(1)).expect("fits").wire.len();
    for second in 0..200 {
        client.position(second).await;
    }
    let room = u64::try_from(2000 / frame_bytes).expect("small");
    house.wait_for("frames read", room, |now| now.frames).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let read = house.gateway.counters().values().frames;
    assert!(read < 60, "{read} frames of {frame_bytes} bytes were read past the limit");
    house.gate.set(Mode::Works);
    for _ in 0..200 {
        client.reply().await;
    }
    assert_eq!(frames(&house.close().await).len(), 201);
}
