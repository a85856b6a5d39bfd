//! A ledger as the texts of such a folder. Reading them gives the same ledger, lists in canonical order.

use super::{files, table::FileSpec, times, windows};
use crate::{
    model::{
        approval::Approval,
        district::Origin,
        ledger::Ledger,
        place::{Area, Line, Wgs84},
        time::Validity,
    },
    store::codes::code,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// Its name in the folder.
    pub name: &'static str,
    /// What is in it: UTF-8 without a byte order mark.
    pub text: String,
}

/// The files of a ledger, map layers left out.
#[must_use]
pub fn folder_texts(ledger: &Ledger) -> Vec<FileText> {
    let routes = route_names(ledger);
    vec![
        district(ledger),
        vehicles(ledger),
        labels(ledger),
        terminals(ledger),
        companies(ledger),
        transport_approvals(ledger),
        sites(ledger),
        places(ledger),
        zones(ledger),
        route_lines(&routes),
        approvals(ledger, &routes),
    ]
}

/// An empty folder to fill in: Chinese headings, empty collections.
#[must_use]
pub fn template_texts() -> Vec<FileText> {
    let empty = |spec: &&FileSpec| {
        if Path::new(spec.file).extension().is_some_and(|ending| ending == "csv") {
            let headings = spec.columns.iter().map(|column| column.zh.first().copied().unwrap_or(column.name));
            FileText { name: spec.file, text: format!("\u{feff}{}", line(headings)) }
        } else {
            collection(spec, [])
        }
    };
    files::ALL.iter().map(empty).collect()
}

fn district(ledger: &Ledger) -> FileText {
    let district = &ledger.district;
    let recognises: Vec<&str> = district.recognises.iter().map(crate::model::ids::DistrictId::as_str).collect();
    let synthetic = district.origin == Origin::Synthetic;
    let properties = json!({
        "code": district.id, "name_zh": district.name_zh, "name_en": district.name_en,
        "synthetic": synthetic, "recognises": recognises,
    });
    collection(&files::DISTRICT, [(properties, area_shape(&district.outline))])
}

fn vehicles(ledger: &Ledger) -> FileText {
    let rows = ledger.vehicles.iter().map(|row| {
        let [from, to] = validity(&row.validity);
        vec![
            row.id.to_string(),
            row.plate.number().to_owned(),
            code(&row.plate.colour),
            code(&row.kind),
            text(row.company.as_ref()),
            row.supervising_unit.clone(),
            row.responsible_leader.clone(),
            row.responsible_officer.clone(),
            row.officer_phone.clone(),
            from,
            to,
        ]
    });
    table(&files::VEHICLES, rows)
}

fn labels(ledger: &Ledger) -> FileText {
    let rows = ledger.labels.iter().map(|row| {
        // A label that always held needs an instant all the same: the cell is mandatory.
        let from = times::format(row.from);
        let from = if from.is_empty() { times::BEGINNING.to_owned() } else { from };
        vec![row.vehicle.to_string(), code(&row.label), from, row.certificate.clone()]
    });
    table(&files::LABELS, rows)
}

fn terminals(ledger: &Ledger) -> FileText {
    let rows = ledger.fittings.iter().map(|row| {
        let [from, to] = validity(&row.validity);
        let (terminal, vehicle) = (row.terminal.to_string(), row.vehicle.to_string());
        let (role, sensor, datum) = (code(&row.role), code(&row.load_sensor), code(&row.datum));
        vec![terminal, vehicle, role, sensor, datum, row.auth_code.clone(), from, to]
    });
    table(&files::TERMINALS, rows)
}

fn companies(ledger: &Ledger) -> FileText {
    table(&files::COMPANIES, ledger.companies.iter().map(|row| vec![row.id.to_string(), row.name.clone()]))
}

fn transport_approvals(ledger: &Ledger) -> FileText {
    let rows = ledger.transport_approvals.iter().map(|row| {
        let [from, to] = validity(&row.validity);
        vec![row.number.clone(), row.company.to_string(), row.district.to_string(), from, to]
    });
    table(&files::TRANSPORT_APPROVALS, rows)
}

fn sites(ledger: &Ledger) -> FileText {
    let features = ledger.sites.iter().map(|row| {
        let [from, to] = validity(&row.validity);
        let properties = json!({
            "id": row.id, "name": row.name, "kind": row.kind, "township": row.township,
            "valid_from": from, "valid_to": to,
        });
        (properties, area_shape(&row.area))
    });
    collection(&files::SITES, features)
}

