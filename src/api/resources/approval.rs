//! An approval as an officer reads it: what it allows, and what of it fails at an instant.

use crate::api::{names::BindsName, shapes::Geometry};
use serde::Serialize;
use utoipa::ToSchema;

/// One approved haul, judged at an instant.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ApprovalCard {
    /// Document number.
    pub id: String,
    /// Issuing district.
    pub district: String,
    /// Whether it counts here: issued by this district or one it recognises.
    pub recognised: bool,
    /// First instant it holds, RFC 3339; `null` = always did.
    pub valid_from: Option<String>,
    /// First instant it no longer holds, RFC 3339; `null` = until further notice.
    pub valid_to: Option<String>,
    /// Whether it holds at the instant asked about.
    pub valid_now: bool,
    /// Where it may load.
    pub load_site: Option<SiteRef>,
    /// Where it may put down.
    pub disposal_site: Option<SiteRef>,
    /// Its hours in Chinese.
    pub windows_zh: String,
    /// Its hours in English.
    pub windows_en: String,
    /// Whether its hours are open at that instant.
    pub open_now: bool,
    /// What route and hours bind.
    pub binds: BindsName,
    /// The approved way, a `LineString`; `null` when none was entered (route rule off).
    pub route: Option<Geometry>,
    /// What of it fails at that instant; empty = nothing.
    pub failed: Vec<ApprovalFault>,
}

/// A site by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SiteRef {
    /// Ledger code.
    pub id: String,
    /// Name as registered; the code where the ledger has no such site.
    pub name: String,
}

/// What of an approval fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalFault {
    /// Not yet or no longer valid.
    Validity,
    /// Of a district that does not count here.
    District,
    /// Outside its hours.
    Window,
    /// Off its way.
    Route,
    /// At another site.
    Site,
}
