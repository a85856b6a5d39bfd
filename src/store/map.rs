//! Layers of the map that every api shows: the contract of layers.

use super::{error::StoreError, import::MapLayers};
use async_trait::async_trait;

/// Roads and townships, drawn behind what the ledger knows and never judged by.
#[async_trait]
pub trait MapStore: Send + Sync {
    /// Keeps the layers; one that is absent stays as it is. Durable when it returns. Idempotent.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn put_layers(&self, layers: &MapLayers) -> Result<(), StoreError>;

    /// The layers as they were put last.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn layers(&self) -> Result<MapLayers, StoreError>;
}
