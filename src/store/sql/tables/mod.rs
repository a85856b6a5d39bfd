//! How each list of the ledger lies in its table: identity of a row, row to value, value to row.

mod fleet;
mod papers;
mod places;

use super::{
    entity::VersionedEntity,
    text::{from_text, kind, to_text},
};
use crate::{
    model::{
        ledger::Ledger,
        time::{Timestamp, Validity},
    },
    store::{error::StoreError, ledger::LedgerTable},
};
use sea_orm::IntoActiveModel;

pub(super) use fleet::{Fittings, Labels, Vehicles};
pub(super) use papers::{Approvals, Companies, Districts, TransportApprovals};
pub(super) use places::{Places, Sites, Zones};

/// One list of the ledger and its table.
pub(super) trait VersionedTable {
    /// A row as the house knows it.
    type Value: Clone + PartialEq + Send + Sync;
    /// A row as the table has it.
    type Row: IntoActiveModel<<Self::Entity as sea_orm::EntityTrait>::ActiveModel> + Send + Sync;
    /// The table.
    type Entity: VersionedEntity<Model = Self::Row>;
    /// Its name in outcomes.
    const TABLE: LedgerTable;
    /// The list in a ledger.
    fn rows(ledger: &Ledger) -> &[Self::Value];
    /// What makes two rows the same row; also the canonical order.
    fn key(value: &Self::Value) -> RowKey;
    /// Value to row.
    ///
    /// # Errors
    /// `Corrupt` when a value has no text, which no type of ours allows.
    fn store(value: &Self::Value, recorded: i32) -> Result<Self::Row, StoreError>;
    /// Row to value.
    ///
    /// # Errors
    /// `Corrupt` when the row is none that `store` wrote.
    fn read(row: Self::Row) -> Result<Self::Value, StoreError>;
}

/// Identity of a row among those of its table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    id: String,
    of: String,
    from: Timestamp,
}

impl RowKey {
    /// One row per id.
    fn of_id(id: &str) -> Self {
        Self { id: id.to_owned(), of: String::new(), from: Timestamp::BEGINNING }
    }

    /// Several rows of one id, told apart by when they begin.
    fn of_span(id: &str, from: Timestamp) -> Self {
        Self { id: id.to_owned(), of: String::new(), from }
    }

    /// Several rows of one id, told apart by whom they are about and when they begin.
    fn of_pair(id: &str, of: &str, from: Timestamp) -> Self {
        Self { id: id.to_owned(), of: of.to_owned(), from }
    }
}

/// For error texts: `V-1 / 13900000001 from 2026-01-01T00:00:00+08:00`.
impl std::fmt::Display for RowKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.id)?;
        if !self.of.is_empty() {
            write!(out, " / {}", self.of)?;
        }
        if self.from == Timestamp::BEGINNING { Ok(()) } else { write!(out, " from {}", self.from) }
    }
}

/// Puts the lists of a ledger into their canonical order.
pub(in crate::store) fn sort_ledger(ledger: &mut Ledger) {
    ledger.vehicles.sort_by_cached_key(Vehicles::key);
    ledger.labels.sort_by_cached_key(Labels::key);
    ledger.fittings.sort_by_cached_key(Fittings::key);
    ledger.companies.sort_by_cached_key(Companies::key);
    ledger.transport_approvals.sort_by_cached_key(TransportApprovals::key);
    ledger.sites.sort_by_cached_key(Sites::key);
    ledger.places.sort_by_cached_key(Places::key);
    ledger.approvals.sort_by_cached_key(Approvals::key);
    ledger.zones.sort_by_cached_key(Zones::key);
}

fn validity(from_ms: i64, to_ms: Option<i64>) -> Validity {
    Validity { from: Timestamp::from_millis(from_ms), to: to_ms.map(Timestamp::from_millis) }
}

fn to_ms(validity: &Validity) -> Option<i64> {
    validity.to.map(Timestamp::as_millis)
}
