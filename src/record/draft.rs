//! An input on its way into the log: encoded by the caller's thread, so that the writer only copies.

use super::{
    NewInput,
    head::{self, FrameHead},
};
use crate::model::{
    fix::SessionTrust,
    ids::ConnectionId,
    input::{Event, RawFrame},
    time::Timestamp,
};
use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{Read as _, Write as _},
    sync::Arc,
};

/// What a record holds; the byte in its header. Frames come in two kinds, so that they need no flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    FrameUnauthenticated,
    FrameAuthenticated,
    SessionOpened,
    SessionClosed,
    LedgerRevised,
    PolicyChanged,
    Tick,
    /// A ledger revision as gzip: that of a large fleet would not fit into a segment otherwise.
    LedgerPacked,
}

/// An input ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) received: Timestamp,
    pub(super) kind: Kind,
    /// Written before `body` in records of frames.
    pub(super) connection: Option<ConnectionId>,
    /// A frame as it came, or JSON, a large one as gzip: rare inputs must stay readable for years and by other tools.
    pub(super) body: Bytes,
    /// Under which terminal and times a frame is found again.
    pub(super) head: Option<FrameHead>,
}

/// A ledger revision up to so many bytes is written as it is.
const PACKED_FROM_BYTES: usize = 256 << 10;
/// Most bytes of a ledger revision that is read: a million trucks.
const UNPACKED_BYTES_MAX: u64 = 4 << 30;
/// Bytes of the connection id before a frame.
pub(super) const CONNECTION_BYTES: usize = 8;

impl Kind {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::FrameUnauthenticated => 1,
            Self::FrameAuthenticated => 2,
            Self::SessionOpened => 3,
            Self::SessionClosed => 4,
            Self::LedgerRevised => 5,
            Self::PolicyChanged => 6,
            Self::Tick => 7,
            Self::LedgerPacked => 8,
        }
    }

    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::FrameUnauthenticated),
            2 => Some(Self::FrameAuthenticated),
            3 => Some(Self::SessionOpened),
            4 => Some(Self::SessionClosed),
            5 => Some(Self::LedgerRevised),
            6 => Some(Self::PolicyChanged),
            7 => Some(Self::Tick),
            8 => Some(Self::LedgerPacked),
            _ => None,
        }
    }

    pub(super) const fn is_frame(self) -> bool {
        matches!(self, Self::FrameUnauthenticated | Self::FrameAuthenticated)
    }
}

impl Draft {
    /// Encodes an input.
    pub(super) fn of(input: NewInput) -> Self {
        let received = input.received;
        let plain = |kind, body| Self { received, kind, connection: None, body, head: None };
        match input.event {
            Event::Frame(frame) => Self::of_frame(received, frame),
            Event::SessionOpened(opened) => plain(Kind::SessionOpened, json(&opened)),
            Event::SessionClosed(closed) => plain(Kind::SessionClosed, json(&closed)),
            Event::LedgerRevised(revision) => {
                let (kind, body) = ledger(json(revision.as_ref()));
                plain(kind, body)
            }
            Event::PolicyChanged(change) => plain(Kind::PolicyChanged, json(change.as_ref())),
            Event::Tick => plain(Kind::Tick, Bytes::new()),
        }
    }

    fn of_frame(received: Timestamp, frame: RawFrame) -> Self {
        let kind = match frame.session {
            SessionTrust::Unauthenticated => Kind::FrameUnauthenticated,
            SessionTrust::Authenticated => Kind::FrameAuthenticated,
        };
        let head = head::read(&frame.raw, received);
        Self { received, kind, connection: Some(frame.connection), body: frame.raw, head }
    }

    /// Bytes of its payload on disk.
    pub(super) fn payload_len(&self) -> usize {
        self.body.len() + self.connection.map_or(0, |_| CONNECTION_BYTES)
    }
}

/// The event of a record's payload; the error says what is wrong with it.
pub(super) fn event(kind: Kind, payload: &Bytes) -> Result<Event, String> {
    Ok(match kind {
        Kind::FrameUnauthenticated => Event::Frame(frame(payload, SessionTrust::Unauthenticated)?),
        Kind::FrameAuthenticated => Event::Frame(frame(payload, SessionTrust::Authenticated)?),
        Kind::SessionOpened => Event::SessionOpened(parsed(payload)?),
        Kind::SessionClosed => Event::SessionClosed(parsed(payload)?),
        Kind::LedgerRevised => Event::LedgerRevised(Arc::new(parsed(payload)?)),
        Kind::LedgerPacked => Event::LedgerRevised(Arc::new(parsed(&unpacked(payload)?)?)),
        Kind::PolicyChanged => Event::PolicyChanged(Arc::new(parsed(payload)?)),
        Kind::Tick if payload.is_empty() => Event::Tick,
        Kind::Tick => return Err(format!("a tick of {} bytes", payload.len())),
    })
}

/// A ledger revision as it is written.
fn ledger(json: Bytes) -> (Kind, Bytes) {
    if json.len() <= PACKED_FROM_BYTES {
        return (Kind::LedgerRevised, json);
    }
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = out.write_all(&json).and_then(|()| out.finish());
    (Kind::LedgerPacked, Bytes::from(packed.expect("a vector takes everything")))
}

fn unpacked(payload: &Bytes) -> Result<Bytes, String> {
    let (mut json, most) = (Vec::new(), UNPACKED_BYTES_MAX);
    let read = GzDecoder::new(payload.as_ref()).take(most + 1).read_to_end(&mut json);
    match read {
        Ok(_) if u64::try_from(json.len()).is_ok_and(|bytes| bytes <= most) => Ok(Bytes::from(json)),
        Ok(_) => Err(format!("a ledger of more than {most} bytes")),
        Err(error) => Err(error.to_string()),
    }
}

fn frame(payload: &Bytes, session: SessionTrust) -> Result<RawFrame, String> {
    let Some((id, _)) = payload.split_first_chunk::<CONNECTION_BYTES>() else {
        return Err(format!("a frame's record of {} bytes has no connection", payload.len()));
    };
    let connection = ConnectionId(u64::from_le_bytes(*id));
    Ok(RawFrame { connection, session, raw: payload.slice(CONNECTION_BYTES..) })
}

/// The event of a frame whose connection stood elsewhere.
pub(super) const fn frame_event(kind: Kind, connection: u64, raw: Bytes) -> Event {
    let session = match kind {
        Kind::FrameAuthenticated => SessionTrust::Authenticated,
        _ => SessionTrust::Unauthenticated,
    };
    Event::Frame(RawFrame { connection: ConnectionId(connection), session, raw })
}

fn json<T: Serialize>(value: &T) -> Bytes {
    Bytes::from(serde_json::to_vec(value).expect("the model's rows have string keys only"))
}

fn parsed<T: DeserializeOwned>(payload: &Bytes) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|error| error.to_string())
}
