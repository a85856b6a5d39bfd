//! The policy's contract on the relational engine.

use super::{
    SqlStore,
    episode_entity::policy,
    error::from_driver,
    lock::Lock,
    text::{to_i64, to_u64},
};
use crate::{
    model::{
        ids::{PolicyRevision, Seq},
        time::Timestamp,
    },
    store::{
        error::StoreError,
        policies::{Enacted, NewPolicy, PolicyStore, StoredPolicy},
    },
};
use async_trait::async_trait;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};

#[async_trait]
impl PolicyStore for SqlStore {
    async fn enact(&self, order: &NewPolicy) -> Result<Enacted, StoreError> {
        let transaction = self.begin().await?;
        Lock::Policies.take(&transaction).await?;
        let newest = newest(&transaction).await?;
        if let Some(row) = newest.as_ref().filter(|row| row.hash == order.hash && row.from_ms <= order.from.as_millis())
        {
            let row = read(row)?;
            transaction.commit().await?;
            return Ok(Enacted::Unchanged(row));
        }
        let row = policy::Model {
            revision: newest.map_or(1, |row| row.revision + 1),
            from_ms: order.from.as_millis(),
            author: order.author.clone(),
            at_ms: order.at.as_millis(),
            hash: order.hash.clone(),
            policy: order.policy.clone(),
            seq: None,
        };
        let insert = policy::Entity::insert(row.clone().into_active_model());
        insert.exec_without_returning(&transaction).await.map_err(from_driver)?;
        transaction.commit().await?;
        Ok(Enacted::Changed(read(&row)?))
    }

    async fn policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError> {
        by_number(&self.readers()?, revision).await?.as_ref().map(read).transpose()
    }

    async fn settled_policy(&self, revision: PolicyRevision) -> Result<Option<StoredPolicy>, StoreError> {
        // One primary for both: of what another has a vouch says nothing.
        let db = self.readers()?;
        let row = by_number(&db, revision).await?;
        if row.is_some() {
            db.vouch().await?;
        }
        row.as_ref().map(read).transpose()
    }

    async fn policies(&self, before: Option<PolicyRevision>, limit: u32) -> Result<Vec<StoredPolicy>, StoreError> {
        let mut select = policy::Entity::find().order_by_desc(policy::Column::Revision).limit(u64::from(limit));
        if let Some(before) = before {
            select = select.filter(policy::Column::Revision.lt(i64::from(before.0)));
        }
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read).collect()
    }

    async fn policy_recorded(&self, revision: PolicyRevision, seq: Seq) -> Result<(), StoreError> {
        let update = policy::Entity::update_many()
            .col_expr(policy::Column::Seq, Expr::value(to_i64(seq.0)?))
            .filter(policy::Column::Revision.eq(i64::from(revision.0)));
        let done = update.exec(&self.writer()?).await.map_err(from_driver)?;
        if done.rows_affected == 1 {
            return Ok(());
        }
        Err(StoreError::conflict(format!("there is no policy {}", revision.0)))
    }

    async fn policies_unrecorded(&self) -> Result<Vec<StoredPolicy>, StoreError> {
        let select =
            policy::Entity::find().filter(policy::Column::Seq.is_null()).order_by_asc(policy::Column::Revision);
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read).collect()
    }
}

async fn by_number(db: &impl ConnectionTrait, revision: PolicyRevision) -> Result<Option<policy::Model>, StoreError> {
    policy::Entity::find_by_id(i64::from(revision.0)).one(db).await.map_err(from_driver)
}

async fn newest(db: &impl ConnectionTrait) -> Result<Option<policy::Model>, StoreError> {
    policy::Entity::find().order_by_desc(policy::Column::Revision).one(db).await.map_err(from_driver)
}

fn read(row: &policy::Model) -> Result<StoredPolicy, StoreError> {
    let number = u32::try_from(row.revision).map_err(|_| StoreError::corrupt(format!("policy {}", row.revision)))?;
    let order = NewPolicy {
        policy: row.policy.clone(),
        hash: row.hash.clone(),
        from: Timestamp::from_millis(row.from_ms),
        author: row.author.clone(),
        at: Timestamp::from_millis(row.at_ms),
    };
    let seq = row.seq.map(|seq| to_u64("seq", seq)).transpose()?.map(Seq);
    Ok(StoredPolicy { revision: PolicyRevision(number), order, seq })
}
