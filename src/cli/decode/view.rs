//! The objects that are printed. Their keys are a contract with scripts.

use jt808::assembly::Assembled;
use jt808::error::WireError;
use jt808::frame::Inspected;
use jt808::header::{ChecksumCheck, Edition, LengthCheck};
use jt808::messages::{Decoded, Message};
use serde::Serialize;

use super::body::Body;
use crate::model::hex::hex;

/// Why something could not be decoded.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fault {
    kind: &'static str,
    message: String,
    offset: usize,
}

impl From<WireError> for Fault {
    fn from(error: WireError) -> Self {
        Self { kind: error.kind.code(), message: error.to_string(), offset: error.offset }
    }
}

impl Fault {
    pub(super) fn not_hex(character: u8, offset: usize) -> Self {
        let message = format!("character {:?} at offset {offset} is not a hex digit", char::from(character));
        Self { kind: "not_hex", message, offset }
    }

    pub(super) fn odd_digits(offset: usize) -> Self {
        let message = format!("an odd number of hex digits: half a byte is missing at offset {offset}");
        Self { kind: "not_hex", message, offset }
    }

    pub(super) fn no_frame() -> Self {
        Self { kind: "no_frame", message: "nothing stands between two delimiters 7E".into(), offset: 0 }
    }

    pub(super) fn incomplete(left: &[u8]) -> Self {
        let message = format!("the last {} bytes end without a delimiter 7E", left.len());
        Self { kind: "incomplete", message, offset: left.len() }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }
}

/// A piece of input that gave no frame.
#[derive(Debug, Serialize)]
pub(super) struct Unread {
    error: Fault,
    line: usize,
    hex: String,
}

impl Unread {
    pub(super) fn new(error: Fault, line: usize, raw: &[u8]) -> Self {
        Self { error, line, hex: hex(raw) }
    }
}

/// One frame.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    checksum_ok: bool,
    pub(super) edition: &'static str,
    msg_id: String,
    terminal: String,
    serial: u16,
    subpackage: Option<SubPackage>,
    pub(super) body: Option<Body>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Fault>,
}

#[derive(Debug, Serialize)]
struct SubPackage {
    total: u16,
    index: u16,
}

impl Shown {
    /// Everything that can be seen of a frame; `joined` is the split message that this packet completes.
    pub(super) fn new(seen: &Inspected, joined: Option<&Assembled>) -> Self {
        let header = &seen.header;
        let decoded = Message::decode(header, seen.body.clone());
        let error = fault(seen, decoded.as_ref().err().copied());
        let body = decoded.ok().map(|decoded| Body::new(header, &decoded, odd(seen, &decoded), joined));
        let edition = if body.as_ref().is_some_and(Body::is_2011) { Edition::V2011 } else { header.edition() };
        Self {
            checksum_ok: seen.checksum == ChecksumCheck::Holds,
            edition: edition.year(),
            msg_id: header.id.to_string(),
            terminal: header.phone_digits(),
            serial: header.serial,
            subpackage: header.split.map(|split| SubPackage { total: split.total, index: split.index }),
            body,
            error,
        }
    }
}

/// The checksum first: when it is wrong, what is wrong with the body only adds to it.
fn fault(seen: &Inspected, body: Option<WireError>) -> Option<Fault> {
    match (seen.fault(), body) {
        (Some(checksum), Some(body)) => {
            let mut fault = Fault::from(checksum);
            fault.message = format!("{}; and {body}", fault.message);
            Some(fault)
        }
        (first, second) => first.or(second).map(Fault::from),
    }
}

/// What is odd about a frame that still decodes.
fn odd(seen: &Inspected, decoded: &Decoded) -> Vec<String> {
    let properties = seen.header.properties;
    let mut odd = Vec::new();
    if seen.checksum == ChecksumCheck::Dropped {
        odd.push("the checksum byte was left out (it is below 0x10)".into());
    }
    match seen.length {
        LengthCheck::Exact => {}
        LengthCheck::CountsSplitFields => odd.push("length field counts the four subpackage bytes too".into()),
        LengthCheck::Disagrees => {
            odd.push(format!("length field says {}, body is {} bytes", properties.body_len(), seen.body.len()));
        }
    }
    if properties.encryption() != 0 {
        odd.push(format!("encryption bits = {}: read as if plain, a gateway refuses it", properties.encryption()));
    }
    if properties.version_flag() != (seen.header.edition() == Edition::V2019) {
        odd.push(format!("bit 14 is {}, the layout is another", u8::from(properties.version_flag())));
    }
    if !decoded.rest.is_empty() {
        odd.push(format!("{} body bytes not in the standard layout", decoded.rest.len()));
    }
    odd
}
