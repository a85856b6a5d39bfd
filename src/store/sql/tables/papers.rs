//! The district, companies and what they may: transport approvals and haul approvals.

use super::{LedgerTable, RowKey, VersionedTable, from_text, kind, to_ms, to_text, validity};
use crate::{
    model::{
        approval::Approval,
        company::{Company, TransportApproval},
        district::District,
        ids::{ApprovalId, CompanyId, DistrictId, SiteId, VehicleId},
        ledger::Ledger,
    },
    store::{
        codes::code,
        error::StoreError,
        sql::entity::{approval, company, district, transport_approval},
    },
};

/// `ledger_districts`
pub(in crate::store::sql) struct Districts;
/// `ledger_companies`
pub(in crate::store::sql) struct Companies;
/// `ledger_transport_approvals`
pub(in crate::store::sql) struct TransportApprovals;
/// `ledger_approvals`
pub(in crate::store::sql) struct Approvals;

impl VersionedTable for Districts {
    type Value = District;
    type Row = district::Model;
    type Entity = district::Entity;
    const TABLE: LedgerTable = LedgerTable::District;

    fn rows(ledger: &Ledger) -> &[District] {
        std::slice::from_ref(&ledger.district)
    }

    fn key(value: &District) -> RowKey {
        RowKey::of_id(value.id.as_str())
    }

    fn store(value: &District, recorded: i32) -> Result<district::Model, StoreError> {
        Ok(district::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            district: value.id.to_string(),
            name_zh: value.name_zh.clone(),
            name_en: value.name_en.clone(),
            origin: code(&value.origin),
            outline: to_text(&value.outline)?,
            recognises: to_text(&value.recognises)?,
        })
    }

    fn read(row: district::Model) -> Result<District, StoreError> {
        Ok(District {
            id: DistrictId::new(&row.district),
            name_zh: row.name_zh,
            name_en: row.name_en,
            origin: kind("origin", &row.origin)?,
            outline: from_text("outline", &row.outline)?,
            recognises: from_text("recognises", &row.recognises)?,
        })
    }
}

impl VersionedTable for Companies {
    type Value = Company;
    type Row = company::Model;
    type Entity = company::Entity;
    const TABLE: LedgerTable = LedgerTable::Companies;

    fn rows(ledger: &Ledger) -> &[Company] {
        &ledger.companies
    }

    fn key(value: &Company) -> RowKey {
        RowKey::of_id(value.id.as_str())
    }

    fn store(value: &Company, recorded: i32) -> Result<company::Model, StoreError> {
        Ok(company::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            company: value.id.to_string(),
            name: value.name.clone(),
        })
    }

    fn read(row: company::Model) -> Result<Company, StoreError> {
        Ok(Company { id: CompanyId::new(&row.company), name: row.name })
    }
}

impl VersionedTable for TransportApprovals {
    type Value = TransportApproval;
    type Row = transport_approval::Model;
    type Entity = transport_approval::Entity;
    const TABLE: LedgerTable = LedgerTable::TransportApprovals;

    fn rows(ledger: &Ledger) -> &[TransportApproval] {
        &ledger.transport_approvals
    }

    fn key(value: &TransportApproval) -> RowKey {
        RowKey::of_pair(&value.number, value.company.as_str(), value.validity.from)
    }

    fn store(value: &TransportApproval, recorded: i32) -> Result<transport_approval::Model, StoreError> {
        Ok(transport_approval::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            number: value.number.clone(),
            company: value.company.to_string(),
            district: value.district.to_string(),
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: transport_approval::Model) -> Result<TransportApproval, StoreError> {
        Ok(TransportApproval {
            number: row.number,
            company: CompanyId::new(&row.company),
            district: DistrictId::new(&row.district),
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}

impl VersionedTable for Approvals {
    type Value = Approval;
    type Row = approval::Model;
    type Entity = approval::Entity;
    const TABLE: LedgerTable = LedgerTable::Approvals;

    fn rows(ledger: &Ledger) -> &[Approval] {
        &ledger.approvals
    }

    fn key(value: &Approval) -> RowKey {
        RowKey::of_pair(value.id.as_str(), value.vehicle.as_str(), value.validity.from)
    }

    fn store(value: &Approval, recorded: i32) -> Result<approval::Model, StoreError> {
        Ok(approval::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            approval: value.id.to_string(),
            vehicle: value.vehicle.to_string(),
            load_site: value.load_site.as_ref().map(ToString::to_string),
            disposal_site: value.disposal_site.as_ref().map(ToString::to_string),
            route: to_text(&value.route)?,
            windows: to_text(&value.windows)?,
            binds: code(&value.binds),
            district: value.district.to_string(),
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: approval::Model) -> Result<Approval, StoreError> {
        Ok(Approval {
            id: ApprovalId::new(&row.approval),
            vehicle: VehicleId::new(&row.vehicle),
            load_site: row.load_site.as_deref().map(SiteId::new),
            disposal_site: row.disposal_site.as_deref().map(SiteId::new),
            route: from_text("route", &row.route)?,
            windows: from_text("windows", &row.windows)?,
            binds: kind("binds", &row.binds)?,
            district: DistrictId::new(&row.district),
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}
