//! Pipelining, one write per read, no answer before durability, stopping.

use crate::support::{House, Mode, Options, PATIENCE, frames, report};
use bytes::BytesMut;
use jt808::{
    frame::{FrameLimits, Framer},
    header::Edition,
    ids::MessageId,
    messages::PlatformResult,
    phone::Phone,
    terminal::Terminal,
};
use muckwatch::gateway::config::GatewayConfig;
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf},
    net::TcpStream,
    time::timeout,
};

/// A stream that counts its writes.
struct Counted(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[tokio::test]
async fn all_frames_of_one_read_are_answered_with_one_write() {
    // Proves: nine positions and a heartbeat that arrive together cost one write, and all ten are answered in order.
    let house = House::open(Options::default()).await;
    let (mut ours, theirs) = tokio::io::duplex(1 << 16);
    let writes = Arc::new(AtomicUsize::new(0));
    let stream = Counted(theirs, Arc::clone(&writes));
    let (gateway, stop) = (house.gateway.clone(), house.stop.clone());
    let attending = tokio::spawn(async move { gateway.attend(stream, "test".to_owned(), stop).await });
    let mut terminal = Terminal::new(Edition::V2013, Phone::parse("13800138000").expect("digits"));
    let mut wire = BytesMut::new();
    for second in 0..9 {
        wire.extend_from_slice(&terminal.location(&report(second)).expect("fits").wire);
    }
    wire.extend_from_slice(&terminal.heartbeat().expect("fits").wire);
    ours.write_all(&wire).await.expect("read");
    let (mut framer, mut buffer, mut serials) = (Framer::new(FrameLimits::default()), BytesMut::new(), Vec::new());
    while serials.len() < 10 {
        timeout(PATIENCE, ours.read_buf(&mut buffer)).await.expect("in time").expect("connected");
        while let Some(frame) = framer.next(&mut buffer) {
            let body = frame.expect("good").body;
            serials.push(u16::from_be_bytes([body[0], body[1]]));
        }
    }
    assert_eq!(serials, (0..10).collect::<Vec<_>>());
    assert_eq!(writes.load(Ordering::Relaxed), 1);
    house.stop.cancel();
    timeout(PATIENCE, attending).await.expect("ends").expect("no panic");
    assert_eq!(frames(&house.close().await).len(), 9);
}

#[tokio::test]
async fn a_window_of_sixteen_does_not_wait_frame_by_frame() {
    // Proves: while the disk holds the first frame of a window, all sixteen are read; none is answered; once the disk
    // goes on, all are. Heartbeats are answered meanwhile.
    let house = House::open(Options::default()).await;
    let mut client = house.connect(Edition::V2019, "13800138000").await;
    let sent = client.terminal.location(&report(0)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    house.gate.set(Mode::Shut);
    let mut serials = Vec::new();
    for second in 1..=16 {
        serials.push(client.position(second).await);
        house.wait_for("frames read", u64::try_from(second).expect("small") + 1, |now| now.frames).await;
    }
    assert_eq!(house.gateway.counters().values().answers, 1, "nothing is answered before it is durable");
    let sent = client.terminal.heartbeat().expect("fits");
    client.exchange(sent, MessageId::HEARTBEAT, PlatformResult::Success).await;
    house.gate.set(Mode::Works);
    for serial in serials {
        assert_eq!(client.reply().await.serial, serial);
    }
    assert_eq!(frames(&house.close().await).len(), 17);
}

#[tokio::test]
async fn a_full_disk_means_no_acknowledgement_and_an_alarm() {
    // Proves: while the disk is full positions are not answered, heartbeats are, the alarm is up and the connection
    // stays; with room again the terminal's resend is acknowledged.
    let house = House::open(Options::default()).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    let sent = client.terminal.location(&report(0)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    house.gate.set(Mode::Full);
    let unanswered = client.terminal.location(&report(1)).expect("fits");
    client.send(&unanswered.wire).await;
    house.wait_for("frames refused", 1, |now| now.unacknowledged).await;
    let alarm = house.journal.stats().alarm().expect("an alarm");
    assert!(alarm.zh.contains("不再应答"), "{alarm:?}");
    let sent = client.terminal.heartbeat().expect("fits");
    client.exchange(sent, MessageId::HEARTBEAT, PlatformResult::Success).await;
    house.gate.set(Mode::Works);
    client.exchange(unanswered, MessageId::LOCATION, PlatformResult::Success).await;
    assert!(house.journal.stats().alarm().is_none());
    assert_eq!(frames(&house.close().await).len(), 2);
}

#[tokio::test]
async fn a_record_that_refuses_for_too_long_ends_the_connection() {
    // Proves: after the patience the terminal is sent away to come back, with nothing acknowledged.
    let gateway = GatewayConfig { record_patience_s: 0, ..GatewayConfig::default() };
    let house = House::open(Options { gateway, ..Options::default() }).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    house.gate.set(Mode::Full);
    client.position(0).await;
    assert!(client.frame().await.is_none());
    let values = house.gateway.counters().values();
    assert_eq!((values.closed_record, values.answers, values.recorded), (1, 0, 0));
    house.gate.set(Mode::Works);
    assert!(house.close().await.is_empty());
}

#[tokio::test]
async fn stopping_answers_what_is_in_flight_and_lets_nobody_in() {
    // Proves: at a stop, frames that were read are made durable and answered, then the connection ends; new ones are
    // refused; the end is in the record.
    let house = House::open(Options::default()).await;
    let mut client = house.connect(Edition::V2013, "13800138000").await;
    let sent = client.terminal.location(&report(0)).expect("fits");
    client.exchange(sent, MessageId::LOCATION, PlatformResult::Success).await;
    house.gate.set(Mode::Shut);
    let serial = client.position(1).await;
    house.wait_for("frames read", 2, |now| now.frames).await;
    house.stop.cancel();
    let address = house.address;
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(PATIENCE, refused).await.expect("the gateway stops listening");
    house.gate.set(Mode::Works);
    assert_eq!(client.reply().await.serial, serial);
    assert!(client.frame().await.is_none(), "then the connection ends");
    let inputs = house.close().await;
    assert_eq!(frames(&inputs).len(), 2);
    let last = format!("{:?}", inputs.last().expect("inputs").event);
    assert!(last.contains("server_stopped"), "{last}");
}
