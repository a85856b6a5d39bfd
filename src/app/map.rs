//! Layers of the map that a version before the store kept them left in a data folder.

use super::AppError;
use crate::store::{import::MapLayers, map::MapStore};
use std::path::Path;

/// Puts into the store what it has not; the folder is kept as it is and not read again once the store has its layers.
pub(super) async fn adopt(folder: &Path, store: &dyn MapStore) -> Result<(), AppError> {
    let left = match MapLayers::left_in(folder) {
        Ok(left) => left,
        Err(error) => {
            tracing::warn!(folder = %folder.join("map").display(), %error, "the map's layers there cannot be read and are left out");
            return Ok(());
        }
    };
    if left.is_empty() {
        return Ok(());
    }
    let new = left.beyond(&store.layers().await?);
    if new.is_empty() {
        return Ok(());
    }
    let (roads, townships) = (new.roads.is_some(), new.townships.is_some());
    tracing::info!(folder = %folder.join("map").display(), roads, townships, "layers of the map go into the store, for every api");
    Ok(store.put_layers(&new).await?)
}
