//! The query log on the relational engine. The triggers of the migration refuse any change of a line.

use super::{SqlStore, entity::query, error::from_driver};
use crate::{
    model::time::Timestamp,
    store::{
        codes,
        error::StoreError,
        queries::{LoggedQuery, NewQuery, QueryLog, QueryNumber},
    },
};
use async_trait::async_trait;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::OnConflict,
};

#[async_trait]
impl QueryLog for SqlStore {
    async fn append(&self, query: &NewQuery) -> Result<QueryNumber, StoreError> {
        let row = query::ActiveModel {
            number: NotSet,
            at_ms: Set(query.at.as_millis()),
            actor: Set(query.actor.clone()),
            kind: Set(codes::code(&query.kind)),
            subject: Set(query.subject.clone()),
            reason: Set(query.reason.clone()),
            detail: Set(query.detail.clone()),
            key: Set(Some(query.key.clone())),
        };
        let db = self.writer()?;
        let once = OnConflict::column(query::Column::Key).do_nothing().to_owned();
        let insert = query::Entity::insert(row).on_conflict(once);
        insert.exec_without_returning(&db).await.map_err(from_driver)?;
        let kept = query::Entity::find().filter(query::Column::Key.eq(&*query.key)).one(&db).await;
        let kept = kept.map_err(from_driver)?.ok_or_else(|| StoreError::corrupt("a logged query is not there"))?;
        let LoggedQuery { number, query: logged } = line(kept)?;
        if logged != *query {
            return Err(StoreError::conflict(format!("the key of query {} was used for another look", number.0)));
        }
        db.vouch().await?;
        Ok(number)
    }

    async fn list(&self, before: Option<QueryNumber>, limit: u32) -> Result<Vec<LoggedQuery>, StoreError> {
        let mut select = query::Entity::find().order_by_desc(query::Column::Number).limit(u64::from(limit));
        if let Some(before) = before {
            select = select.filter(query::Column::Number.lt(i64::try_from(before.0).unwrap_or(i64::MAX)));
        }
        select.all(&self.readers()?).await.map_err(from_driver)?.into_iter().map(line).collect()
    }
}

fn line(row: query::Model) -> Result<LoggedQuery, StoreError> {
    let kind = codes::kind(&row.kind)
        .ok_or_else(|| StoreError::corrupt(format!("query {}: unknown kind `{}`", row.number, row.kind)))?;
    let query = NewQuery {
        key: row.key.unwrap_or_default(),
        at: Timestamp::from_millis(row.at_ms),
        actor: row.actor,
        kind,
        subject: row.subject,
        reason: row.reason,
        detail: row.detail,
    };
    Ok(LoggedQuery { number: number(row.number)?, query })
}

fn number(row: i64) -> Result<QueryNumber, StoreError> {
    u64::try_from(row).map(QueryNumber).map_err(|_| StoreError::corrupt(format!("query number {row}")))
}
