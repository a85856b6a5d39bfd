//! Bytes that are not what they should be.

use crate::support::{House, Options, frames, report, shared_lines, unhex};
use jt808::{
    frame::Frame,
    header::Edition,
    ids::MessageId,
    messages::{Decoded, Message, PlatformResult},
};
use muckwatch::gateway::config::GatewayConfig;

/// Whether a frame is a general reply to a position of this serial.
fn is_answer_to(frame: &Frame, serial: u16) -> bool {
    let Ok(Message::PlatformReply(reply)) = frame.decode().and_then(Decoded::exact) else { return false };
    (reply.serial, reply.id) == (serial, MessageId::LOCATION)
}

#[tokio::test]
async fn hostile_frames_do_not_end_a_connection() {
    // Proves: after each hostile frame a good one on the same connection is still recorded and answered.
    let Some(lines) = shared_lines("hostile.jsonl") else { return };
    let house = House::open(Options::default()).await;
    for line in &lines {
        let mut client = house.connect(Edition::V2013, "13800138000").await;
        client.send(&unhex(line["hex"].as_str().expect("hex"))).await;
        let serial = client.position(0).await;
        loop {
            let frame = client.frame().await.unwrap_or_else(|| panic!("{}: closed", line["id"]));
            if is_answer_to(&frame, serial) && frame.header.phone == client.terminal.phone() {
                break;
            }
        }
    }
    let values = house.gateway.counters().values();
    assert!(values.undecodable > 0 && values.refused_frames > 0, "{values:?}");
    assert!(frames(&house.close().await).len() > lines.len());
}

#[tokio::test]
async fn answers_are_those_a_peer_gives() {
    // Proves: our bytes for a request are those another platform was seen to send.
    let Some(lines) = shared_lines("reply_pairs_dev.jsonl") else { return };
    // The peer refuses the code of its first pair: the ledger has another one.
    let house = House::open(Options { enrolled: vec![("12345678901", "another")], ..Options::default() }).await;
    for line in lines {
        let request = unhex(line["request"].as_str().expect("hex"));
        let mut client = house.connect(Edition::V2013, "12345678901").await;
        client.send(&request).await;
        let answer = client.frame().await.expect("an answer");
        assert_eq!(answer.raw[..], unhex(line["reply"].as_str().expect("hex"))[..], "{}", line["name"]);
    }
    house.close().await;
}

#[tokio::test]
async fn junk_is_skipped_up_to_a_limit() {
    // Proves: ASCII lines between frames are skipped and counted; a client that only talks HTTP is hung up on after
    // the limit and leaves nothing in the record.
    let gateway = GatewayConfig { junk_bytes_max: 600, ..GatewayConfig::default() };
    let house = House::open(Options { gateway, ..Options::default() }).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    for second in 0..10 {
        client.send(b"*HQ,1234567890,V1,A,3452.0000,N,11334.0000,E#\r\n").await;
        let sent = client.terminal.location(&report(second)).expect("fits");
        client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    }
    let mut scanner = house.connect(Edition::V2013, "1").await;
    for _ in 0..20 {
        let request = b"GET / HTTP/1.1\r\nHost: example\r\nUser-Agent: scanner\r\nAccept: */*\r\n\r\n";
        if tokio::io::AsyncWriteExt::write_all(&mut scanner.stream, request).await.is_err() {
            break;
        }
    }
    assert!(scanner.frame().await.is_none());
    house.wait_for("closed for junk", 1, |now| now.closed_junk).await;
    assert!(house.gateway.counters().values().junk_bytes > 600 + 10 * 46);
    let inputs = house.close().await;
    assert_eq!(inputs.len(), 12, "one connection's opening, ten frames, its end");
}

#[tokio::test]
async fn endless_delimiters_are_junk() {
    // Proves: a connection that sends nothing but 7E is closed at the junk limit, not kept until it is idle; doubled
    // delimiters between good frames cost nothing.
    let house = House::open(Options::default()).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    for second in 0..3 {
        client.send(&[0x7E; 3000]).await;
        client.position(second).await;
        client.reply().await;
    }
    client.send(&[0x7E; 8192]).await;
    house.wait_for("closed over junk", 1, |now| now.closed_junk).await;
    house.close().await;
}
