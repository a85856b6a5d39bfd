//! Words on their way to a terminal: what a driver's display can be sent.

use jt808::{messages::MAX_TEXT, text::Text};

/// Longest text, bytes of GBK (a Chinese character has two): what fits into one frame of every edition.
pub const WORDS_BYTES_MAX: usize = MAX_TEXT;

/// Why words cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsRefused {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// A character that terminals cannot write.
    #[error("`{0}` cannot be written in GBK, which is all that terminals know")]
    NotGbk(char),
    /// A character that is none: terminals may take it for a command of theirs.
    #[error("the text has a control character (U+{0:04X})")]
    Control(u32),
    /// Over the limit.
    #[error("the text has {bytes} bytes in GBK, at most {WORDS_BYTES_MAX} can be sent")]
    TooLong {
        /// Bytes it has.
        bytes: usize,
    },
}

/// The words without blanks around them, if they can be sent.
///
/// # Errors
/// Empty, not GBK, a control character other than a line break, or too long.
pub fn sendable(words: &str) -> Result<&str, WordsRefused> {
    let words = words.trim();
    if words.is_empty() {
        return Err(WordsRefused::Empty);
    }
    let mut bytes = 0;
    for letter in words.chars() {
        if letter.is_control() && letter != '\n' {
            return Err(WordsRefused::Control(letter.into()));
        }
        let encoded = Text::encode("text", letter.encode_utf8(&mut [0; 4]));
        bytes += encoded.map_err(|_| WordsRefused::NotGbk(letter))?.as_bytes().len();
    }
    if bytes > WORDS_BYTES_MAX { Err(WordsRefused::TooLong { bytes }) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_can_show_is_sendable() {
        // Proves: Chinese up to the last byte passes, without the blanks around; each refusal names what it found.
        assert_eq!(sendable(" 请靠边停车\n接受检查 "), Ok("请靠边停车\n接受检查"));
        let longest = "停".repeat(WORDS_BYTES_MAX / 2) + "!";
        assert_eq!(sendable(&longest), Ok(longest.as_str()));
        assert_eq!(sendable(&(longest.clone() + "!")), Err(WordsRefused::TooLong { bytes: WORDS_BYTES_MAX + 1 }));
        assert_eq!(sendable("\t \n"), Err(WordsRefused::Empty));
        assert_eq!(sendable("停🚚"), Err(WordsRefused::NotGbk('🚚')));
        assert_eq!(sendable("停\u{7}车"), Err(WordsRefused::Control(7)));
    }
}
