//! What only shows when the files are seen together: rows that contradict each other, references to nothing, gaps.

use super::{
    draft::{Draft, DraftApproval, Placed},
    files,
    problem::Problems,
    reason::Reason,
};
use crate::{
    geo::plane::{self, Bounds},
    model::{
        company::TransportApproval,
        ids::{CompanyId, DistrictId, SiteId, VehicleId},
        place::Area,
        site::SiteKind,
        terminal::FittingRole,
        time::{Timestamp, Validity},
        units::Metres,
        vehicle::{Vehicle, VehicleKind},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Beyond this from the district's box a shape is asked about: the wrong datum or another city.
const FAR_M: f64 = 50_000.0;

/// Checks everything; errors and warnings go to `problems`.
pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    // What is not in a file that could not be read whole may well be there: that file's own errors come first.
    let unreadable = problems.files_with_errors();
    one_district(draft, problems);
    identities(draft, problems);
    periods(draft, problems);
    References { draft, unreadable: &unreadable }.check(problems);
    completeness(draft, problems);
    if !unreadable.contains(files::TERMINALS.file) {
        unseen_trucks(draft, problems);
    }
    foreign_approvals(draft, problems);
    distances(draft, problems);
}

fn one_district(draft: &Draft, problems: &mut Problems) {
    if let [_, second, ..] = draft.districts.as_slice() {
        problems.error(second.row.problem("", Reason::NotOneDistrict { found: draft.districts.len() }));
    }
}

/// Of one identity there is one row.
fn identities(draft: &Draft, problems: &mut Problems) {
    once(&draft.vehicles, "id", problems, |row| (row.id.to_string(), row.validity.from));
    once(&draft.labels, "from", problems, |row| (row.vehicle.to_string(), row.from));
    once(&draft.fittings, "terminal", problems, |row| (row.terminal, row.vehicle.clone(), row.validity.from));
    once(&draft.companies, "id", problems, |row| row.id.clone());
    once(&draft.transport_approvals, "number", problems, |row| {
        (row.number.clone(), row.company.clone(), row.validity.from)
    });
    once(&draft.sites, "id", problems, |row| (row.id.clone(), row.validity.from));
    once(&draft.places, "id", problems, |row| row.id.clone());
    once(&draft.zones, "id", problems, |row| (row.id.clone(), row.validity.from));
    once(&draft.routes, "id", problems, |row| row.0.clone());
    once(&draft.approvals, "id", problems, |row| (row.id.clone(), row.vehicle.clone(), row.validity.from));
}

fn once<T, K: Ord>(rows: &[Placed<T>], column: &str, problems: &mut Problems, key: impl Fn(&T) -> K) {
    let mut seen: BTreeMap<K, &Placed<T>> = BTreeMap::new();
    for row in rows {
        if let Some(first) = seen.get(&key(&row.value)) {
            problems.error(row.row.problem(column, Reason::Twice { first: first.name() }));
        } else {
            seen.insert(key(&row.value), row);
        }
    }
}

/// Of one thing one row holds at a time.
fn periods(draft: &Draft, problems: &mut Problems) {
    let vehicles = spans(&draft.vehicles, |row| row.id.clone(), |row| row.validity);
    overlaps(vehicles, "valid_from", problems, |_, other| Some(Reason::Overlaps { other }));
    let sites = spans(&draft.sites, |row| row.id.clone(), |row| row.validity);
    overlaps(sites, "valid_from", problems, |_, other| Some(Reason::Overlaps { other }));
    let zones = spans(&draft.zones, |row| row.id.clone(), |row| row.validity);
    overlaps(zones, "valid_from", problems, |_, other| Some(Reason::Overlaps { other }));
    let plates = spans(&draft.vehicles, |row| row.plate.clone(), |row| row.validity);
    overlaps(plates, "plate", problems, |(one, two), other| (one.id != two.id).then_some(Reason::PlateInTwo { other }));
    let terminals = spans(&draft.fittings, |row| row.terminal, |row| row.validity);
    overlaps(terminals, "terminal", problems, |_, other| Some(Reason::TerminalInTwo { other }));
    let main = draft.fittings.iter().filter(|row| row.value.role == FittingRole::Main);
    let main = spans(main, |row| row.vehicle.clone(), |row| row.validity);
    overlaps(main, "role", problems, |(one, two), other| {
        (one.terminal != two.terminal).then_some(Reason::TwoMain { other })
    });
}

/// A row, whose it is and when it holds.
struct Span<'a, T, K> {
    of: K,
    validity: Validity,
    row: &'a Placed<T>,
}

