//! What a rule sees: one fix with everything about it already looked up at event time. It depends on this fix and earlier
//! ones only.

use super::spec::{Spec, SubjectKind};
use crate::{
    model::{
        approval::Approval,
        company::TransportApproval,
        district::District,
        fix::{Fix, SessionTrust},
        ids::{CompanyId, SiteId, TerminalId, VehicleId, ZoneId},
        place::Wgs84,
        site::{Place, Site},
        time::{Span, Timestamp},
        vehicle::{EmissionLabel, Vehicle},
        zone::Zone,
    },
    track::{
        events::{Haul, HaulEvent, LoadSource},
        grade::Grade,
    },
};
use serde::{Deserialize, Serialize};

/// Who a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A terminal nobody registered.
    Terminal(TerminalId),
    /// A vehicle of the ledger.
    Vehicle(VehicleId),
}

/// What a finding is about besides its subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// The subject alone.
    Nothing,
    /// A company.
    Company(CompanyId),
    /// A site.
    Site(SiteId),
    /// A restricted zone.
    Zone(ZoneId),
}

/// One good fix and its circumstances.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// The fix, its place held while the truck stood.
    pub fix: &'a Fix,
    /// Its event time.
    pub at: Timestamp,
    /// How long the truck has been standing; zero while it moves.
    pub still: Span,
    /// Whether the place lies in the district.
    pub in_district: bool,
    /// Whose terminal it is.
    pub standing: Standing<'a>,
    /// Restricted zones the place is in or near.
    pub zones: &'a [ZoneSeen<'a>],
    /// The vehicle's approvals, valid or not.
    pub permits: &'a [PermitSeen<'a>],
    /// The loaded leg under way.
    pub haul: Option<&'a Haul>,
    /// Metres driven since it was seen loaded.
    pub hauled_m: f64,
    /// A loading that became certain at this fix.
    pub load: Option<&'a LoadSeen<'a>>,
    /// The district.
    pub district: &'a District,
}

/// What the ledger says of the terminal at event time.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// Nothing: quarantined.
    Quarantined,
    /// The main terminal of a vehicle.
    Fitted(VehicleSeen<'a>),
    /// A spare, or of a vehicle the ledger has no row for then.
    Unjudged,
}

/// The vehicle at event time.
#[derive(Clone, Copy, Debug)]
pub struct VehicleSeen<'a> {
    /// Its row.
    pub vehicle: &'a Vehicle,
    /// Its emission label, if it ever had one.
    pub label: Option<EmissionLabel>,
    /// Transport approvals of its company, valid or not.
    pub transport: &'a [TransportApproval],
}

/// A zone near the fix.
#[derive(Clone, Copy, Debug)]
pub struct ZoneSeen<'a> {
    /// The zone.
    pub zone: &'a Zone,
    /// Metres inside its edge; negative outside.
    pub inside_m: f64,
}

/// An approval of the vehicle.
#[derive(Clone, Copy, Debug)]
pub struct PermitSeen<'a> {
    /// The approval.
    pub approval: &'a Approval,
    /// Whether its district counts here.
    pub recognised: bool,
    /// How the fix lies to its route; `None` when the route is missing or nobody needs to know.
    pub route: Option<RouteSeen>,
}

/// How a fix lies to a route.
#[derive(Clone, Copy, Debug)]
pub struct RouteSeen {
    /// Metres from the nearest segment.
    pub away_m: f64,
    /// Metres from the nearer end.
    pub from_end_m: f64,
    /// Metres inside its load or disposal site, the deeper of the two; negative outside, and minus infinity where neither is
    /// within 100 m of its box.
    pub in_site_m: f64,
}

/// A loading and what lies around its place.
#[derive(Clone, Debug)]
pub struct LoadSeen<'a> {
    /// The event.
    pub event: &'a HaulEvent,
    /// Registered sites in or near the place, with metres inside.
    pub sites: Vec<(&'a Site, f64)>,
    /// Known places in or near it, with metres inside.
    pub places: Vec<(&'a Place, f64)>,
}

impl<'a> Observation<'a> {
    /// Whether a rule has anything to say here.
    #[must_use]
    pub const fn concerns(&self, spec: &Spec) -> bool {
        matches!(
            (&self.standing, spec.subject),
            (Standing::Quarantined, SubjectKind::Terminal) | (Standing::Fitted(_), SubjectKind::Vehicle)
        )
    }

    /// The vehicle, where there is one to judge.
    #[must_use]
    pub const fn vehicle(&self) -> Option<VehicleSeen<'a>> {
        match self.standing {
            Standing::Fitted(seen) => Some(seen),
            Standing::Quarantined | Standing::Unjudged => None,
        }
    }

    /// Who a finding here is about.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self.standing {
            Standing::Quarantined => Some(Subject::Terminal(self.fix.terminal)),
            Standing::Fitted(seen) => Some(Subject::Vehicle(seen.vehicle.id.clone())),
            Standing::Unjudged => None,
        }
    }

    /// Where the truck is.
    #[must_use]
    pub const fn place(&self) -> Wgs84 {
        self.fix.place
    }

    /// What geometry alone is worth here: nothing better than a lead from a session that claimed to be somebody and could not
    /// show it. A quarantined terminal claims nothing: it is judged as itself.
    #[must_use]
    pub const fn geometry_grade(&self) -> Grade {
        match (&self.standing, self.fix.session) {
            (Standing::Quarantined, _) | (_, SessionTrust::Authenticated) => Grade::B,
            (_, SessionTrust::Unauthenticated) => Grade::C,
        }
    }

    /// What a finding that rests on the load is worth here.
    #[must_use]
    pub fn haul_grade(&self) -> Grade {
        let load = match self.haul.map(|haul| haul.source) {
            Some(LoadSource::Sensor) => Grade::A,
            Some(LoadSource::Inferred) => Grade::C,
            None => Grade::B,
        };
        match self.fix.session {
            SessionTrust::Authenticated => load,
            SessionTrust::Unauthenticated => Grade::C,
        }
    }
}

impl PermitSeen<'_> {
    /// Whether it makes a truck legal here at an instant.
    #[must_use]
    pub fn valid_at(&self, at: Timestamp) -> bool {
        self.recognised && self.approval.validity.holds_at(at)
    }

    /// Whether it allows hauling at an instant, windows and validity together.
    #[must_use]
    pub fn open_at(&self, at: Timestamp) -> bool {
        self.valid_at(at) && open_at(&self.approval.windows, at)
    }
}

/// Whether any window is open; no windows mean any hour.
#[must_use]
pub fn open_at(windows: &[crate::model::window::WeeklyWindow], at: Timestamp) -> bool {
    windows.is_empty() || windows.iter().any(|window| window.open_at(at))
}
