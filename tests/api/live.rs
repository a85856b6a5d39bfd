//! The live socket, over a real one.

use super::house::House;
use futures_util::{SinkExt, StreamExt};
use muckwatch::api::serve::serve;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than any wait of these tests can rightly take.
const PATIENCE: Duration = Duration::from_secs(15);

struct Served {
    house: House,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn start() -> Self {
        let house = House::built().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move { stopped.await.unwrap_or(()) };
        let serving = tokio::spawn(serve(listener, house.api.clone(), until));
        Self { house, address, stop, serving }
    }

    async fn connect(&self, query: &str) -> Socket {
        connect_async(format!("ws://{}/api/v1/live{query}", self.address)).await.unwrap().0
    }
}

/// The next message that is not a ping.
async fn next(socket: &mut Socket) -> Message {
    timeout(PATIENCE, socket.next()).await.expect("a message in time").expect("an open socket").unwrap()
}

async fn text(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = next(socket).await {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

async fn binary(socket: &mut Socket) -> Vec<u8> {
    loop {
        if let Message::Binary(bytes) = next(socket).await {
            return bytes.to_vec();
        }
    }
}

fn count(frame: &[u8]) -> usize {
    usize::try_from(u32::from_le_bytes(frame[4..8].try_into().unwrap())).unwrap()
}

#[tokio::test]
async fn hello_then_positions_then_a_heartbeat() {
    // Proves: the first message names every slot, the first frame places them all, and the next comes although nothing changed.
    let served = Served::start().await;
    let mut socket = served.connect("").await;
    let hello = text(&mut socket).await;
    assert_eq!(hello["type"], "hello");
    assert_eq!(hello["clock"]["kind"], "given");
    let slots = hello["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 2);
    let stranger = served.house.stranger.to_string();
    assert!(slots.iter().any(|slot| slot[1] == stranger.as_str() && slot[2].is_null()));
    let first = binary(&mut socket).await;
    assert_eq!((first[0], first[1], count(&first), first.len()), (1, 1, 2, 24 + 2 * 16));
    let beat = binary(&mut socket).await;
    assert_eq!((count(&beat), beat.len()), (0, 24));
}

#[tokio::test]
async fn a_client_that_was_away_gets_what_it_missed() {
    // Proves: `after=0` brings every alarm of the store in append order, and `after=<newest>` brings none of them again.
    let served = Served::start().await;
    let listed = served.house.json("/api/v1/violations").await;
    let listed = listed["items"].as_array().unwrap().len();
    let mut socket = served.connect("?after=0").await;
    let (mut appends, mut opened) = (Vec::new(), 0);
    while opened < listed {
        let alarm = text(&mut socket).await;
        if alarm["type"] == "alarm" {
            appends.push(alarm["append"].as_u64().unwrap());
            opened += usize::from(alarm["change"] == "opened" || alarm["change"] == "opened_late");
            assert!(alarm["violation"]["sentence_zh"].is_string());
        }
    }
    assert!(appends.is_sorted_by(|a, b| a < b), "{appends:?}");
    let newest = served.house.live.newest_append();
    let mut again = served.connect(&format!("?after={newest}")).await;
    assert_eq!(text(&mut again).await["type"], "hello");
    for _ in 0..2 {
        assert!(matches!(next(&mut again).await, Message::Binary(_)), "no alarm comes twice");
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    // Proves: the upgrade itself is refused with 403 for a foreign Origin and for a foreign Host.
    let served = Served::start().await;
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let mut request = format!("ws://{}/api/v1/live", served.address).into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        let Err(Error::Http(refused)) = connect_async(request).await else { panic!("{name} {value} was let in") };
        assert_eq!(refused.status().as_u16(), 403);
    }
    let mut request = format!("ws://{}/api/v1/live", served.address).into_client_request().unwrap();
    request.headers_mut().insert("origin", format!("http://{}", served.address).parse().unwrap());
    assert!(connect_async(request).await.is_ok(), "our own page is let in");
    assert_eq!(served.house.problem("/api/v1/live").await, (400, "bad_parameter".to_owned()), "no upgrade");
}

#[tokio::test]
async fn a_view_is_obeyed_and_nonsense_ends_the_session() {
    // Proves: another rectangle sends what is in it again and leaves out the rest; a message that is none closes with a reason.
    let served = Served::start().await;
    let mut socket = served.connect("").await;
    assert_eq!(count(&binary(&mut socket).await), 2);
    let view = |bbox: &str| Message::Text(format!("{{\"type\":\"view\",\"bbox\":{bbox},\"zoom\":12}}").into());
    socket.send(view("[113.0,34.0,114.5,35.5]")).await.unwrap();
    let mut seen = 0;
    while seen == 0 {
        seen = count(&binary(&mut socket).await);
    }
    assert_eq!(seen, 2);
    socket.send(Message::Text("{\"type\":\"shout\"}".into())).await.unwrap();
    let end = loop {
        if let Message::Close(end) = next(&mut socket).await {
            break end.expect("a reason");
        }
    };
    assert_eq!(u16::from(end.code), 1008);
}

#[tokio::test]
async fn stopping_ends_sessions_and_serving() {
    // Proves: on shutdown a session is told so and the server returns without waiting for it.
    let served = Served::start().await;
    let mut socket = served.connect("").await;
    text(&mut socket).await;
    served.stop.send(()).unwrap();
    let end = loop {
        if let Message::Close(end) = next(&mut socket).await {
            break end.expect("a reason");
        }
    };
    assert_eq!(u16::from(end.code), 1001);
    timeout(PATIENCE, served.serving).await.expect("serve returns").unwrap().unwrap();
}
