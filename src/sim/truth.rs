//! What really happened: one line a deed, written as NDJSON beside the frames.

use crate::model::{
    ids::{CompanyId, SiteId, TerminalId, VehicleId, ZoneId},
    place::Wgs84,
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
    /// Where it began.
    pub place: Wgs84,
    /// From when, event time; RFC 3339 in the file.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// To when, event time; RFC 3339 in the file.
    #[serde(with = "instant")]
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

/// Instants as people read them.
mod instant {
    use crate::model::time::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape serde calls it by")]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        Timestamp::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_file_is_read_back() {
        // Proves: times are written in China time, and a written line is the deed again.
        let at = |text| Timestamp::parse(text).expect("an instant");
        let deed = Deed {
            rule: Breach::OffRoute,
            subject: Party { kind: "vehicle".to_owned(), id: "CL-001".to_owned() },
            object: None,
            place: Wgs84 { lat_e6: 34_875_000, lon_e6: 113_640_000 },
            from: at("2026-11-23T10:00:00+08:00"),
            to: at("2026-11-23T10:10:00+08:00"),
            ambiguous: false,
            lead: false,
            note: "载货偏离核准路线".to_owned(),
        };
        let line = serde_json::to_string(&deed).expect("a line");
        assert!(
            line.contains(r#""rule":"off_route""#) && line.contains(r#""from":"2026-11-23T10:00:00+08:00""#),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<Deed>(&line).expect("a deed"), deed);
    }
}