fn spans<'a, T, K: Ord>(
    rows: impl IntoIterator<Item = &'a Placed<T>>,
    of: impl Fn(&T) -> K,
    validity: impl Fn(&T) -> Validity,
) -> Vec<Span<'a, T, K>> {
    let span = |row: &'a Placed<T>| Span { of: of(&row.value), validity: validity(&row.value), row };
    let mut spans: Vec<_> = rows.into_iter().map(span).collect();
    spans.sort_by(|one, two| (&one.of, one.validity.from).cmp(&(&two.of, two.validity.from)));
    spans
}

/// Tells of neighbours that hold at once; two rows from the same instant are told by `once`.
fn overlaps<T, K: Ord>(
    spans: Vec<Span<'_, T, K>>,
    column: &str,
    problems: &mut Problems,
    reason: impl Fn((&T, &T), String) -> Option<Reason>,
) {
    let mut spans = spans.into_iter();
    let Some(mut longest) = spans.next() else { return };
    for span in spans {
        if span.of != longest.of {
            longest = span;
            continue;
        }
        let end = |span: &Span<'_, T, K>| span.validity.to.unwrap_or(Timestamp::from_millis(i64::MAX));
        if span.validity.from < end(&longest) {
            let pair = (&longest.row.value, &span.row.value);
            if let Some(reason) = reason(pair, longest.row.name()) {
                problems.error(span.row.row.problem(column, reason));
            }
        }
        if end(&span) > end(&longest) {
            longest = span;
        }
    }
}

/// Codes of one file that another must have.
struct References<'a> {
    draft: &'a Draft,
    unreadable: &'a BTreeSet<&'static str>,
}

impl References<'_> {
    fn check(&self, problems: &mut Problems) {
        self.companies(problems);
        self.vehicles(problems);
        self.approvals(problems);
    }

    fn companies(&self, problems: &mut Problems) {
        let (draft, file) = (self.draft, files::COMPANIES.file);
        let companies: BTreeSet<&CompanyId> = draft.companies.iter().map(|row| &row.value.id).collect();
        let known = |row: &Vehicle| row.company.as_ref().is_none_or(|id| companies.contains(id));
        self.refer(&draft.vehicles, "company", file, problems, known);
        let known = |row: &TransportApproval| companies.contains(&row.company);
        self.refer(&draft.transport_approvals, "company", file, problems, known);
    }

    fn vehicles(&self, problems: &mut Problems) {
        let (draft, file) = (self.draft, files::VEHICLES.file);
        let vehicles: BTreeSet<&VehicleId> = draft.vehicles.iter().map(|row| &row.value.id).collect();
        self.refer(&draft.labels, "vehicle", file, problems, |row| vehicles.contains(&row.vehicle));
        self.refer(&draft.fittings, "vehicle", file, problems, |row| vehicles.contains(&row.vehicle));
        self.refer(&draft.approvals, "vehicle", file, problems, |row| vehicles.contains(&row.vehicle));
    }

    fn approvals(&self, problems: &mut Problems) {
        let draft = self.draft;
        let routes: BTreeSet<&str> = draft.routes.iter().map(|row| row.value.0.as_str()).collect();
        let known = |row: &DraftApproval| row.route.is_empty() || routes.contains(row.route.as_str());
        self.refer(&draft.approvals, "route", files::ROUTES.file, problems, known);
        let kinds: BTreeMap<&SiteId, SiteKind> =
            draft.sites.iter().map(|row| (&row.value.id, row.value.kind)).collect();
        let known = |site: &Option<SiteId>| site.as_ref().is_none_or(|site| kinds.contains_key(site));
        self.refer(&draft.approvals, "load_site", files::SITES.file, problems, |row| known(&row.load_site));
        self.refer(&draft.approvals, "disposal_site", files::SITES.file, problems, |row| known(&row.disposal_site));
        other_kinds(draft, &kinds, problems);
    }

    fn refer<T>(
        &self,
        rows: &[Placed<T>],
        column: &str,
        file: &'static str,
        problems: &mut Problems,
        known: impl Fn(&T) -> bool,
    ) {
        if self.unreadable.contains(file) {
            return;
        }
        for row in rows.iter().filter(|row| !known(&row.value)) {
            problems.error(row.row.problem(column, Reason::UnknownReference { file }));
        }
    }
}

