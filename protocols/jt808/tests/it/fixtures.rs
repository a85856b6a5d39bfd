//! `fixtures/frames/own.jsonl`: frames that our own encoder made, every typed message in every edition, held against
//! the encoder (is the file up to date?) and against a second decoder in Python (is it right?).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bytes::BytesMut;
use jt808::frame::{Frame, FrameLimits, Framer};
use jt808::header::Edition;
use jt808::ids::MessageId;
use jt808::location::{AlarmFlags, Analog, Items, LocationReport, StatusFlags};
use jt808::messages::{
    Authenticate, BatchKind, Decoded, Device, LocationBatch, Message, PlateColour, PlatformReply, PlatformResult,
    Register, RegisterReply, RegisterResult, TerminalReply, TextFlags, TextMessage, TextUrgency,
};
use jt808::phone::Phone;
use jt808::terminal::Terminal;
use jt808::text::Text;
use jt808::time::BcdTime;
use serde_json::{Value, json};

use crate::common::{hex, unhex, view};

fn text(text: &str) -> Text {
    Text::encode("fixture", text).unwrap()
}

fn plain_report() -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED | 1 << 18),
        latitude: 34_873_451,
        longitude: 113_574_862,
        altitude: 96,
        speed: 425,
        direction: 271,
        time: BcdTime([0x26, 0x03, 0x01, 0x23, 0x59, 0x59]),
        items: Items::default(),
    }
}

/// All typed items, an unknown one, an odd length, a repeat; loaded, alarmed, on the other side of the world.
fn rich_report() -> LocationReport {
    let items = Items::builder()
        .mileage(1_234_567)
        .fuel(805)
        .recorder_speed(431)
        .signals(0x11)
        .analog(Analog { ad0: 2857, ad1: 61 })
        .signal_strength(28)
        .satellites(17);
    let more: [(u8, &[u8]); 14] = [
        (0x04, &[0, 7]),
        (0x06, &[0x80, 0x05]),
        (0x06, &[80]),
        (0x11, &[0]),
        (0x11, &[2, 0, 0, 0x7E, 0x7D]),
        (0x12, &[4, 0, 0, 0, 9, 1]),
        (0x13, &[0, 0, 0, 3, 0x01, 0x2C, 1]),
        (0x14, &[0, 0, 0, 5]),
        (0x17, &[0, 2]),
        (0x18, &[0, 2]),
        (0x18, &[0, 1, 60]),
        (0x2A, &[0, 3]),
        (0xE1, b"vendor"),
        (0x01, &[0, 0, 0, 1]),
    ];
    let items = more.into_iter().fold(items, |items, (id, value)| items.raw(id, value).unwrap()).finish();
    let status = StatusFlags(StatusFlags::SOUTH | StatusFlags::WEST | StatusFlags::POSITIONED | StatusFlags::FULL);
    LocationReport {
        alarm: AlarmFlags(0x0010_0003),
        status,
        latitude: 0x007E_7D17,
        direction: 0,
        items,
        ..plain_report()
    }
}

/// A time that does not exist, and bytes behind the last whole item.
fn broken_report() -> LocationReport {
    let items = Items::from_wire(unhex("300114017f00"));
    LocationReport { time: BcdTime([0x26, 0x02, 0x31, 0x25, 0, 0]), items, ..plain_report() }
}

fn register(layout: Edition, colour: PlateColour, plate: &str) -> Message {
    Message::Register(Register {
        layout,
        province: 41,
        city: 108,
        maker: text("MUCK1"),
        model: text("MW-2026"),
        terminal_id: text("W000007"),
        colour,
        plate: text(plate),
    })
}

fn messages(edition: Edition) -> Vec<(&'static str, Message)> {
    let device = Device { imei: text("860000000000007"), software: text("1.2.3") };
    let code = text("K7-鉴权");
    let device = (edition == Edition::V2019).then_some(device);
    let mut messages = vec![
        ("terminal reply", Message::TerminalReply(TerminalReply { serial: 9, id: MessageId(0x8103), result: 3 })),
        ("heartbeat", Message::Heartbeat),
        ("deregister", Message::Deregister),
        ("register", register(edition, PlateColour::YELLOW, "豫A12345")),
        ("authenticate", Message::Authenticate(Authenticate { code: code.clone(), device })),
        ("position", Message::Location(plain_report())),
        ("position with items", Message::Location(rich_report())),
        ("position with an impossible time", Message::Location(broken_report())),
        ("platform reply", general(0x0200, PlatformResult::Success)),
        ("platform failure", general(0x0102, PlatformResult::Failure)),
        ("register reply", registered(RegisterResult::Success, code)),
        ("register refusal", registered(RegisterResult::NoVehicle, Text::default())),
    ];
    messages.push(("text", words(edition)));
    if edition != Edition::V2011 {
        let batch = |kind, reports: &[_]| Message::Batch(LocationBatch::new(kind, reports).unwrap());
        messages.push(("backfill", batch(BatchKind::Backfill, &[plain_report(), rich_report()])));
        messages.push(("empty batch", batch(BatchKind::Normal, &[])));
        messages.push(("register without plate", register(edition, PlateColour::NONE, "LZGJRMV46NX000007")));
    }
    messages
}

