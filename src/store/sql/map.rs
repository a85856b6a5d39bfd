//! Layers of the map on the relational engine: a row each.

use super::{SqlStore, episode_entity::map_layer, error::from_driver};
use crate::store::{error::StoreError, import::MapLayers, map::MapStore};
use async_trait::async_trait;
use sea_orm::{ActiveValue::Set, EntityTrait as _, sea_query::OnConflict};

const ROADS: &str = "roads";
const TOWNSHIPS: &str = "townships";

#[async_trait]
impl MapStore for SqlStore {
    async fn put_layers(&self, layers: &MapLayers) -> Result<(), StoreError> {
        let db = &self.writer()?;
        for (name, layer) in [(ROADS, &layers.roads), (TOWNSHIPS, &layers.townships)] {
            let Some(text) = layer else { continue };
            let row = map_layer::ActiveModel { name: Set(name.to_owned()), geojson: Set(text.clone()) };
            let newest =
                OnConflict::column(map_layer::Column::Name).update_column(map_layer::Column::Geojson).to_owned();
            let insert = map_layer::Entity::insert(row).on_conflict(newest);
            insert.exec_without_returning(db).await.map_err(from_driver)?;
        }
        db.vouch().await
    }

    async fn layers(&self) -> Result<MapLayers, StoreError> {
        let mut layers = MapLayers::default();
        for row in map_layer::Entity::find().all(&self.readers()?).await.map_err(from_driver)? {
            match row.name.as_str() {
                ROADS => layers.roads = Some(row.geojson),
                TOWNSHIPS => layers.townships = Some(row.geojson),
                other => tracing::debug!(layer = other, "a layer of another version is not shown"),
            }
        }
        Ok(layers)
    }
}
