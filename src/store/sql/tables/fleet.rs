//! Vehicles, their labels, the devices in them.

use super::{LedgerTable, RowKey, VersionedTable, kind, to_ms, validity};
use crate::{
    model::{
        ids::{CompanyId, TerminalId, VehicleId},
        ledger::Ledger,
        plate::Plate,
        terminal::Fitting,
        time::Timestamp,
        vehicle::{LabelChange, Vehicle},
    },
    store::{
        codes::code,
        error::StoreError,
        sql::entity::{label, terminal, vehicle},
    },
};

/// `ledger_vehicles`
pub(in crate::store::sql) struct Vehicles;
/// `ledger_labels`
pub(in crate::store::sql) struct Labels;
/// `ledger_terminals`
pub(in crate::store::sql) struct Fittings;

impl VersionedTable for Vehicles {
    type Value = Vehicle;
    type Row = vehicle::Model;
    type Entity = vehicle::Entity;
    const TABLE: LedgerTable = LedgerTable::Vehicles;

    fn rows(ledger: &Ledger) -> &[Vehicle] {
        &ledger.vehicles
    }

    fn key(value: &Vehicle) -> RowKey {
        RowKey::of_span(value.id.as_str(), value.validity.from)
    }

    fn store(value: &Vehicle, recorded: i32) -> Result<vehicle::Model, StoreError> {
        Ok(vehicle::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            vehicle: value.id.to_string(),
            plate_number: value.plate.number().to_owned(),
            plate_colour: code(&value.plate.colour),
            kind: code(&value.kind),
            company: value.company.as_ref().map(ToString::to_string),
            supervising_unit: value.supervising_unit.clone(),
            responsible_leader: value.responsible_leader.clone(),
            responsible_officer: value.responsible_officer.clone(),
            officer_phone: value.officer_phone.clone(),
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: vehicle::Model) -> Result<Vehicle, StoreError> {
        Ok(Vehicle {
            id: VehicleId::new(&row.vehicle),
            plate: Plate::new(&row.plate_number, kind("plate_colour", &row.plate_colour)?),
            kind: kind("kind", &row.kind)?,
            company: row.company.as_deref().map(CompanyId::new),
            supervising_unit: row.supervising_unit,
            responsible_leader: row.responsible_leader,
            responsible_officer: row.responsible_officer,
            officer_phone: row.officer_phone,
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}

impl VersionedTable for Labels {
    type Value = LabelChange;
    type Row = label::Model;
    type Entity = label::Entity;
    const TABLE: LedgerTable = LedgerTable::Labels;

    fn rows(ledger: &Ledger) -> &[LabelChange] {
        &ledger.labels
    }

    fn key(value: &LabelChange) -> RowKey {
        RowKey::of_span(value.vehicle.as_str(), value.from)
    }

    fn store(value: &LabelChange, recorded: i32) -> Result<label::Model, StoreError> {
        Ok(label::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            vehicle: value.vehicle.to_string(),
            label: code(&value.label),
            from_ms: value.from.as_millis(),
            certificate: value.certificate.clone(),
        })
    }

    fn read(row: label::Model) -> Result<LabelChange, StoreError> {
        Ok(LabelChange {
            vehicle: VehicleId::new(&row.vehicle),
            label: kind("label", &row.label)?,
            from: Timestamp::from_millis(row.from_ms),
            certificate: row.certificate,
        })
    }
}

impl VersionedTable for Fittings {
    type Value = Fitting;
    type Row = terminal::Model;
    type Entity = terminal::Entity;
    const TABLE: LedgerTable = LedgerTable::Terminals;

    fn rows(ledger: &Ledger) -> &[Fitting] {
        &ledger.fittings
    }

    fn key(value: &Fitting) -> RowKey {
        RowKey::of_pair(&value.terminal.to_string(), value.vehicle.as_str(), value.validity.from)
    }

    fn store(value: &Fitting, recorded: i32) -> Result<terminal::Model, StoreError> {
        Ok(terminal::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            terminal: value.terminal.to_string(),
            vehicle: value.vehicle.to_string(),
            role: code(&value.role),
            load_sensor: code(&value.load_sensor),
            datum: code(&value.datum),
            auth_code: value.auth_code.clone(),
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: terminal::Model) -> Result<Fitting, StoreError> {
        let terminal: TerminalId =
            row.terminal.parse().map_err(|error| StoreError::corrupt(format!("column terminal: {error}")))?;
        Ok(Fitting {
            terminal,
            vehicle: VehicleId::new(&row.vehicle),
            role: kind("role", &row.role)?,
            load_sensor: kind("load_sensor", &row.load_sensor)?,
            datum: kind("datum", &row.datum)?,
            auth_code: row.auth_code,
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}
