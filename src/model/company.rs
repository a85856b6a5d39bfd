//! 运输企业 and their 运输核准.

use super::{
    ids::{CompanyId, DistrictId},
    time::Validity,
};
use serde::{Deserialize, Serialize};

/// A haulage company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Ledger code.
    pub id: CompanyId,
    /// Name as registered.
    pub name: String,
}

/// 建筑垃圾运输核准: a district lets a company haul muck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportApproval {
    /// Document number.
    pub number: String,
    /// Who may haul.
    pub company: CompanyId,
    /// Issuing district.
    pub district: DistrictId,
    /// When it holds.
    pub validity: Validity,
}
