//! The district whose bureau runs this installation.

use super::{ids::DistrictId, place::Area};
use serde::{Deserialize, Serialize};

/// Who we are and where we reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct District {
    /// GB/T 2260 code.
    pub id: DistrictId,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Whether everything in the ledger is invented; every screen says so.
    pub origin: Origin,
    /// Outline. Fixes more than 20 km outside its box are rejected.
    pub outline: Area,
    /// Districts whose approvals count here too.
    pub recognises: Vec<DistrictId>,
}

/// Real or invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An office entered it.
    Official,
    /// Our simulator made it.
    Synthetic,
}
