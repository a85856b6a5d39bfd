//! A policy on its way into the house: store first (a numbered change), then, on a single machine, the record (an input). In a
//! house of many processes the ticker names the newest change, and each worker loads what it lacks.

use super::{AppError, cluster::Ground, house::House, ledger::recorded};
use crate::{
    model::{input::Event, time::Timestamp},
    record::NewInput,
    rules::{Policy, policy::LEAD},
    store::policies::{Enacted, NewPolicy, PolicyStore as _, StoredPolicy},
};
use std::sync::Arc;

/// A policy somebody wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its numbers.
    pub policy: Policy,
    /// First event time for which it is to hold; `None` = as soon as may be.
    pub from: Option<Timestamp>,
    /// Who wants it.
    pub author: String,
}

impl Wish {
    fn order(self, at: Timestamp) -> Result<NewPolicy, AppError> {
        let earliest = at + LEAD;
        let from = self.from.unwrap_or(earliest);
        if from < earliest {
            return Err(AppError::PolicyTooSoon { from, earliest });
        }
        let (policy, hash) = (self.policy.canonical(), self.policy.digest());
        Ok(NewPolicy { policy, hash, from, author: self.author, at })
    }
}

/// Makes it the newest policy of a single machine and records it.
///
/// # Errors
/// It would hold too soon, or store or record refuse.
pub async fn enact(house: &House, wish: Wish) -> Result<Enacted, AppError> {
    let done = house.store.enact(&wish.order(house.clock.now())?).await?;
    let (Enacted::Changed(stored) | Enacted::Unchanged(stored)) = &done;
    record(house, stored).await?;
    Ok(done)
}

/// Makes it the newest policy of a house of many processes; the ticker tells the workers within a second or two.
///
/// # Errors
/// It would hold too soon, or the store refuses.
pub async fn announce(ground: &Ground, wish: Wish) -> Result<Enacted, AppError> {
    Ok(ground.store.enact(&wish.order(ground.clock.now())?).await?)
}

/// Appends what the store has and the record may lack: a crash between the two is mended here.
pub(super) async fn mend(house: &House) -> Result<(), AppError> {
    let missing = house.store.policies_unrecorded().await?;
    if missing.is_empty() {
        return Ok(());
    }
    let revision = |event: &Event| if let Event::PolicyChanged(change) = event { Some(change.revision) } else { None };
    let known = recorded(house, revision).await?;
    for stored in missing {
        match known.get(&stored.revision) {
            Some(seq) => house.store.policy_recorded(stored.revision, *seq).await?,
            None => record(house, &stored).await?,
        }
    }
    Ok(())
}

async fn record(house: &House, stored: &StoredPolicy) -> Result<(), AppError> {
    if stored.seq.is_some() {
        return Ok(());
    }
    let input = NewInput { received: house.clock.now(), event: Event::PolicyChanged(Arc::new(stored.change())) };
    let receipt = house.journal.append(vec![input]).await?;
    Ok(house.store.policy_recorded(stored.revision, receipt.first()).await?)
}
