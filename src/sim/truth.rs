//! What really happened: one line a deed, written as NDJSON beside the frames.

use crate::model::{
    ids::{CompanyId, SiteId, TerminalId, VehicleId, ZoneId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The breaches a driver can commit here, by the names of the rules that should find them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// 未登记终端
    UnknownTerminal,
    /// 无有效核准
    NoApproval,
    /// 无运输核准企业
    CompanyWithoutApproval,
    /// 违规装载
    UnapprovedLoading,
    /// 偏离路线
    OffRoute,
    /// 非规定时间
    OutsideWindow,
    /// 黄标车闯限行区
    YellowZone,
}

impl Breach {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::UnknownTerminal,
        Self::NoApproval,
        Self::CompanyWithoutApproval,
        Self::UnapprovedLoading,
        Self::OffRoute,
        Self::OutsideWindow,
        Self::YellowZone,
    ];

    /// The rule's name.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::UnknownTerminal => "unknown_terminal",
            Self::NoApproval => "no_approval",
            Self::CompanyWithoutApproval => "company_without_approval",
            Self::UnapprovedLoading => "unapproved_loading",
            Self::OffRoute => "off_route",
            Self::OutsideWindow => "outside_window",
            Self::YellowZone => "yellow_zone",
        }
    }
}

/// Who or what a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Party {
    /// `vehicle`, `terminal`, `site`, `zone`, `company`.
    pub kind: String,
    /// Its code.
    pub id: String,
}

/// One deed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Which rule it breaks.
    pub rule: Breach,
    /// Who did it.
    pub subject: Party,
    /// What it was done to, where the rule has an object.
    pub object: Option<Party>,
    /// From when, event time.
    pub from: Timestamp,
    /// To when, event time.
    pub to: Timestamp,
    /// On the edge of a limit: whether it is found counts neither way.
    pub ambiguous: bool,
    /// Whether the device can give a lead at best (no load sensor): scored with the findings of grade C.
    pub lead: bool,
    /// What happened, for people.
    pub note: String,
}

impl Party {
    /// A vehicle.
    #[must_use]
    pub fn vehicle(id: &VehicleId) -> Self {
        Self { kind: "vehicle".to_owned(), id: id.as_str().to_owned() }
    }

    /// A terminal.
    #[must_use]
    pub fn terminal(id: TerminalId) -> Self {
        Self { kind: "terminal".to_owned(), id: id.to_string() }
    }

    /// A company.
    #[must_use]
    pub fn company(id: &CompanyId) -> Self {
        Self { kind: "company".to_owned(), id: id.as_str().to_owned() }
    }

    /// A site.
    #[must_use]
    pub fn site(id: &SiteId) -> Self {
        Self { kind: "site".to_owned(), id: id.as_str().to_owned() }
    }

    /// A zone.
    #[must_use]
    pub fn zone(id: &ZoneId) -> Self {
        Self { kind: "zone".to_owned(), id: id.as_str().to_owned() }
    }
}
