//! The frame collection of real devices and peers, read in place: every frame against the independent values.

use crate::common::{collection, hex, text, unhex, view};
use bytes::{Bytes, BytesMut};
use jt808::assembly::{Assembler, AssemblyLimits};
use jt808::error::ErrorKind;
use jt808::frame::{Frame, FrameLimits, Framer, Head, Inspected};
use jt808::header::{ChecksumCheck, Edition, Layout};
use jt808::ids::MessageId;
use jt808::messages::{Message, PlatformReply};
use jt808::phone::Phone;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

/// Proves that header and, for typed messages, body of every collected frame read as the independent decoder read them.
#[test]
fn every_frame_reads_as_the_independent_values() {
    let Some(rows) = collection("dev.jsonl") else { return };
    let wrong: Vec<String> = rows.iter().filter_map(|row| compare(row).err()).collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    println!("{} frames agree", rows.len());
}

fn compare(row: &Value) -> Result<(), String> {
    let raw = unhex(row["hex"].as_str().unwrap());
    let id = &row["id"];
    let seen = Inspected::from_wire(&raw).map_err(|error| format!("{id}: {error}"))?;
    let whole = Frame::from_wire(raw.clone());
    check(row, "frame accepted", &whole.is_ok().into(), &row["checksum_ok"])?;
    check(row, "checksum", &(seen.checksum == ChecksumCheck::Holds).into(), &row["checksum_ok"])?;
    let decoded = Message::decode(&seen.header, seen.body.clone());
    let edition = match &decoded {
        Ok(decoded) => match &decoded.message {
            Message::Register(register) if register.layout == Edition::V2011 => Edition::V2011,
            _ => seen.header.edition(),
        },
        Err(_) => seen.header.edition(),
    };
    check(row, "edition", &edition.year().into(), &row["version"])?;
    check(row, "msg_id", &seen.header.id.to_string().into(), &row["msg_id"])?;
    check(row, "terminal", &seen.header.phone_digits().into(), &row["terminal"])?;
    check(row, "serial", &seen.header.serial.into(), &row["serial"])?;
    let split = seen.header.split.map(|split| json!({"total": split.total, "index": split.index}));
    check(row, "subpackage", &split.unwrap_or_default(), &row["subpackage"])?;
    match decoded {
        Err(error) => check(row, &format!("body ({error})"), &true.into(), &row["own"]["error"].is_string().into()),
        Ok(decoded) => match &decoded.message {
            Message::Slice { slice, .. } => {
                check(row, "slice length", &slice.len().into(), &row["own"]["body_len"])?;
                check(row, "slice digest", &hex(&Sha1::digest(slice)).into(), &row["own"]["body_sha1"])
            }
            Message::Untyped(_) => Ok(()),
            _ => check(row, "body", &view(&decoded), &without_remarks(&row["own"])),
        },
    }
}

/// The values alone: `odd` is prose about them, at any depth.
fn without_remarks(own: &Value) -> Value {
    match own {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| *key != "odd")
            .map(|(key, value)| (key.clone(), without_remarks(value)))
            .collect(),
        Value::Array(values) => values.iter().map(without_remarks).collect(),
        plain => plain.clone(),
    }
}

fn check(row: &Value, what: &str, ours: &Value, theirs: &Value) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{} {} {what}:\n   ours   {ours}\n   theirs {theirs}", row["id"], row["msg_id"]))
}

/// Lists where a source's own test asserts something else than the independent values (no frame does so far).
#[test]
fn differences_of_the_sources_are_listed() {
    let Some(rows) = collection("dev.jsonl") else { return };
    let differing: Vec<_> = rows.iter().filter(|row| row["agree"] == json!(false)).collect();
    for row in &differing {
        println!("{} {}: {}", row["id"], row["msg_id"], row["expected"]);
    }
    println!("{} sources differ from the independent values", differing.len());
    assert!(rows.iter().any(|row| row["agree"] == json!(true)));
}

/// Proves that the framer finds the frames of every collected stream, in order, whatever is around them, and that a
/// stretch that is no message is refused, not delivered.
#[test]
fn streams_give_their_frames() {
    let Some(rows) = collection("streams_dev.jsonl") else { return };
    for row in &rows {
        let mut framer = Framer::new(FrameLimits::default());
        let mut buffer = BytesMut::from(&unhex(row["input_hex"].as_str().unwrap())[..]);
        let mut stretches = Vec::new();
        while let Some(found) = framer.next(&mut buffer) {
            stretches.push(match found {
                Ok(frame) => frame.raw,
                Err(refused) => refused.raw,
            });
        }
        let mut left = stretches.iter();
        for wanted in row["frames"].as_array().unwrap() {
            let wanted = unhex(wanted.as_str().unwrap());
            assert!(
                left.any(|stretch| *stretch == wanted),
                "{}: {} not found in {stretches:?}",
                row["id"],
                hex(&wanted)
            );
        }
        if row["note"].as_str().unwrap().contains("must be refused") {
            assert!(stretches.iter().all(|raw| Frame::from_wire(raw.clone()).is_err()), "{}", row["id"]);
        }
    }
    println!("{} streams", rows.len());
}

