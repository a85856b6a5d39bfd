//! Rows into the values of the model. A row with an error yields nothing; the error is told.

use super::{
    cells::Cells,
    draft::{DraftApproval, Placed},
    problem::Problems,
    reason::Reason,
    shapes::Feature,
    table::Row,
};
use crate::model::{
    approval::Binds,
    company::{Company, TransportApproval},
    district::{District, Origin},
    ids::{ApprovalId, CompanyId, DistrictId, PlaceId, SiteId, VehicleId, ZoneId},
    place::{Area, Line},
    site::{Place, Site},
    terminal::{Fitting, FittingRole, LoadSensor, ReportedDatum},
    vehicle::{LabelChange, Vehicle},
    zone::Zone,
};

/// The values of all rows of a CSV file.
pub(super) fn values<T>(
    rows: Vec<Row>,
    problems: &mut Problems,
    read: impl Fn(&mut Cells<'_>) -> Option<T>,
) -> Vec<Placed<T>> {
    let value = |row: Row| {
        let value = read(&mut Cells::new(&row, problems))?;
        Some(Placed { row, value })
    };
    rows.into_iter().filter_map(value).collect()
}

/// The values of all features with an area.
pub(super) fn areas<T>(
    features: Vec<Feature>,
    problems: &mut Problems,
    read: impl Fn(&mut Cells<'_>, Option<Area>) -> Option<T>,
) -> Vec<Placed<T>> {
    let value = |feature: Feature| {
        let area = feature.area(problems);
        let value = read(&mut Cells::new(&feature.row, problems), area)?;
        Some(Placed { row: feature.row, value })
    };
    features.into_iter().filter_map(value).collect()
}

/// A route: its name and its line.
pub(super) fn routes(features: Vec<Feature>, problems: &mut Problems) -> Vec<Placed<(String, Line)>> {
    let value = |feature: Feature| {
        let line = feature.line(problems);
        let name = Cells::new(&feature.row, problems).required("id");
        Some(Placed { row: feature.row, value: (name?, line?) })
    };
    features.into_iter().filter_map(value).collect()
}

/// 区县
pub(super) fn district(cells: &mut Cells<'_>, outline: Option<Area>) -> Option<District> {
    let (code, name_zh, name_en) = (cells.required("code"), cells.required("name_zh"), cells.required("name_en"));
    let origin = match cells.text("synthetic").as_str() {
        "" | "false" | "否" | "0" => Some(Origin::Official),
        "true" | "是" | "1" => Some(Origin::Synthetic),
        _ => {
            cells.error("synthetic", Reason::UnknownCode { choices: "true 是, false 否".to_owned() });
            None
        }
    };
    let recognises = cells.text("recognises");
    let recognises = recognises.split([';', '；', ',', '，', '、']).map(str::trim).filter(|code| !code.is_empty());
    Some(District {
        id: DistrictId::new(&code?),
        name_zh: name_zh?,
        name_en: name_en?,
        origin: origin?,
        outline: outline?,
        recognises: recognises.map(DistrictId::new).collect(),
    })
}

/// 车辆
pub(super) fn vehicle(cells: &mut Cells<'_>) -> Option<Vehicle> {
    let id = cells.required("id");
    let plate = cells.plate("plate", "plate_colour");
    let (kind, validity) = (cells.code("kind"), cells.validity());
    Some(Vehicle {
        id: VehicleId::new(&id?),
        plate: plate?,
        kind: kind?,
        company: cells.optional("company").map(CompanyId::new),
        supervising_unit: cells.text("supervising_unit"),
        responsible_leader: cells.text("responsible_leader"),
        responsible_officer: cells.text("responsible_officer"),
        officer_phone: cells.text("officer_phone"),
        validity: validity?,
    })
}

/// 环保标志
pub(super) fn label(cells: &mut Cells<'_>) -> Option<LabelChange> {
    let (vehicle, label, from) = (cells.required("vehicle"), cells.code("label"), cells.time("from"));
    Some(LabelChange {
        vehicle: VehicleId::new(&vehicle?),
        label: label?,
        from: from?,
        certificate: cells.text("certificate"),
    })
}

/// 终端
pub(super) fn fitting(cells: &mut Cells<'_>) -> Option<Fitting> {
    let (terminal, vehicle) = (cells.parsed("terminal", Reason::BadTerminal), cells.required("vehicle"));
    let role = cells.code_or("role", FittingRole::Main);
    let load_sensor = cells.code_or("load_sensor", LoadSensor::Absent);
    let datum = cells.code_or("datum", ReportedDatum::Wgs84);
    let validity = cells.validity();
    Some(Fitting {
        terminal: terminal?,
        vehicle: VehicleId::new(&vehicle?),
        role: role?,
        load_sensor: load_sensor?,
        datum: datum?,
        auth_code: cells.text("auth_code"),
        validity: validity?,
    })
}

/// 运输企业
pub(super) fn company(cells: &mut Cells<'_>) -> Option<Company> {
    let (id, name) = (cells.required("id"), cells.required("name"));
    Some(Company { id: CompanyId::new(&id?), name: name? })
}

/// 运输核准
pub(super) fn transport_approval(cells: &mut Cells<'_>) -> Option<TransportApproval> {
    let (number, company) = (cells.required("number"), cells.required("company"));
    let (district, validity) = (cells.required("district"), cells.validity());
    Some(TransportApproval {
        number: number?,
        company: CompanyId::new(&company?),
        district: DistrictId::new(&district?),
        validity: validity?,
    })
}

/// 工地、消纳场
pub(super) fn site(cells: &mut Cells<'_>, area: Option<Area>) -> Option<Site> {
    let (id, name) = (cells.required("id"), cells.required("name"));
    let (kind, validity) = (cells.code("kind"), cells.validity());
    let (id, township) = (SiteId::new(&id?), cells.text("township"));
    Some(Site { id, name: name?, kind: kind?, township, area: area?, validity: validity? })
}

/// 已知地点
pub(super) fn place(cells: &mut Cells<'_>, area: Option<Area>) -> Option<Place> {
    let (id, name, kind) = (cells.required("id"), cells.required("name"), cells.code("kind"));
    Some(Place { id: PlaceId::new(&id?), name: name?, kind: kind?, area: area? })
}

/// 限行区
pub(super) fn zone(cells: &mut Cells<'_>, area: Option<Area>) -> Option<Zone> {
    let (id, name) = (cells.required("id"), cells.required("name"));
    let (hours, closed_to, validity) = (cells.windows("hours"), cells.code("closed_to"), cells.validity());
    Some(Zone {
        id: ZoneId::new(&id?),
        name: name?,
        area: area?,
        hours: hours?,
        closed_to: closed_to?,
        notice: cells.text("notice"),
        validity: validity?,
    })
}

/// 核准
pub(super) fn approval(cells: &mut Cells<'_>) -> Option<DraftApproval> {
    let (id, vehicle, district) = (cells.required("id"), cells.required("vehicle"), cells.required("district"));
    let (windows, validity) = (cells.windows("windows"), cells.validity());
    let binds = cells.code_or("binds", Binds::LoadedLegs);
    Some(DraftApproval {
        id: ApprovalId::new(&id?),
        vehicle: VehicleId::new(&vehicle?),
        load_site: cells.optional("load_site").map(SiteId::new),
        disposal_site: cells.optional("disposal_site").map(SiteId::new),
        route: cells.text("route"),
        windows: windows?,
        binds: binds?,
        district: DistrictId::new(&district?),
        validity: validity?,
    })
}
