//! Bytes as people and interfaces see them.

use std::fmt::Write as _;

/// Lower-case hex digits.
///
/// # Panics
/// Never: a String takes everything.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}
