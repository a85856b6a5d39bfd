//! Escaping (section 1): between the delimiters `7D` travels as `7D 01` and `7E` as `7D 02`.
//!
//! ```text
//! send:    header + body → append XOR → escape → 7E … 7E
//! receive: 7E … 7E → unescape → check XOR → header, body
//! example: 30 7E 08 7D 55  ⇄  7E 30 7D 02 08 7D 01 55 7E
//! ```

use bytes::{BufMut, BytesMut};

use crate::error::{ErrorKind, WireError};

/// The byte at both ends of a frame.
pub const DELIMITER: u8 = 0x7E;
/// The byte that opens an escape pair.
pub const ESCAPE: u8 = 0x7D;

/// Appends the escaped form of `plain` to `out` (without delimiters).
pub fn escape(plain: &[u8], out: &mut BytesMut) {
    for &byte in plain {
        put_escaped(byte, out);
    }
}

/// Appends one byte in its escaped form.
pub(crate) fn put_escaped(byte: u8, out: &mut BytesMut) {
    match byte {
        ESCAPE => out.put_slice(&[ESCAPE, 0x01]),
        DELIMITER => out.put_slice(&[ESCAPE, 0x02]),
        plain => out.put_u8(plain),
    }
}

/// Appends the plain form of `escaped` (what stands between two delimiters) to `out`.
///
/// # Errors
/// [`ErrorKind::BadEscape`] for a pair the standard does not define; `offset` counts in `escaped`. `out` then holds
/// what came before.
pub fn unescape(escaped: &[u8], out: &mut BytesMut) -> Result<(), WireError> {
    let mut rest = escaped;
    while let Some(at) = rest.iter().position(|&byte| byte == ESCAPE) {
        let (plain, tail) = rest.split_at(at);
        out.put_slice(plain);
        let offset = escaped.len() - tail.len();
        match tail.get(1) {
            Some(0x01) => out.put_u8(ESCAPE),
            Some(0x02) => out.put_u8(DELIMITER),
            other => {
                let got = other.copied().map_or(usize::from(DELIMITER), usize::from);
                return Err(WireError::new(ErrorKind::BadEscape, "escape", offset, 0x02, got));
            }
        }
        rest = tail.get(2..).unwrap_or_default();
    }
    out.put_slice(rest);
    Ok(())
}

/// The checksum of section 1: XOR over `bytes`.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves the worked example of section 1 in both directions.
    #[test]
    fn worked_example() {
        let plain = [0x30, 0x7E, 0x08, 0x7D, 0x55];
        let wire = [0x30, 0x7D, 0x02, 0x08, 0x7D, 0x01, 0x55];
        let (mut there, mut back) = (BytesMut::new(), BytesMut::new());
        escape(&plain, &mut there);
        assert_eq!(there[..], wire);
        unescape(&there, &mut back).unwrap();
        assert_eq!(back[..], plain);
    }

    /// Proves that an undefined pair and a lone escape at the end are refused with their place.
    #[test]
    fn undefined_pairs() {
        let mut out = BytesMut::new();
        let error = unescape(&[1, 2, ESCAPE, 0x03, 4], &mut out).unwrap_err();
        assert_eq!((error.kind, error.offset, error.got), (ErrorKind::BadEscape, 2, 3));
        let error = unescape(&[1, ESCAPE], &mut out).unwrap_err();
        assert_eq!((error.kind, error.offset, error.got), (ErrorKind::BadEscape, 1, 0x7E));
    }
}