fn other_kinds(draft: &Draft, kinds: &BTreeMap<&SiteId, SiteKind>, problems: &mut Problems) {
    for row in &draft.approvals {
        let ends = [
            ("load_site", &row.value.load_site, SiteKind::Construction, "工地 construction"),
            ("disposal_site", &row.value.disposal_site, SiteKind::Disposal, "消纳场 disposal"),
        ];
        for (column, site, kind, expected) in ends {
            if site.as_ref().and_then(|site| kinds.get(site)).is_some_and(|found| *found != kind) {
                problems.warn(row.row.problem(column, Reason::OtherKind { expected }));
            }
        }
    }
}

/// What is lawful to leave out but keeps a rule from judging.
fn completeness(draft: &Draft, problems: &mut Problems) {
    for row in draft.vehicles.iter().filter(|row| row.value.kind == VehicleKind::MuckTruck) {
        if let Some(column) = not_assigned(&row.value) {
            problems.warn(row.row.problem(column, Reason::NotAssigned));
        }
        if row.value.company.is_none() {
            problems.warn(row.row.problem("company", Reason::NoCompany));
        }
    }
    for row in &draft.approvals {
        if row.value.route.is_empty() {
            problems.warn(row.row.problem("route", Reason::NoRoute));
        }
        for (column, site) in [("load_site", &row.value.load_site), ("disposal_site", &row.value.disposal_site)] {
            if site.is_none() {
                problems.warn(row.row.problem(column, Reason::NoSite));
            }
        }
    }
}

fn unseen_trucks(draft: &Draft, problems: &mut Problems) {
    let main = draft.fittings.iter().filter(|row| row.value.role == FittingRole::Main);
    let seen: BTreeSet<&VehicleId> = main.map(|row| &row.value.vehicle).collect();
    let mut told = BTreeSet::new();
    for row in draft.vehicles.iter().filter(|row| row.value.kind == VehicleKind::MuckTruck) {
        if !seen.contains(&row.value.id) && told.insert(&row.value.id) {
            problems.warn(row.row.problem("id", Reason::NoTerminal));
        }
    }
}

fn foreign_approvals(draft: &Draft, problems: &mut Problems) {
    let counts: BTreeSet<&DistrictId> =
        draft.districts.iter().flat_map(|row| std::iter::once(&row.value.id).chain(&row.value.recognises)).collect();
    let haul = draft.approvals.iter().map(|row| (&row.row, &row.value.district));
    let transport = draft.transport_approvals.iter().map(|row| (&row.row, &row.value.district));
    for (row, _) in haul.chain(transport).filter(|(_, district)| !counts.contains(district)) {
        problems.warn(row.problem("district", Reason::DistrictNotRecognised));
    }
}

/// The first mandatory name that is missing (惠政〔2017〕2号 19(1)).
fn not_assigned(vehicle: &Vehicle) -> Option<&'static str> {
    let names = [
        ("supervising_unit", &vehicle.supervising_unit),
        ("responsible_leader", &vehicle.responsible_leader),
        ("responsible_officer", &vehicle.responsible_officer),
    ];
    names.into_iter().find(|(_, name)| name.is_empty()).map(|(column, _)| column)
}

/// A shape in the wrong datum is off by half a kilometre and is not seen here; one with swapped or foreign numbers is.
fn distances(draft: &Draft, problems: &mut Problems) {
    let Some(bounds) = draft.districts.first().and_then(|row| Bounds::of_area(&row.value.outline)) else { return };
    let sites = draft.sites.iter().map(|row| (&row.row, &row.value.area));
    let places = draft.places.iter().map(|row| (&row.row, &row.value.area));
    let zones = draft.zones.iter().map(|row| (&row.row, &row.value.area));
    for (row, area) in sites.chain(places).chain(zones) {
        if let Some(km) = far_km(&bounds, area) {
            problems.warn(row.problem("geometry", Reason::FarAway { km }));
        }
    }
}

fn far_km(district: &Bounds, area: &Area) -> Option<u32> {
    let middle = Bounds::of_area(area)?.middle();
    if district.holds(middle, Metres(FAR_M)) {
        return None;
    }
    let Metres(metres) = plane::distance(district.middle(), middle);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half the globe: 20,038 km")]
    Some((metres / 1_000.0).round() as u32)
}
