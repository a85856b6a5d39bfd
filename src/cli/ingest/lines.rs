//! Lines of a capture: `{"received": "2026-11-24T08:00:00+08:00", "connection": 17, "hex": "7e…7e"}`.

use crate::model::{ids::ConnectionId, time::Timestamp};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::BufRead;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Captured {
    /// Receive time.
    pub(super) received: Timestamp,
    /// On which connection.
    pub(super) connection: ConnectionId,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// Bytes of the line, for progress.
    pub(super) line_bytes: u64,
}

/// A line that cannot be used; lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    /// The file cannot be read.
    #[error("line {line}: {source}")]
    Io {
        /// Which line.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not such an object.
    #[error("line {line} is not {{\"received\", \"connection\", \"hex\"}}: {reason}")]
    Shape {
        /// Which line.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Receive times run backwards.
    #[error(
        "line {line} was received at {received}, before {before}: sort the lines by `received`; it may not go back"
    )]
    Backwards {
        /// Which line.
        line: u64,
        /// Its receive time.
        received: Timestamp,
        /// The one before it, or the newest in the data folder.
        before: Timestamp,
    },
}

/// The lines of a capture in order.
pub(super) struct Lines<R> {
    from: R,
    line: u64,
    newest: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    received: Moment,
    connection: Name,
    hex: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Millis(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u64),
    Text(String),
}

impl<R: BufRead> Lines<R> {
    /// The lines of `from`, none received before `newest`.
    pub(super) const fn new(from: R, newest: Timestamp) -> Self {
        Self { from, line: 0, newest }
    }

    fn read(&mut self) -> Result<Option<Captured>, LineError> {
        loop {
            let mut text = String::new();
            self.line += 1;
            let line = self.line;
            let read = self.from.read_line(&mut text).map_err(|source| LineError::Io { line, source })?;
            if read == 0 {
                return Ok(None);
            }
            if !text.trim().is_empty() {
                let line_bytes = u64::try_from(read).unwrap_or(u64::MAX);
                return self.parse(text.trim(), line_bytes).map(Some);
            }
        }
    }

    fn parse(&mut self, text: &str, line_bytes: u64) -> Result<Captured, LineError> {
        let line = self.line;
        let shape = |reason: String| LineError::Shape { line, reason };
        let row: Row = serde_json::from_str(text).map_err(|error| shape(error.to_string()))?;
        let received = match row.received {
            Moment::Millis(millis) => Timestamp::from_millis(millis),
            Moment::Text(text) => Timestamp::parse(&text).map_err(|error| shape(error.to_string()))?,
        };
        if received < self.newest {
            return Err(LineError::Backwards { line, received, before: self.newest });
        }
        self.newest = received;
        let bytes =
            unhex(&row.hex).ok_or_else(|| shape("`hex` holds something that is not pairs of hex digits".to_owned()))?;
        Ok(Captured { received, connection: number(row.connection), bytes, line_bytes })
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Captured, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// A number stands for itself; a name for the first 63 bits of its digest.
fn number(name: Name) -> ConnectionId {
    match name {
        Name::Number(number) => ConnectionId(number),
        Name::Text(text) => {
            let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            let head = digest.first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head));
            ConnectionId(head >> 1)
        }
    }
}

/// Bytes of hex digits; blanks between them are nothing.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|char| !char.is_whitespace()).map(|char| char.to_digit(16));
    let digits: Vec<u8> =
        digits.map(|digit| digit.and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    digits.chunks(2).map(|pair| if let [high, low] = pair { Some(high << 4 | low) } else { None }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Result<Captured, LineError>> {
        Lines::new(text.as_bytes(), Timestamp::from_millis(1_000)).collect()
    }

    #[test]
    fn a_line_names_time_connection_and_bytes() {
        // Proves: both spellings of time and connection, blanks in hex, blank lines.
        let text = "{\"received\": 1000, \"connection\": 7, \"hex\": \"7e 00 7E\"}\n\n\
                    {\"received\": \"1970-01-01T08:00:02+08:00\", \"connection\": \"a\", \"hex\": \"\"}\n";
        let read: Vec<Captured> = lines(text).into_iter().collect::<Result<_, _>>().expect("two lines");
        assert_eq!(read[0].bytes, [0x7e, 0, 0x7e]);
        assert_eq!((read[0].connection, read[1].received), (ConnectionId(7), Timestamp::from_millis(2_000)));
        assert!(read[1].connection.0 > 0 && read[1].connection.0 < 1 << 63);
    }

    #[test]
    fn errors_name_the_line() {
        // Proves: time that goes back (also behind the folder's newest), odd hex and unknown keys, each with its line.
        let row =
            |received: i64, hex: &str| format!("{{\"received\": {received}, \"connection\": 1, \"hex\": \"{hex}\"}}\n");
        let error =
            |text: String| lines(&text).pop().and_then(Result::err).map(|error| error.to_string()).unwrap_or_default();
        assert!(error(row(2_000, "7e") + "\n" + &row(1_999, "7e")).starts_with("line 3 was received at"));
        assert!(error(row(999, "7e")).starts_with("line 1 was received at"));
        assert!(error(row(1_000, "7e0")).starts_with("line 1 is not"));
        assert!(error("{\"received\": 1, \"conn\": 1}\n".to_owned()).starts_with("line 1 is not"));
    }
}