fn places(ledger: &Ledger) -> FileText {
    let features = ledger.places.iter().map(|row| {
        let properties = json!({ "id": row.id, "name": row.name, "kind": row.kind });
        (properties, area_shape(&row.area))
    });
    collection(&files::PLACES, features)
}

fn zones(ledger: &Ledger) -> FileText {
    let features = ledger.zones.iter().map(|row| {
        let [from, to] = validity(&row.validity);
        let properties = json!({
            "id": row.id, "name": row.name, "hours": windows::format(&row.hours), "closed_to": row.closed_to,
            "notice": row.notice, "valid_from": from, "valid_to": to,
        });
        (properties, area_shape(&row.area))
    });
    collection(&files::ZONES, features)
}

/// A name for each different route: `R-0001` and so on, in the order of the approvals.
fn route_names(ledger: &Ledger) -> BTreeMap<&[Wgs84], String> {
    let mut names = BTreeMap::new();
    for approval in ledger.approvals.iter().filter(|approval| approval.route.0.len() > 1) {
        let next = names.len() + 1;
        names.entry(approval.route.0.as_slice()).or_insert_with(|| format!("R-{next:04}"));
    }
    names
}

fn route_lines(routes: &BTreeMap<&[Wgs84], String>) -> FileText {
    let mut by_name: Vec<_> = routes.iter().map(|(line, name)| (name, *line)).collect();
    by_name.sort();
    let features = by_name.into_iter().map(|(name, line)| {
        let shape =
            json!({ "type": "LineString", "coordinates": line.iter().copied().map(position).collect::<Vec<_>>() });
        (json!({ "id": name }), shape)
    });
    collection(&files::ROUTES, features)
}

fn approvals(ledger: &Ledger, routes: &BTreeMap<&[Wgs84], String>) -> FileText {
    let route = |line: &Line| routes.get(line.0.as_slice()).cloned().unwrap_or_default();
    let rows = ledger.approvals.iter().map(|row: &Approval| {
        let [from, to] = validity(&row.validity);
        vec![
            row.id.to_string(),
            row.vehicle.to_string(),
            text(row.load_site.as_ref()),
            text(row.disposal_site.as_ref()),
            route(&row.route),
            windows::format(&row.windows),
            code(&row.binds),
            row.district.to_string(),
            from,
            to,
        ]
    });
    table(&files::APPROVALS, rows)
}

fn text<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn validity(row: &Validity) -> [String; 2] {
    [times::format(row.from), row.to.map(times::format).unwrap_or_default()]
}

/// A CSV file: the columns of its spec, then the rows. Writing to memory does not fail.
fn table(spec: &FileSpec, rows: impl Iterator<Item = Vec<String>>) -> FileText {
    let mut text = line(spec.columns.iter().map(|column| column.name));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str)));
    }
    FileText { name: spec.file, text }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let mut line = cells.map(quoted).collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}

/// RFC 4180: a cell with a comma, a quote or a line break stands in quotes, quotes doubled.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// A GeoJSON file in WGS-84, one feature a line.
fn collection(spec: &FileSpec, features: impl IntoIterator<Item = (Value, Value)>) -> FileText {
    let feature = |(properties, geometry): (Value, Value)| {
        json!({ "type": "Feature", "properties": properties, "geometry": geometry }).to_string()
    };
    let features: Vec<String> = features.into_iter().map(feature).collect();
    let text = format!(
        "{{\"type\": \"FeatureCollection\", \"datum\": \"wgs84\", \"features\": [\n{}\n]}}\n",
        features.join(",\n")
    );
    FileText { name: spec.file, text }
}

fn area_shape(area: &Area) -> Value {
    let polygons = area.0.iter().map(|polygon| {
        std::iter::once(&polygon.outer).chain(&polygon.holes).map(|ring| closed(ring)).collect::<Vec<_>>()
    });
    let polygons: Vec<_> = polygons.collect();
    match polygons.as_slice() {
        [one] => json!({ "type": "Polygon", "coordinates": one }),
        _ => json!({ "type": "MultiPolygon", "coordinates": polygons }),
    }
}

/// GeoJSON repeats the first corner at the end.
fn closed(ring: &[Wgs84]) -> Vec<[f64; 2]> {
    ring.iter().chain(ring.first()).copied().map(position).collect()
}

fn position(place: Wgs84) -> [f64; 2] {
    [place.lon(), place.lat()]
}
