//! The framer as a `tokio-util` codec (feature `tokio`).

use bytes::{Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::frame::{Frame, FrameLimits, Framer, Refused};

/// Frames in, encoded frames out. A refused stretch is an item, not an error: the connection goes on.
#[derive(Debug)]
pub struct Codec {
    framer: Framer,
}

impl Codec {
    /// A codec at the start of a connection.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self { framer: Framer::new(limits) }
    }

    /// The framer, for its counters.
    #[must_use]
    pub const fn framer(&self) -> &Framer {
        &self.framer
    }
}

impl Decoder for Codec {
    type Item = Result<Frame, Refused>;
    type Error = std::io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Self::Item>, Self::Error> {
        Ok(self.framer.next(source))
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Self::Item>, Self::Error> {
        let item = self.framer.next(source);
        if item.is_none() {
            source.clear();
        }
        Ok(item)
    }
}

impl Encoder<Bytes> for Codec {
    type Error = std::io::Error;

    fn encode(&mut self, frame: Bytes, out: &mut BytesMut) -> Result<(), Self::Error> {
        out.extend_from_slice(&frame);
        Ok(())
    }
}
