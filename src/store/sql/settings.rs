//! Settings on the relational engine.

use super::{SqlStore, episode_entity::setting, error::from_driver};
use crate::store::{error::StoreError, settings::SettingsStore};
use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};

#[async_trait]
impl SettingsStore for SqlStore {
    async fn found(&self, key: &str, value: &str) -> Result<String, StoreError> {
        let db = self.writer()?;
        // What is there is only read and waits for no standby: processes start also while it is away.
        if let Some(kept) = setting::Entity::find_by_id(key).one(&db).await.map_err(from_driver)? {
            return Ok(kept.value);
        }
        let row = setting::ActiveModel { name: Set(key.to_owned()), value: Set(value.to_owned()) };
        let unless_there = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
        let insert = setting::Entity::insert(row).on_conflict(unless_there);
        insert.exec_without_returning(&db).await.map_err(from_driver)?;
        let stored = setting::Entity::find_by_id(key).one(&db).await.map_err(from_driver)?;
        db.vouch().await?;
        stored.map(|row| row.value).ok_or_else(|| StoreError::corrupt(format!("the setting {key} is gone")))
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let stored = setting::Entity::find_by_id(key).one(&self.readers()?).await.map_err(from_driver)?;
        Ok(stored.map(|row| row.value))
    }
}
