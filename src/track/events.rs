//! Loading and putting down, as events with their own times and place; certain only some fixes later.

use super::grade::Grade;
use crate::model::{
    ids::{Seq, SiteId},
    place::Wgs84,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A truck was loaded (出土) or put its load down (消纳).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HaulEvent {
    /// Which of the two.
    pub kind: HaulEventKind,
    /// Start of the stay, or the last fix before the change.
    pub from: Timestamp,
    /// End of the stay as far as known, or the first fix after the change.
    pub to: Timestamp,
    /// Centre of the stay, or where the change was seen; `None` when it happened in a silence.
    pub place: Option<Wgs84>,
    /// The registered site the inference rests on; `None` where a sensor told.
    pub site: Option<SiteId>,
    /// A with a sensor, C inferred or over a silence.
    pub grade: Grade,
    /// What told us.
    pub source: LoadSource,
    /// Frame of the fix at which it showed first.
    pub first: Seq,
}

/// Loading or putting down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaulEventKind {
    /// 出土
    Load,
    /// 消纳
    Unload,
}

/// What the load rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadSource {
    /// 载重传感器
    Sensor,
    /// 由停留推断
    Inferred,
}

/// A loaded leg under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Haul {
    /// First instant of the leg: the loading's end, or the first fix seen loaded.
    pub since: Timestamp,
    /// The loading, if it was seen.
    pub load: Option<HaulEvent>,
    /// What the load rests on.
    pub source: LoadSource,
}