/// Proves that malformed frames give an error or a harmless result, and that the next good frame on the same stream is
/// still delivered.
#[test]
fn hostile_frames_are_harmless() {
    let Some(rows) = collection("hostile.jsonl") else { return };
    let mut wire = BytesMut::new();
    let head = Head::new(Layout::Short, Phone::parse("13800138000").unwrap(), 7);
    head.encode(MessageId::HEARTBEAT, &[], &mut wire).unwrap();
    for row in &rows {
        let mut framer = Framer::new(FrameLimits::default());
        let mut buffer = BytesMut::from(&unhex(row["hex"].as_str().unwrap())[..]);
        buffer.extend_from_slice(&wire);
        let mut last = None;
        while let Some(found) = framer.next(&mut buffer) {
            if let Ok(frame) = &found {
                let told = frame.decode().map(|decoded| walk(&decoded.message));
                println!("{} {}: {told:?}", row["id"], row["note"]);
            }
            last = Some(found);
        }
        let last = last.expect("a frame").expect("the good frame");
        assert_eq!((last.header.id, last.raw.as_ref()), (MessageId::HEARTBEAT, wire.as_ref()), "{}", row["id"]);
    }
}

/// Reads everything that is read on demand; gives the number of parts.
fn walk(message: &Message) -> usize {
    match message {
        Message::Location(report) => report.items.iter().filter_map(|item| item.typed()).count(),
        Message::Batch(batch) => batch.reports().count() + batch.trailing().len(),
        Message::Register(register) => text(&register.plate).len(),
        _ => 0,
    }
}

/// Proves that our general reply is byte for byte the answer that a peer gave (its result is its own affair).
#[test]
fn replies_are_those_of_a_peer() {
    let Some(rows) = collection("reply_pairs_dev.jsonl") else { return };
    for row in &rows {
        let request = Frame::from_wire(unhex(row["request"].as_str().unwrap())).unwrap();
        let theirs = unhex(row["reply"].as_str().unwrap());
        let theirs_read = Frame::from_wire(theirs.clone()).unwrap().decode().unwrap().exact().unwrap();
        let Message::PlatformReply(PlatformReply { result, .. }) = theirs_read else { panic!("{theirs_read:?}") };
        let reply = PlatformReply { serial: request.header.serial, id: request.header.id, result };
        let body = Message::PlatformReply(reply).encode_body(request.header.edition()).unwrap();
        let mut wire = BytesMut::new();
        Head::reply_to(&request.header, 0).encode(MessageId::PLATFORM_REPLY, &body, &mut wire).unwrap();
        assert_eq!(wire, theirs, "{}", row["name"]);
    }
}

/// Proves that a taxi of JT/T 905 is refused by name.
#[test]
fn taxis_are_refused_by_name() {
    let phone = Phone::parse("1").unwrap();
    let mut wire = BytesMut::new();
    Head::new(Layout::Short, phone, 0).encode(MessageId::LOCATION, &[0; 25], &mut wire).unwrap();
    let error = Frame::from_wire(Bytes::from(wire)).unwrap().decode().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Jt905Taxi);
    assert!(error.to_string().contains("JT/T 905 taxi"), "{error}");
}

/// Proves that the collected split messages come together with the right length and digest.
#[test]
fn groups_come_together() {
    let (Some(groups), Some(frames)) = (collection("groups_dev.jsonl"), collection("dev.jsonl")) else { return };
    for group in &groups {
        let mut assembler = Assembler::new(AssemblyLimits::default());
        let packets = group["frame_ids"].as_array().unwrap();
        let joined: Vec<_> = packets
            .iter()
            .filter_map(|id| {
                let row = frames.iter().find(|row| row["id"] == *id).expect("a frame of the group");
                assembler.push(&Frame::from_wire(unhex(row["hex"].as_str().unwrap())).unwrap(), 0).unwrap()
            })
            .collect();
        let [whole] = &joined[..] else { panic!("{}: {} messages", group["group"], joined.len()) };
        assert_eq!(whole.body.len(), group["body_len"], "{}", group["group"]);
        assert_eq!(hex(&Sha1::digest(&whole.body)), group["body_sha1"].as_str().unwrap(), "{}", group["group"]);
        let decoded = whole.decode().unwrap();
        if !matches!(decoded.message, Message::Untyped(_)) {
            let mut own = group["own"].clone();
            own.as_object_mut().unwrap().remove("serials_consecutive");
            assert_eq!(view(&decoded), own, "{}", group["group"]);
        }
    }
    println!("{} groups", groups.len());
}
