//! Decoded L0 rows that a reader keeps. They never change, and every terminal is in nearly every one at full load: each is
//! fetched and decoded once per process, however many terminals are asked for before it becomes blocks.

use crate::{
    model::{
        ids::{GatewayNumber, TerminalId},
        input::Input,
    },
    record::{
        RecordError,
        copied::{Filing, decode},
    },
};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Most bytes of bodies kept. 128 MiB: the unblocked rows of 32 gateways.
const KEPT_BYTES_MAX: usize = 128 << 20;

/// Which row: gateway, first number, last number. After a fail-over the copier may begin a row where the old primary had a
/// shorter one.
pub(super) type RowKey = (i16, i64, i64);

/// One row, decoded.
#[derive(Debug)]
pub(super) struct FreshRow {
    bytes: usize,
    inputs: Vec<Input>,
    terminals: BTreeMap<TerminalId, Vec<(Filing, usize)>>,
}

/// The rows kept.
#[derive(Debug, Default)]
pub(super) struct Fresh(Mutex<BTreeMap<RowKey, Arc<FreshRow>>>);

impl FreshRow {
    pub(super) fn decoded(gateway: GatewayNumber, body: Bytes) -> Result<Self, RecordError> {
        let bytes = body.len();
        let inputs = decode(gateway, body)?;
        let mut terminals: BTreeMap<TerminalId, Vec<(Filing, usize)>> = BTreeMap::new();
        for (place, input) in inputs.iter().enumerate() {
            if let Some(filing) = Filing::of(input) {
                terminals.entry(filing.terminal).or_default().push((filing, place));
            }
        }
        Ok(Self { bytes, inputs, terminals })
    }

    /// The terminal's frames in it, ascending.
    pub(super) fn frames(&self, terminal: TerminalId) -> impl Iterator<Item = (Filing, &Input)> {
        let places = self.terminals.get(&terminal).into_iter().flatten();
        places.filter_map(|(filing, place)| Some((*filing, self.inputs.get(*place)?)))
    }
}

impl Fresh {
    /// What is kept now.
    pub(super) fn kept(&self) -> BTreeMap<RowKey, Arc<FreshRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the rows that there are now, as many as there is room for.
    pub(super) fn keep(&self, rows: BTreeMap<RowKey, Arc<FreshRow>>) {
        let mut bytes = 0;
        let fits = |row: &FreshRow| {
            bytes += row.bytes;
            bytes <= KEPT_BYTES_MAX
        };
        let mut fits = fits;
        let kept = rows.into_iter().filter(|(_, row)| fits(row)).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}
