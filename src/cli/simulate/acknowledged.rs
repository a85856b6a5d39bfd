//! Every frame the server acknowledged, noted as it happens: what a test asks the record for afterwards.

use crate::{
    clock::wall_now,
    model::{hex::hex, ids::TerminalId, time::Timestamp},
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The list, or nothing where none was asked for. A line that cannot be written is told at the end.
#[derive(Debug, Default)]
pub(super) struct Acknowledged(Option<Mutex<List>>);

#[derive(Debug)]
struct List {
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    terminal: &'a str,
    /// First sent, wall time, ms UTC.
    sent_ms: i64,
    /// Answer taken, wall time, ms UTC.
    acknowledged_ms: i64,
    /// As sent, delimiters and escapes included.
    hex: String,
}

impl Acknowledged {
    /// Begins an empty list.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(path));
        let file = made.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(Some(Mutex::new(List { file: BufWriter::new(file), failed: None }))))
    }

    /// Notes one frame whose success has just come.
    pub(super) fn note(&self, terminal: TerminalId, sent: Timestamp, wire: &[u8]) {
        let Some(list) = &self.0 else { return };
        let terminal = &terminal.to_string();
        let (sent_ms, acknowledged_ms) = (sent.as_millis(), wall_now().as_millis());
        list.lock().unwrap_or_else(PoisonError::into_inner).write(&Line {
            terminal,
            sent_ms,
            acknowledged_ms,
            hex: hex(wire),
        });
    }

    /// Sees to it that everything is in the file.
    ///
    /// # Errors
    /// A line could not be written.
    pub(super) fn finish(&self) -> Result<()> {
        let Some(list) = &self.0 else { return Ok(()) };
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = list.failed.take().map_or(Ok(()), Err);
        failed.and_then(|()| list.file.flush()).context("the list of acknowledged frames is incomplete")
    }
}

impl List {
    fn write(&mut self, line: &Line<'_>) {
        let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
        if let Err(error) = written.and_then(|()| self.file.write_all(b"\n")) {
            self.failed.get_or_insert(error);
        }
    }
}
