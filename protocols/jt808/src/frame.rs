//! Frames: from a stream of bytes to header and body, and back.
//!
//! ```text
//! 7E | header 12…21 | body 0…1023 | checksum | 7E       escaped between the delimiters
//! ```
//! Every stretch between two `7E` is a candidate, so one `7E` may end a frame and begin the next, and the framer is in
//! step again at the first delimiter after junk. Per frame: no copy where nothing was escaped, else one copy of the
//! frame; no allocation once the buffers are warm.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::error::{ErrorKind, WireError};
use crate::escape::{self, DELIMITER, ESCAPE};
use crate::header::{self, ChecksumCheck, Header, Layout, LengthCheck, SubPackage};
use crate::ids::MessageId;
use crate::phone::Phone;

/// The longest body a header can announce (10 bits).
pub const MAX_BODY: usize = 1023;
/// The longest honest frame on the wire: 2019 split header, full body, checksum, all escaped, two delimiters.
pub const MAX_FRAME_WIRE: usize = (21 + MAX_BODY + 1) * 2 + 2;
/// Unescaped frames are cut from chunks of this size: one allocation for dozens of frames, none when the chunk is free.
const SCRATCH_CHUNK: usize = 4096;

/// One frame whose checksum held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The escaped bytes with both delimiters, exactly as received: the record.
    pub raw: Bytes,
    /// The header.
    pub header: Header,
    /// The unescaped body without header and checksum.
    pub body: Bytes,
    /// How the length field agrees with `body`.
    pub length: LengthCheck,
    /// [`ChecksumCheck::Holds`], or [`ChecksumCheck::Dropped`] for the one known SDK.
    pub checksum: ChecksumCheck,
}

impl Frame {
    /// Reads one frame from its bytes on the wire, delimiters included.
    ///
    /// # Errors
    /// When the escapes are undefined, the message is shorter than its header, or the checksum is wrong.
    pub fn from_wire(raw: Bytes) -> Result<Self, WireError> {
        Self::with_scratch(raw, &mut BytesMut::new())
    }

    fn with_scratch(raw: Bytes, scratch: &mut BytesMut) -> Result<Self, WireError> {
        let seen = Inspected::with_scratch(&raw, scratch)?;
        if let Some(fault) = seen.fault() {
            return Err(fault);
        }
        Ok(Self { raw, header: seen.header, body: seen.body, length: seen.length, checksum: seen.checksum })
    }
}

/// What can be seen of a frame even when its checksum is wrong: for tools that explain frames, never for a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The unescaped message: header, body and checksum.
    pub message: Bytes,
    /// The header.
    pub header: Header,
    /// The body.
    pub body: Bytes,
    /// How the length field agrees with `body`.
    pub length: LengthCheck,
    /// How the checksum stands.
    pub checksum: ChecksumCheck,
}

impl Inspected {
    /// Looks into one frame, delimiters included.
    ///
    /// # Errors
    /// When the escapes are undefined or the message is shorter than its header.
    pub fn from_wire(raw: &Bytes) -> Result<Self, WireError> {
        Self::with_scratch(raw, &mut BytesMut::new())
    }

    fn with_scratch(raw: &Bytes, scratch: &mut BytesMut) -> Result<Self, WireError> {
        let message = plain(raw, scratch)?;
        let placed = header::place(&message)?;
        let body = message.slice(placed.header.len()..placed.body_end);
        Ok(Self { message, header: placed.header, body, length: placed.length, checksum: placed.checksum })
    }

    /// Why a gateway refuses this frame, if it does: the checksum.
    #[must_use]
    pub fn fault(&self) -> Option<WireError> {
        if self.checksum != ChecksumCheck::Wrong {
            return None;
        }
        let (got, before) = self.message.split_last()?;
        let wanted = usize::from(escape::checksum(before));
        Some(WireError::new(ErrorKind::BadChecksum, "checksum", before.len(), wanted, usize::from(*got)))
    }
}

/// The unescaped message of a frame; shares memory with `raw` when nothing was escaped.
fn plain(raw: &Bytes, scratch: &mut BytesMut) -> Result<Bytes, WireError> {
    let inner = match raw.as_ref() {
        [DELIMITER, .., DELIMITER] => raw.slice(1..raw.len() - 1),
        _ => return Err(WireError::new(ErrorKind::TooShort, "delimiters", 0, 2, raw.len())),
    };
    if !inner.contains(&ESCAPE) {
        return Ok(inner);
    }
    if scratch.capacity() < inner.len() {
        scratch.reserve(inner.len().max(SCRATCH_CHUNK));
    }
    escape::unescape(&inner, scratch)?;
    Ok(scratch.split().freeze())
}

