//! 台账: everything the office knows, as one value. Which revision of it was known when is the record's business.

use super::{
    approval::Approval,
    company::{Company, TransportApproval},
    district::District,
    site::{Place, Site},
    terminal::Fitting,
    vehicle::{LabelChange, Vehicle},
    zone::Zone,
};
use serde::{Deserialize, Serialize};

/// The whole ledger at one revision. Rows carry their validity in event time; lists are sorted by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Whose ledger.
    pub district: District,
    /// Vehicles.
    pub vehicles: Vec<Vehicle>,
    /// Emission-label timelines.
    pub labels: Vec<LabelChange>,
    /// Devices in vehicles.
    pub fittings: Vec<Fitting>,
    /// Companies.
    pub companies: Vec<Company>,
    /// Their transport approvals.
    pub transport_approvals: Vec<TransportApproval>,
    /// Building and disposal sites.
    pub sites: Vec<Site>,
    /// Other known places.
    pub places: Vec<Place>,
    /// Haul approvals.
    pub approvals: Vec<Approval>,
    /// Restricted zones.
    pub zones: Vec<Zone>,
}
