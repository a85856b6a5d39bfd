//! The `body` of a printed frame, per message.

use jt808::assembly::Assembled;
use jt808::header::{Edition, Header};
use jt808::ids::MessageId;
use jt808::messages::{Authenticate, Decoded, LocationBatch, Message, Register};
use serde::Serialize;

use super::location::{Location, Record};
use crate::{
    intake::layout::values::{name, text},
    model::hex::hex,
};

/// The fields of a message, and what is odd about it.
#[derive(Debug, Serialize)]
pub(super) struct Body {
    #[serde(flatten)]
    fields: Fields,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assembled: Option<Whole>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    odd: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Fields {
    None {},
    GeneralReply { ack_serial: u16, ack_id: String, result: u8 },
    RegisterReply(RegisterReplyFields),
    Register(RegisterFields),
    Authenticate(AuthenticateFields),
    Location(Location),
    Batch(BatchFields),
    Text(TextFields),
    Untyped { name: String, hex: String },
}

#[derive(Debug, Serialize)]
struct RegisterReplyFields {
    ack_serial: u16,
    result: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_code: Option<String>,
}

#[derive(Debug, Serialize)]
struct RegisterFields {
    province: u16,
    city: u16,
    layout: &'static str,
    maker: String,
    model: String,
    device_id: String,
    plate_color: u8,
    plate: String,
}

#[derive(Debug, Serialize)]
struct AuthenticateFields {
    auth_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    imei: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software: Option<String>,
}

#[derive(Debug, Serialize)]
struct TextFields {
    flag: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_type: Option<u8>,
    text: String,
}

#[derive(Debug, Serialize)]
struct BatchFields {
    count: u16,
    batch_type: u8,
    locations: Vec<Record>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing: Option<String>,
}

/// A split message that is complete with this packet.
#[derive(Debug, Serialize)]
struct Whole {
    len: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    body: Option<Box<Body>>,
}

impl Body {
    pub(super) fn new(header: &Header, decoded: &Decoded, mut odd: Vec<String>, joined: Option<&Assembled>) -> Self {
        let fields = fields(header.id, &decoded.message);
        odd.extend(remarks(&decoded.message));
        Self { fields, extra: not_empty(&decoded.rest), assembled: joined.map(Whole::new), odd }
    }

    fn of_whole(id: MessageId, decoded: &Decoded) -> Self {
        let odd = remarks(&decoded.message);
        Self { fields: fields(id, &decoded.message), extra: not_empty(&decoded.rest), assembled: None, odd }
    }

    /// Only a registration shows the oldest edition.
    pub(super) fn is_2011(&self) -> bool {
        matches!(&self.fields, Fields::Register(register) if register.layout == Edition::V2011.year())
    }

    pub(super) fn odd(&self) -> &[String] {
        &self.odd
    }
}

impl Whole {
    fn new(joined: &Assembled) -> Self {
        let decoded = joined.decode();
        let error = decoded.as_ref().err().map(ToString::to_string);
        let body = decoded.ok().map(|decoded| Box::new(Body::of_whole(joined.id, &decoded)));
        Self { len: joined.body.len(), error, body }
    }
}

fn fields(id: MessageId, message: &Message) -> Fields {
    match message {
        Message::Heartbeat | Message::Deregister => Fields::None {},
        Message::TerminalReply(reply) => {
            Fields::GeneralReply { ack_serial: reply.serial, ack_id: reply.id.to_string(), result: reply.result }
        }
        Message::PlatformReply(reply) => {
            Fields::GeneralReply { ack_serial: reply.serial, ack_id: reply.id.to_string(), result: reply.result.code() }
        }
        Message::RegisterReply(reply) => {
            let auth_code = (reply.result.code() == 0).then(|| text(&reply.code));
            Fields::RegisterReply(RegisterReplyFields {
                ack_serial: reply.serial,
                result: reply.result.code(),
                auth_code,
            })
        }
        Message::Register(register) => Fields::Register(register_fields(register)),
        Message::Authenticate(authenticate) => Fields::Authenticate(authenticate_fields(authenticate)),
        Message::Location(report) => Fields::Location(Location::new(report)),
        Message::Batch(batch) => Fields::Batch(batch_fields(batch)),
        Message::Text(message) => {
            Fields::Text(TextFields { flag: message.flags.0, text_type: message.kind, text: text(&message.text) })
        }
        Message::Slice { slice: bytes, .. } | Message::Untyped(bytes) => {
            Fields::Untyped { name: name(id), hex: hex(bytes) }
        }
        // A message typed later shows its bytes until it gets its arm.
        other => Fields::Untyped { name: name(id), hex: hex(&other.encode_body(Edition::V2019).unwrap_or_default()) },
    }
}

fn register_fields(register: &Register) -> RegisterFields {
    RegisterFields {
        province: register.province,
        city: register.city,
        layout: register.layout.year(),
        maker: text(&register.maker),
        model: text(&register.model),
        device_id: text(&register.terminal_id),
        plate_color: register.colour.0,
        plate: text(&register.plate),
    }
}

fn authenticate_fields(authenticate: &Authenticate) -> AuthenticateFields {
    let device = authenticate.device.as_ref();
    AuthenticateFields {
        auth_code: text(&authenticate.code),
        imei: device.map(|device| text(&device.imei)),
        software: device.map(|device| text(&device.software)),
    }
}

fn batch_fields(batch: &LocationBatch) -> BatchFields {
    BatchFields {
        count: batch.declared,
        batch_type: batch.kind.code(),
        locations: batch.reports().map(Record::new).collect(),
        trailing: not_empty(&batch.trailing()),
    }
}

/// What is odd inside a body that decodes.
fn remarks(message: &Message) -> Vec<String> {
    match message {
        Message::Location(report) => trailing(report.items.trailing().len(), "items"),
        Message::Batch(batch) => {
            let records = batch.records().count();
            let mut odd = trailing(batch.trailing().len(), "records");
            if records != usize::from(batch.declared) {
                odd.push(format!("count says {}, {records} records", batch.declared));
            }
            odd
        }
        _ => Vec::new(),
    }
}

fn trailing(count: usize, what: &str) -> Vec<String> {
    if count == 0 { Vec::new() } else { vec![format!("{count} trailing bytes after {what}")] }
}

fn not_empty(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| hex(bytes))
}
