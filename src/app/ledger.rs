//! A ledger on its way into the house: store first (a revision), then the record (an input), then everybody who asks.

use super::{AppError, house::House};
use crate::{
    model::{
        ids::{Revision, Seq},
        input::{Event, LedgerRevision},
        ledger::Ledger,
    },
    record::NewInput,
    store::ledger::{ImportOutcome, LedgerStore, WhichRevision},
};
use std::{collections::BTreeMap, sync::Arc};

/// Makes `ledger` the newest revision and records it. An equal ledger changes nothing.
///
/// # Errors
/// Two rows have one identity, or store or record refuse.
pub async fn revise(house: &House, ledger: &Ledger, author: &str) -> Result<ImportOutcome, AppError> {
    // A revision that the store has and the record cannot take would keep the house from starting.
    let draft = LedgerRevision { revision: Revision(u32::MAX), author: author.to_owned(), ledger: ledger.clone() };
    house.journal.takes(NewInput { received: house.clock.now(), event: Event::LedgerRevised(Arc::new(draft)) })?;
    let outcome = house.store.import(ledger, author, house.clock.now()).await?;
    record(house, outcome.entry.revision).await?;
    Ok(outcome)
}

/// Appends what the store has and the record may lack: a crash between the two is mended here.
pub(super) async fn mend(house: &House) -> Result<(), AppError> {
    let pending = house.store.pending().await?;
    if pending.is_empty() {
        return Ok(());
    }
    let revision = |event: &Event| if let Event::LedgerRevised(change) = event { Some(change.revision) } else { None };
    let known = recorded(house, revision).await?;
    for entry in pending {
        match known.get(&entry.revision) {
            Some(seq) => house.store.confirm(entry.revision, *seq).await?,
            None => record(house, entry.revision).await?,
        }
    }
    Ok(())
}

async fn record(house: &House, revision: Revision) -> Result<(), AppError> {
    let Some(found) = house.store.load(WhichRevision::Number(revision)).await? else { return Ok(()) };
    if found.entry.seq.is_some() {
        return Ok(());
    }
    let change = LedgerRevision { revision, author: found.entry.author, ledger: found.ledger };
    let input = NewInput { received: house.clock.now(), event: Event::LedgerRevised(Arc::new(change)) };
    let receipt = house.journal.append(vec![input]).await?;
    house.store.confirm(revision, receipt.first()).await?;
    Ok(())
}

/// What `key` names in the record, with its places. Read only after a crash between store and record.
pub(super) async fn recorded<K: Ord + Send + 'static>(
    house: &House,
    key: fn(&Event) -> Option<K>,
) -> Result<BTreeMap<K, Seq>, AppError> {
    let reader = house.journal.read_from(Seq(1));
    let scan = move || {
        let mut found = BTreeMap::new();
        for input in reader {
            let input = input?;
            if let Some(key) = key(&input.event) {
                found.insert(key, input.seq);
            }
        }
        Ok::<_, AppError>(found)
    };
    tokio::task::spawn_blocking(scan).await.map_err(|error| AppError::Task(error.to_string()))?
}
