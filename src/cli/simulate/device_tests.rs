use super::*;
use crate::sim::{calendar::Day, district::Demo, script::play};
use bytes::BytesMut;
use jt808::{
    frame::{Frame, FrameLimits, Framer, Head},
    header::Edition,
    ids::MessageId,
    messages::{PlatformReply, RegisterReply, RegisterResult},
    text::Text,
};
use std::{
    collections::BTreeSet,
    sync::{Mutex, atomic::AtomicUsize, atomic::Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A platform that breaks every connection after some frames, the last of them unanswered.
struct Rude {
    bodies: Mutex<BTreeSet<Bytes>>,
    connections: AtomicUsize,
}

const FRAMES_BEFORE_BREAK: usize = 40;

fn answer(frame: &Frame) -> Bytes {
    let serial = frame.header.serial;
    let message = if frame.header.id == MessageId::REGISTER {
        let code = Text::encode("code", "K1").expect("ascii");
        Message::RegisterReply(RegisterReply { serial, result: RegisterResult::Success, code })
    } else {
        Message::PlatformReply(PlatformReply { serial, id: frame.header.id, result: PlatformResult::Success })
    };
    let body = message.encode_body(Edition::V2013).expect("a reply");
    let mut out = BytesMut::new();
    let id = message.id().expect("a typed reply");
    Head::reply_to(&frame.header, 1).encode(id, &body, &mut out).expect("a small frame");
    out.freeze()
}

async fn serve(rude: Arc<Rude>, mut stream: TcpStream) {
    rude.connections.fetch_add(1, Ordering::Relaxed);
    let (mut framer, mut buffer) = (Framer::new(FrameLimits::default()), BytesMut::new());
    let mut seen = 0;
    loop {
        while let Some(Ok(frame)) = framer.next(&mut buffer) {
            seen += 1;
            if seen > FRAMES_BEFORE_BREAK {
                return;
            }
            rude.bodies.lock().expect("not poisoned").insert(frame.body.clone());
            if stream.write_all(&answer(&frame)).await.is_err() {
                return;
            }
        }
        match stream.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_frame_is_lost_by_a_server_that_breaks_connections() {
    // Proves: with a connection broken every 40 frames, every position of the day still arrives and the device ends.
    let demo = Demo::invent(1, Day::parse("2026-11-23").expect("a date"));
    let scripts: Vec<Script> = play(&demo).scripts.into_iter().take(3).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = listener.local_addr().expect("an address");
    let rude = Arc::new(Rude { bodies: Mutex::default(), connections: AtomicUsize::new(0) });
    let doorman = rude.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(doorman.clone(), stream));
        }
    });
    let clock = ServerClock::free(demo.day.start(), 100_000.0);
    let tally = Arc::new(Tally::default());
    let world = World { server, clock, tally: tally.clone(), acknowledged: Arc::default() };
    for script in &scripts {
        Device::new(script.clone(), world.clone()).live().await.expect("a whole day");
    }
    let bodies = rude.bodies.lock().expect("not poisoned");
    for step in scripts.iter().flat_map(|script| &script.steps) {
        let Act::Send(message) = &step.act else { continue };
        let body = message.encode_body(Edition::V2013).expect("a body");
        assert!(bodies.contains(&body), "lost at {}", step.at);
    }
    assert!(rude.connections.load(Ordering::Relaxed) > 20, "{}", tally.line());
}
