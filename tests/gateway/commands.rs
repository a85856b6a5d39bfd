//! Texts to terminals over real sockets: delivered, answered, lost, sent again, moved to another gateway, expired.

use crate::support::{Client, House, Options, PATIENCE, terminal_id};
use jt808::{
    frame::Frame,
    header::Edition,
    ids::MessageId,
    messages::{Message, PlatformResult, TextFlags},
};
use muckwatch::{
    clock::wall_now,
    gateway::{config::GatewayConfig, counters::CounterValues},
    model::{ids::GatewayNumber, time::Span},
    store::{
        SqlStore,
        commands::{
            Command, CommandEventKind, CommandNumber, CommandState, CommandStore, CommandText, Enqueued, NewCommand,
            Urgency,
        },
    },
};
use std::time::Duration;
use tempfile::TempDir;
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

const PHONE: &str = "13800138000";

/// A store with the gateways that deliver from it.
struct Office {
    store: SqlStore,
    gateways: Vec<House>,
    stop: CancellationToken,
    delivering: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Office {
    /// With as many gateways, which wait a minute for answers.
    async fn open(gateways: u16) -> Self {
        Self::with(gateways, 60, &[]).await
    }

    /// `enrolled` are the terminals of the ledger.
    async fn with(gateways: u16, command_answer_s: u64, enrolled: &[(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = muckwatch::store::open(&folder.path().join("store.db")).await.expect("a store");
        let stop = CancellationToken::new();
        let mut office = Self { store, gateways: Vec::new(), stop, delivering: Vec::new(), _folder: folder };
        for number in 1..=gateways {
            let config = GatewayConfig { command_poll_ms: 20, command_answer_s, ..GatewayConfig::default() };
            let options = Options { number: GatewayNumber(number), gateway: config, enrolled: enrolled.to_vec() };
            let house = House::open(options).await;
            let (gateway, store, stop) = (house.gateway.clone(), office.store.clone(), office.stop.clone());
            office.delivering.push(tokio::spawn(async move { gateway.deliver(&store, stop).await }));
            office.gateways.push(house);
        }
        office
    }

    async fn order(&self, key: &str, order: NewCommand) -> CommandNumber {
        match self.store.enqueue(&NewCommand { key: key.to_owned(), ..order }).await.expect("taken") {
            Enqueued::Queued(command) => command.number,
            other => panic!("{other:?}"),
        }
    }

    async fn command(&self, number: CommandNumber) -> Command {
        self.store.get(number).await.expect("readable").expect("there")
    }

    /// Waits until a command is in a state.
    async fn reaches(&self, number: CommandNumber, state: CommandState) -> Command {
        let reached = async {
            while self.command(number).await.state != state {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let came = timeout(PATIENCE, reached).await.is_ok();
        let command = self.command(number).await;
        assert!(came, "{command:?} never was {state:?}");
        command
    }

    async fn kinds(&self, number: CommandNumber) -> Vec<CommandEventKind> {
        self.store.events(number).await.expect("readable").iter().map(|event| event.kind).collect()
    }

    /// A terminal of a gateway (counted from 0) that has made itself known.
    async fn terminal(&self, gateway: usize, edition: Edition, phone: &str) -> Client {
        let mut client = self.gateways[gateway].connect(edition, phone).await;
        let sent = client.terminal.authenticate().expect("fits");
        client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
        client
    }

    fn figures(&self, gateway: usize) -> CounterValues {
        self.gateways[gateway].gateway.counters().values()
    }

    async fn close(&mut self) {
        for house in self.gateways.drain(..) {
            house.close().await;
        }
        self.stop.cancel();
        for task in self.delivering.drain(..) {
            timeout(PATIENCE, task).await.expect("stops in time").expect("no panic");
        }
    }
}

fn to(phone: &str) -> NewCommand {
    NewCommand {
        key: String::new(),
        terminal: terminal_id(phone),
        text: CommandText {
            words: "豫A12345 请靠边停车".to_owned(),
            urgency: Urgency::Urgent,
            shown: true,
            spoken: true,
        },
        reason: "road_check".to_owned(),
        actor: "local".to_owned(),
        created: wall_now(),
        expires: wall_now() + Span::from_secs(600),
        attempts_max: 5,
    }
}

/// The next text that the terminal gets.
async fn text(client: &mut Client) -> Frame {
    let frame = client.frame().await.expect("still connected");
    assert_eq!(frame.header.id, MessageId::TEXT, "{frame:?}");
    frame
}

async fn confirm(client: &mut Client, frame: &Frame, result: u8) {
    let sent = client.terminal.answer(MessageId::TEXT, frame.header.serial, result).expect("fits");
    client.send(&sent.wire).await;
}

#[tokio::test]
async fn a_text_reaches_its_terminal_and_is_confirmed() {
    use CommandEventKind::{Acknowledged, Queued, Sent, Taken};
    // Proves: in every edition the driver gets the words with the flags of that edition, and the terminal's confirmation
    // is in the store with gateway, serial and times; the connection goes on as before.
    for edition in Edition::ALL {
        let mut office = Office::open(1).await;
        let mut client = office.terminal(0, edition, PHONE).await;
        let number = office.order("k", to(PHONE)).await;
        let frame = text(&mut client).await;
        let Message::Text(message) = frame.decode().expect("decodes").message else { panic!("a text") };
        assert_eq!(message.text.to_string(), "豫A12345 请靠边停车");
        assert_eq!(message.flags.0 & (TextFlags::DISPLAY | TextFlags::READ_OUT), 0b1100);
        assert_eq!(message.kind.is_some(), edition == Edition::V2019);
        office.reaches(number, CommandState::Sent).await;
        confirm(&mut client, &frame, 0).await;
        let done = office.reaches(number, CommandState::Acknowledged).await;
        assert_eq!((done.gateway, done.attempts), (Some(GatewayNumber(1)), 1));
        assert_eq!((done.serial, done.result), (Some(frame.header.serial), Some(0)));
        let sent = client.terminal.heartbeat().expect("fits");
        client.exchange(sent, MessageId::HEARTBEAT, PlatformResult::Success).await;
        assert_eq!(office.kinds(number).await, [Queued, Taken, Sent, Acknowledged]);
        office.close().await;
    }
}

#[tokio::test]
async fn a_refusal_is_kept_with_its_code() {
    // Proves: failed, bad message, not supported and a vendor's own result are refusals, each with its code.
    let mut office = Office::open(1).await;
    let mut client = office.terminal(0, Edition::V2013, PHONE).await;
    for result in [1, 2, 3, 0x2A] {
        let number = office.order(&result.to_string(), to(PHONE)).await;
        let frame = text(&mut client).await;
        confirm(&mut client, &frame, result).await;
        assert_eq!(office.reaches(number, CommandState::Refused).await.result, Some(result));
    }
    office.close().await;
}

#[tokio::test]
async fn a_silent_terminal_is_asked_again_and_the_command_expires() {
    // Proves: without an answer the text is sent again under another serial when the limit is over, as often as allowed,
    // and then expires; an answer that comes later is a fact and is kept.
    let mut office = Office::with(1, 1, &[]).await;
    let mut client = office.terminal(0, Edition::V2019, PHONE).await;
    let number = office.order("k", NewCommand { attempts_max: 2, ..to(PHONE) }).await;
    let (first, second) = (text(&mut client).await, text(&mut client).await);
    assert_ne!(first.header.serial, second.header.serial);
    let expired = office.reaches(number, CommandState::Expired).await;
    assert_eq!((expired.attempts, expired.result), (2, None));
    confirm(&mut client, &first, 0).await;
    assert_eq!(office.reaches(number, CommandState::Acknowledged).await.serial, Some(first.header.serial));
    office.close().await;
}

#[tokio::test]
async fn a_terminal_that_goes_to_another_gateway_gets_its_text_there() {
    // Proves: a connection that ends before the answer gives the text back, and the gateway that the terminal comes back
    // to delivers it; the lease is not waited for.
    let mut office = Office::open(2).await;
    let mut client = office.terminal(0, Edition::V2013, PHONE).await;
    let number = office.order("k", to(PHONE)).await;
    text(&mut client).await;
    drop(client);
    let mut client = office.terminal(1, Edition::V2013, PHONE).await;
    let frame = text(&mut client).await;
    confirm(&mut client, &frame, 0).await;
    let done = office.reaches(number, CommandState::Acknowledged).await;
    assert_eq!((done.gateway, done.attempts), (Some(GatewayNumber(2)), 2));
    assert!(office.kinds(number).await.contains(&CommandEventKind::GivenBack));
    office.close().await;
}

#[tokio::test]
async fn foreign_answers_change_nothing() {
    // Proves: answers with serials never sent, to other commands, from another terminal with the right serial, split or
    // repeated, settle nothing and cost no connection; the right answer still counts.
    let mut office = Office::open(1).await;
    let mut client = office.terminal(0, Edition::V2013, PHONE).await;
    let mut stranger = office.terminal(0, Edition::V2013, "13900139000").await;
    let number = office.order("k", to(PHONE)).await;
    let frame = text(&mut client).await;
    for serial in 0..200 {
        let guess = if serial == frame.header.serial { 0xFFFF } else { serial };
        let sent = client.terminal.answer(MessageId::TEXT, guess, 0).expect("fits");
        client.send(&sent.wire).await;
    }
    let sent = client.terminal.answer(MessageId(0x8103), frame.header.serial, 0).expect("fits");
    client.send(&sent.wire).await;
    confirm(&mut stranger, &frame, 0).await;
    office.gateways[0].wait_for("unmatched answers", 201, |now| now.commands_unmatched).await;
    assert_eq!(office.command(number).await.result, None);
    confirm(&mut client, &frame, 3).await;
    confirm(&mut client, &frame, 0).await;
    office.reaches(number, CommandState::Refused).await;
    office.gateways[0].wait_for("unmatched answers", 202, |now| now.commands_unmatched).await;
    assert_eq!(office.command(number).await.result, Some(3), "the first answer stands");
    office.close().await;
}

#[tokio::test]
async fn a_borrowed_phone_gets_no_text() {
    // Proves: a terminal of the ledger gets texts where it authenticated and nowhere else: not on a stranger's newer
    // connection that only claims its phone, and not after it said goodbye.
    let mut office = Office::with(1, 60, &[(PHONE, "secret")]).await;
    let number = office.order("k", to(PHONE)).await;
    let mut stranger = office.gateways[0].connect(Edition::V2013, PHONE).await;
    stranger.position(1).await;
    stranger.reply().await;
    let mut client = office.gateways[0].connect(Edition::V2013, PHONE).await;
    client.terminal.set_code(jt808::text::Text::encode("code", "secret").expect("GBK"));
    let sent = client.terminal.authenticate().expect("fits");
    client.exchange(sent, MessageId::AUTHENTICATE, PlatformResult::Success).await;
    let frame = text(&mut client).await;
    confirm(&mut client, &frame, 0).await;
    office.reaches(number, CommandState::Acknowledged).await;
    stranger.position(2).await;
    stranger.reply().await;
    let sent = client.terminal.deregister().expect("fits");
    client.exchange(sent, MessageId::DEREGISTER, PlatformResult::Success).await;
    let later = office.order("later", NewCommand { expires: wall_now() + Span::from_millis(200), ..to(PHONE) }).await;
    assert_eq!(office.reaches(later, CommandState::Expired).await.attempts, 0);
    assert_eq!(office.figures(0).commands_sent, 1);
    office.close().await;
}

#[tokio::test]
async fn many_texts_at_once_all_arrive() {
    // Proves: more texts than one connection holds at once, for more terminals than one, are all delivered and confirmed,
    // each once, in order per terminal.
    const TERMINALS: usize = 20;
    const EACH: usize = 8;
    let mut office = Office::open(1).await;
    let mut clients = Vec::new();
    for terminal in 0..TERMINALS {
        let phone = format!("139{terminal:08}");
        for key in 0..EACH {
            office.order(&format!("{phone}-{key}"), to(&phone)).await;
        }
        clients.push(office.terminal(0, Edition::V2019, &phone).await);
    }
    for client in &mut clients {
        for _ in 0..EACH {
            let frame = text(client).await;
            confirm(client, &frame, 0).await;
        }
    }
    for command in office.store.list(None, None, 500).await.expect("readable") {
        assert_eq!(office.reaches(command.number, CommandState::Acknowledged).await.attempts, 1);
    }
    assert_eq!(office.figures(0).commands_sent, (TERMINALS * EACH) as u64);
    assert_eq!(office.figures(0).commands_unreported, 0);
    office.close().await;
}

#[tokio::test]
async fn a_stopped_gateway_gives_its_texts_back() {
    // Proves: a gateway that stops gives back what its terminals have not answered, before its delivery ends.
    let mut office = Office::open(1).await;
    let mut client = office.terminal(0, Edition::V2013, PHONE).await;
    let number = office.order("k", to(PHONE)).await;
    text(&mut client).await;
    office.reaches(number, CommandState::Sent).await;
    office.close().await;
    assert_eq!(office.command(number).await.state, CommandState::Queued);
    assert_eq!(office.kinds(number).await.last(), Some(&CommandEventKind::GivenBack));
}