/// A stretch between two delimiters that is not a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The bytes with their delimiters; empty when the stretch was longer than the limit and was not kept.
    pub raw: Bytes,
    /// Why.
    pub error: WireError,
}

/// The named limit of a [`Framer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameLimits {
    /// Most bytes of one frame on the wire, delimiters included.
    pub max_frame_wire: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { max_frame_wire: MAX_FRAME_WIRE }
    }
}

/// Where a framer stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No delimiter seen yet, or the stretch was over the limit: everything up to the next one is junk.
    Outside,
    /// The buffer begins with the delimiter that opens the stretch.
    Opened,
    /// The delimiter that ended the last stretch was taken; it opens the next one unless another follows.
    Shared,
}

/// What the search for the end of a stretch found.
enum Stretch {
    Empty,
    Whole(Bytes),
    TooLong(Refused),
}

/// Cuts frames out of one direction of a connection. Feeds on a buffer that the caller fills.
///
/// The same bytes give the same frames and refusals however they are cut into reads.
///
/// ```
/// use bytes::BytesMut;
/// use jt808::frame::{FrameLimits, Framer};
///
/// let mut framer = Framer::new(FrameLimits::default());
/// let mut buffer = BytesMut::from(&b"junk\x7E\x00\x02\x00\x00\x01\x38\x00"[..]);
/// assert!(framer.next(&mut buffer).is_none());
/// buffer.extend_from_slice(b"\x13\x80\x00\x00\x07\xAF\x7E");
/// let frame = framer.next(&mut buffer).expect("a whole frame").expect("a good one");
/// assert_eq!(frame.header.phone.to_string(), "13800138000");
/// ```
#[derive(Debug)]
pub struct Framer {
    limits: FrameLimits,
    place: Place,
    /// Bytes of the buffer already searched for the closing delimiter.
    searched: usize,
    junk: u64,
    scratch: BytesMut,
}

impl Framer {
    /// A framer at the start of a connection.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self { limits, place: Place::Outside, searched: 0, junk: 0, scratch: BytesMut::new() }
    }

    /// Bytes outside any stretch so far (HTTP scanners and ASCII vendor lines land here), and delimiters with nothing between.
    #[must_use]
    pub const fn junk_bytes(&self) -> u64 {
        self.junk
    }

    /// The next frame or refusal in `buffer`; `None` when more bytes are needed. Takes what it used from `buffer`,
    /// which must be the same buffer on each call, appended to only.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Option<Result<Frame, Refused>> {
        loop {
            match self.place {
                Place::Outside => self.skip_junk(buffer)?,
                Place::Shared if buffer.first()? == &DELIMITER => self.open(),
                Place::Opened | Place::Shared => match self.stretch(buffer)? {
                    Stretch::Empty => {}
                    Stretch::TooLong(refused) => return Some(Err(refused)),
                    Stretch::Whole(raw) => return Some(self.read(raw)),
                },
            }
        }
    }

    fn read(&mut self, raw: Bytes) -> Result<Frame, Refused> {
        Frame::with_scratch(raw.clone(), &mut self.scratch).map_err(|error| Refused { raw, error })
    }

    /// The buffer begins with a delimiter: it opens a stretch.
    fn open(&mut self) {
        self.place = Place::Opened;
        self.searched = 1;
    }

    /// Drops everything before the next delimiter.
    fn skip_junk(&mut self, buffer: &mut BytesMut) -> Option<()> {
        let found = buffer.iter().position(|&byte| byte == DELIMITER);
        let skipped = found.unwrap_or(buffer.len());
        self.junk = self.junk.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
        buffer.advance(skipped);
        found?;
        self.open();
        Some(())
    }

    /// Takes the stretch up to and with the next delimiter.
    fn stretch(&mut self, buffer: &mut BytesMut) -> Option<Stretch> {
        let taken = usize::from(self.place == Place::Shared);
        let window = buffer.len().min(self.limits.max_frame_wire.saturating_sub(taken));
        let unseen = buffer.get(self.searched..window).unwrap_or_default();
        let Some(at) = unseen.iter().position(|&byte| byte == DELIMITER) else {
            self.searched = self.searched.max(window);
            return (buffer.len() > window).then(|| self.give_up(buffer, window));
        };
        let piece = buffer.split_to(self.searched + at + 1).freeze();
        let whole = if taken == 0 { piece } else { with_delimiter(&piece) };
        self.place = Place::Shared;
        self.searched = 0;
        if whole.len() > 2 {
            return Some(Stretch::Whole(whole));
        }
        // Two delimiters with nothing between.
        self.junk = self.junk.saturating_add(2);
        Some(Stretch::Empty)
    }

    fn give_up(&mut self, buffer: &mut BytesMut, window: usize) -> Stretch {
        buffer.advance(window);
        self.place = Place::Outside;
        self.searched = 0;
        let limit = self.limits.max_frame_wire;
        let error = WireError::new(ErrorKind::TooLong, "frame", 0, limit, limit.saturating_add(1));
        Stretch::TooLong(Refused { raw: Bytes::new(), error })
    }
}