fn words(edition: Edition) -> Message {
    let outputs = TextFlags::DISPLAY | TextFlags::READ_OUT;
    let flags = TextFlags::new(edition, TextUrgency::Urgent, outputs);
    let kind = (edition == Edition::V2019).then_some(TextMessage::NOTICE);
    Message::Text(TextMessage { flags, kind, text: text("豫A12345 请靠边停车接受检查") })
}

fn general(id: u16, result: PlatformResult) -> Message {
    Message::PlatformReply(PlatformReply { serial: 0x7D7E, id: MessageId(id), result })
}

fn registered(result: RegisterResult, code: Text) -> Message {
    Message::RegisterReply(RegisterReply { serial: 0, result, code })
}

/// One row per frame; the last message of each edition is split.
fn rows() -> Vec<Value> {
    let mut rows = Vec::new();
    for edition in Edition::ALL {
        let mut terminal = Terminal::new(edition, Phone::parse("13912345678").unwrap());
        for (name, message) in messages(edition) {
            let sent = terminal.send(&message).unwrap();
            let body = view(&Decoded { message, rest: bytes::Bytes::new() });
            rows.push(json!({"name": name, "edition": edition.year(), "hex": hex(&sent.wire), "body": body}));
        }
        let many = LocationBatch::new(BatchKind::Normal, &vec![plain_report(); 40]).unwrap();
        let mut wire = BytesMut::from(&terminal.batch(&many).unwrap().wire[..]);
        let mut framer = Framer::new(FrameLimits::default());
        for frame in std::iter::from_fn(|| framer.next(&mut wire)).map(Result::unwrap) {
            let body = json!({"slice": hex(&frame.body)});
            rows.push(json!({"name": "packet of a split batch", "edition": edition.year(), "hex": hex(&frame.raw), "body": body}));
        }
    }
    rows
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/frames/own.jsonl")
}

/// Proves that the fixture file is what the encoder makes today. `UPDATE_FIXTURES=1` writes it.
#[test]
fn the_file_is_up_to_date() {
    let made = rows().iter().fold(String::new(), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    });
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(path().parent().unwrap()).unwrap();
        std::fs::write(path(), &made).unwrap();
    }
    let kept = std::fs::read_to_string(path()).expect("fixtures/frames/own.jsonl");
    assert!(kept == made, "fixtures/frames/own.jsonl is not what the encoder makes: look, then UPDATE_FIXTURES=1");
}

/// Proves that a decoder written from the standard alone reads our frames as the values that went in.
#[test]
fn a_second_decoder_agrees() {
    let rows = rows();
    let Some(answers) = second_decoder(&rows) else { return };
    assert_eq!(answers.len(), rows.len());
    for (row, answer) in rows.iter().zip(&answers) {
        let header = Frame::from_wire(unhex(row["hex"].as_str().unwrap())).unwrap().header;
        let split = header.split.map(|split| json!({"total": split.total, "index": split.index}));
        let ours = json!({
            "msg_id": header.id.to_string(), "terminal": header.phone_digits(), "serial": header.serial,
            "subpackage": split, "body": row["body"],
        });
        assert_eq!(*answer, ours, "{} {}", row["edition"], row["name"]);
    }
    println!("{} frames read alike by the second decoder", rows.len());
}

/// What the Python decoder says, or `None` (said on stderr) where there is no Python; an error in CI.
fn second_decoder(rows: &[Value]) -> Option<Vec<Value>> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/independent_decoder.py");
    let started = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        assert!(std::env::var_os("CI").is_none(), "python3 is absent, and in CI nothing is skipped");
        eprintln!("SKIPPED: python3 is absent, our frames are not read by the second decoder");
        return None;
    };
    let lines: String = rows.iter().flat_map(|row| [row["hex"].as_str().unwrap(), "\n"]).collect();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
