//! An approval as an officer reads it: what it allows, and what of it fails at an instant.

use crate::{
    api::{
        book::Book,
        hours,
        names::{BindsName, span_text},
        shapes::{self, Geometry},
    },
    model::{approval::Approval, ids::SiteId, time::Timestamp},
    rules::observation::open_at,
};
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

impl ApprovalCard {
    /// An approval as it stands at `at`; `found` are faults that only the truck's own track can show.
    #[must_use]
    pub fn new(approval: &Approval, book: &Book, at: Timestamp, found: &[ApprovalFault]) -> Self {
        let (valid_from, valid_to) = span_text(&approval.validity);
        let windows = hours::words(&approval.windows);
        let recognised = book.recognises(&approval.district);
        let (valid_now, open_now) = (approval.validity.holds_at(at), open_at(&approval.windows, at));
        let papers = [
            (!valid_now, ApprovalFault::Validity),
            (!recognised, ApprovalFault::District),
            (!open_now, ApprovalFault::Window),
        ];
        let failed = papers.into_iter().filter(|(failed, _)| *failed).map(|(_, fault)| fault);
        Self {
            id: approval.id.to_string(),
            district: approval.district.to_string(),
            recognised,
            valid_from,
            valid_to,
            valid_now,
            load_site: approval.load_site.as_ref().map(|id| SiteRef::new(id, book)),
            disposal_site: approval.disposal_site.as_ref().map(|id| SiteRef::new(id, book)),
            windows_zh: windows.zh,
            windows_en: windows.en,
            open_now,
            binds: approval.binds.into(),
            route: shapes::line(&approval.route),
            failed: failed.chain(found.iter().copied()).collect(),
        }
    }
}

impl SiteRef {
    fn new(id: &SiteId, book: &Book) -> Self {
        let name = book.site(id).map_or_else(|| id.to_string(), |site| site.name.clone());
        Self { id: id.to_string(), name }
    }
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