/// The rare stretch that shares its opening delimiter with the frame before: the record wants both.
fn with_delimiter(piece: &[u8]) -> Bytes {
    let mut whole = BytesMut::with_capacity(piece.len() + 1);
    whole.put_u8(DELIMITER);
    whole.put_slice(piece);
    whole.freeze()
}

/// What a frame to be sent says in its header; body length and flags are made from the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The layout, 2011/2013 or 2019.
    pub layout: Layout,
    /// Bit 14. Follows the layout unless a terminal lied in it and gets its own way back.
    pub version_flag: bool,
    /// The terminal's phone.
    pub phone: Phone,
    /// The serial number of this frame.
    pub serial: u16,
    /// Set for one packet of a split message.
    pub split: Option<SubPackage>,
}

impl Head {
    /// A plain header.
    #[must_use]
    pub const fn new(layout: Layout, phone: Phone, serial: u16) -> Self {
        Self { layout, version_flag: matches!(layout, Layout::Long { .. }), phone, serial, split: None }
    }

    /// The header of an answer: same format as the request (section 2.1, 4).
    #[must_use]
    pub const fn reply_to(request: &Header, serial: u16) -> Self {
        let version_flag = request.properties.version_flag();
        Self { layout: request.layout, version_flag, phone: request.phone, serial, split: None }
    }

    /// Appends one whole frame to `out`: header, body and checksum, escaped, between delimiters.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] when the body is over [`MAX_BODY`] or the phone does not fit the layout.
    pub fn encode(&self, id: MessageId, body: &[u8], out: &mut BytesMut) -> Result<(), WireError> {
        if body.len() > MAX_BODY {
            return Err(WireError::new(ErrorKind::TooLong, "body", 0, MAX_BODY, body.len()));
        }
        if !matches!(self.layout, Layout::Long { .. }) && !self.phone.fits_six() {
            return Err(WireError::new(ErrorKind::TooLong, "phone", 4, 6, 10));
        }
        out.reserve(body.len() + body.len() / 8 + 32);
        out.put_u8(DELIMITER);
        let mut sum = 0;
        let mut put = |bytes: &[u8]| {
            escape::escape(bytes, out);
            sum ^= escape::checksum(bytes);
        };
        put(&id.0.to_be_bytes());
        put(&self.properties(body.len()).to_be_bytes());
        match self.layout {
            Layout::Short | Layout::ShortByteSerial => put(&self.phone.six()),
            Layout::Long { version } => {
                put(&[version]);
                put(&self.phone.packed());
            }
        }
        let [serial_high, serial_low] = self.serial.to_be_bytes();
        match self.layout {
            Layout::ShortByteSerial => put(&[serial_low]),
            Layout::Short | Layout::Long { .. } => put(&[serial_high, serial_low]),
        }
        if let Some(split) = self.split {
            put(&split.total.to_be_bytes());
            put(&split.index.to_be_bytes());
        }
        put(body);
        escape::put_escaped(sum, out);
        out.put_u8(DELIMITER);
        Ok(())
    }

    fn properties(&self, body_len: usize) -> u16 {
        let length = u16::try_from(body_len).unwrap_or(u16::MAX) & 0x03FF;
        length | u16::from(self.split.is_some()) << 13 | u16::from(self.version_flag) << 14
    }
}
