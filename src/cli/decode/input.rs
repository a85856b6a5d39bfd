//! Where the bytes come from: hex lines, or one stream that is raw or hex.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::view::Fault;

/// Bytes taken from a stream at once.
const CHUNK: usize = 64 * 1024;

/// How the input is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Each line stands alone.
    Lines,
    /// One direction of a connection.
    Stream,
}

/// Some bytes, or why there are none.
#[derive(Debug)]
pub(super) enum Piece {
    /// Bytes to be framed.
    Bytes { line: usize, bytes: Vec<u8> },
    /// Text that is not hex.
    Bad { line: usize, fault: Fault },
}

/// The pieces of one file, in order.
pub(super) struct Pieces {
    source: Box<dyn BufRead>,
    kind: Kind,
    line: usize,
    /// In a stream: not yet known, raw, or hex with the half byte that waits for its other half.
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Unknown,
    Raw,
    Hex { half: Option<u8> },
}

impl Pieces {
    /// Opens a file; `-` is stdin.
    pub(super) fn open(path: &Path, kind: Kind) -> io::Result<Self> {
        let source: Box<dyn BufRead> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path)?))
        };
        Ok(Self { source, kind, line: 0, form: Form::Unknown })
    }

    fn next_line(&mut self) -> io::Result<Option<Piece>> {
        loop {
            let mut text = Vec::new();
            if self.source.read_until(b'\n', &mut text)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let text = text.trim_ascii();
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            let line = self.line;
            return Ok(Some(match unhex(text, &mut None) {
                Ok(_) if digits(text) % 2 == 1 => Piece::Bad { line, fault: Fault::odd_digits(text.len()) },
                Ok(bytes) => Piece::Bytes { line, bytes },
                Err(fault) => Piece::Bad { line, fault },
            }));
        }
    }

    fn next_chunk(&mut self) -> io::Result<Option<Piece>> {
        let mut chunk = Vec::with_capacity(CHUNK);
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        if self.source.by_ref().take(limit).read_to_end(&mut chunk)? == 0 {
            return Ok(None);
        }
        let hex = chunk.iter().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace());
        if let Form::Unknown = self.form {
            self.form = if hex { Form::Hex { half: None } } else { Form::Raw };
        }
        Ok(Some(match &mut self.form {
            Form::Hex { half } => match unhex(&chunk, half) {
                Ok(bytes) => Piece::Bytes { line: 1, bytes },
                Err(fault) => Piece::Bad { line: 1, fault },
            },
            Form::Raw | Form::Unknown => Piece::Bytes { line: 1, bytes: chunk },
        }))
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.kind {
            Kind::Lines => self.next_line(),
            Kind::Stream => self.next_chunk(),
        }
        .transpose()
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().filter(|byte| !byte.is_ascii_whitespace()).count()
}

/// Bytes from hex digits; white space may stand anywhere. `half` carries a half byte from one call to the next.
fn unhex(text: &[u8], half: &mut Option<u8>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for (offset, &character) in text.iter().enumerate() {
        if character.is_ascii_whitespace() {
            continue;
        }
        let digit = match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            b'A'..=b'F' => character - b'A' + 10,
            _ => return Err(Fault::not_hex(character, offset)),
        };
        match half.take() {
            Some(high) => bytes.push(high << 4 | digit),
            None => *half = Some(digit),
        }
    }
    Ok(bytes)
}
