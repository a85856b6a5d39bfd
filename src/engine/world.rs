//! A ledger revision compiled for look-up: by terminal, vehicle, place, always at an event time.

use crate::{
    geo::{
        GeoError,
        corridor::Corridor,
        fence::Fence,
        index::{Index, Margins, Shape},
        plane::{Bounds, distance},
    },
    intake::report::{Profile, Profiles},
    model::{
        approval::Approval,
        company::TransportApproval,
        district::{District, Origin},
        fix::Fix,
        ids::{CompanyId, DistrictId, Revision, SiteId, TerminalId, VehicleId},
        input::LedgerRevision,
        ledger::Ledger,
        place::{Area, Wgs84},
        plate::Plate,
        site::{Place, Site},
        terminal::{Fitting, FittingRole},
        time::Timestamp,
        units::Metres,
        vehicle::{EmissionLabel, LabelChange, Vehicle},
        zone::Zone,
    },
    rules::observation::RouteSeen,
    track::{
        load::Around,
        tracker::{Carried, Ground},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// How near a shape must be to be reported, and how deep depth is told apart, metres.
const SITE_MARGINS: Margins = Margins { inside: Metres(100.0), outside: Metres(100.0) };
/// Zones are asked for exact depth where it matters.
const ZONE_MARGINS: Margins = Margins { inside: Metres(60.0), outside: Metres(100.0) };

/// A ledger nobody can compile: an import check should have refused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {id}: {error}")]
pub struct WorldError {
    /// Kind of row.
    pub what: &'static str,
    /// Its code.
    pub id: String,
    /// What is wrong with its shape.
    pub error: GeoError,
}

/// A compiled ledger revision.
#[derive(Debug)]
pub struct World {
    source: Arc<LedgerRevision>,
    bounds: Option<Bounds>,
    outline: Option<Fence>,
    fittings: BTreeMap<TerminalId, Vec<Fitted>>,
    fleet: Vec<Fleet>,
    by_vehicle: BTreeMap<VehicleId, usize>,
    transport: BTreeMap<CompanyId, Vec<TransportApproval>>,
    zones: Index,
    sites: Index,
    places: Index,
}

/// A fitting and its vehicle's place in the fleet.
#[derive(Clone, Debug)]
struct Fitted {
    fitting: Fitting,
    vehicle: Option<usize>,
}

/// Everything about one vehicle.
#[derive(Debug, Default)]
pub struct Fleet {
    /// Its rows over time.
    pub rows: Vec<Vehicle>,
    /// Its labels, oldest first.
    pub labels: Vec<LabelChange>,
    /// Its approvals.
    pub permits: Vec<Permit>,
}

/// An approval with its geometry.
#[derive(Debug)]
pub struct Permit {
    /// The row.
    pub approval: Approval,
    /// Whether its district counts here.
    pub recognised: bool,
    route: Option<Corridor>,
    sites: Vec<Fence>,
}

/// What the ledger says of a terminal at an event time.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// Nothing.
    Unknown,
    /// A spare, or of a vehicle without a row then.
    Apart,
    /// The main device of this vehicle.
    Main(&'a Fleet, &'a Vehicle),
}

impl World {
    /// Compiles a revision.
    ///
    /// # Errors
    /// A shape that cannot be judged against.
    pub fn new(source: Arc<LedgerRevision>) -> Result<Self, WorldError> {
        let ledger = &source.ledger;
        let outline = &ledger.district.outline;
        let (fleet, by_vehicle) = fleet(ledger)?;
        let site = |site: &Site| (site.id.to_string(), site.area.clone());
        let place = |place: &Place| (place.id.to_string(), place.area.clone());
        let zone = |zone: &Zone| (zone.id.to_string(), zone.area.clone());
        let district = ledger.district.id.to_string();
        Ok(Self {
            bounds: Bounds::of_area(outline),
            outline: if outline.0.is_empty() { None } else { Some(fence("district", &district, outline)?) },
            fittings: fittings(ledger, &by_vehicle),
            fleet,
            by_vehicle,
            transport: transport(ledger),
            zones: index("zone", ledger.zones.iter().map(zone), ZONE_MARGINS)?,
            sites: index("site", ledger.sites.iter().map(site), SITE_MARGINS)?,
            places: index("place", ledger.places.iter().map(place), SITE_MARGINS)?,
            source,
        })
    }

    /// The world before the first ledger: no district, nobody known.
    ///
    /// # Panics
    /// Never: an empty ledger has no shape to refuse.
    #[must_use]
    pub fn nowhere() -> Self {
        let district = District {
            id: DistrictId::new(""),
            name_zh: String::new(),
            name_en: String::new(),
            origin: Origin::Synthetic,
            outline: Area::default(),
            recognises: Vec::new(),
        };
        let ledger = Ledger {
            district,
            vehicles: Vec::new(),
            labels: Vec::new(),
            fittings: Vec::new(),
            companies: Vec::new(),
            transport_approvals: Vec::new(),
            sites: Vec::new(),
            places: Vec::new(),
            approvals: Vec::new(),
            zones: Vec::new(),
        };
        let source = LedgerRevision { revision: Revision(0), author: String::new(), ledger };
        Self::new(Arc::new(source)).expect("an empty ledger has no shapes to refuse")
    }

    /// The revision it was made of.
    #[must_use]
    pub const fn source(&self) -> &Arc<LedgerRevision> {
        &self.source
    }

    /// Its number.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.source.revision
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.source.ledger
    }

    /// Whether the ledger knows the terminal at any time.
    #[must_use]
    pub fn knows(&self, terminal: TerminalId) -> bool {
        self.fittings.contains_key(&terminal)
    }

    /// What the terminal is at an event time.
    #[must_use]
    pub fn held(&self, terminal: TerminalId, at: Timestamp) -> Held<'_> {
        let Some(fitted) = self.fitted(terminal, at) else { return Held::Unknown };
        if fitted.fitting.role != FittingRole::Main {
            return Held::Apart;
        }
        let fleet = fitted.vehicle.and_then(|place| self.fleet.get(place));
        let row = fleet.and_then(|fleet| fleet.row_at(at));
        fleet.zip(row).map_or(Held::Apart, |(fleet, row)| Held::Main(fleet, row))
    }

    /// Everything about one vehicle.
    #[must_use]
    pub fn fleet(&self, vehicle: &VehicleId) -> Option<&Fleet> {
        self.fleet.get(*self.by_vehicle.get(vehicle)?)
    }

    /// The vehicle that bears a plate at an instant.
    #[must_use]
    pub fn plate(&self, plate: &Plate, at: Timestamp) -> Option<&Vehicle> {
        self.ledger().vehicles.iter().find(|row| row.plate == *plate && row.validity.holds_at(at))
    }

    /// Transport approvals of a company, valid or not.
    #[must_use]
    pub fn transport(&self, company: &CompanyId) -> &[TransportApproval] {
        self.transport.get(company).map_or(&[], Vec::as_slice)
    }

    /// Whether a place lies in the district's outline.
    #[must_use]
    pub fn in_district(&self, place: Wgs84) -> bool {
        self.outline.as_ref().is_some_and(|outline| outline.signed_distance(place).0 >= 0.0)
    }

    /// Zones a place is in or near, with exact metres inside.
    #[must_use]
    pub fn zones_at(&self, place: Wgs84) -> Vec<(&Zone, f64)> {
        let mut near = Vec::new();
        self.zones.at(place, &mut near);
        let exact = |object: u32| Some((nth(&self.ledger().zones, object)?, self.zones.shape(object)?.depth(place).0));
        near.iter().filter_map(|near| exact(near.object)).collect()
    }

    /// Registered sites a place is in or near, with metres inside.
    #[must_use]
    pub fn sites_at(&self, place: Wgs84) -> Vec<(&Site, f64)> {
        let mut near = Vec::new();
        self.sites.at(place, &mut near);
        near.iter().filter_map(|near| Some((nth(&self.ledger().sites, near.object)?, near.depth.0))).collect()
    }

    /// Known places a place is in or near, with metres inside.
    #[must_use]
    pub fn places_at(&self, place: Wgs84) -> Vec<(&Place, f64)> {
        let mut near = Vec::new();
        self.places.at(place, &mut near);
        near.iter().filter_map(|near| Some((nth(&self.ledger().places, near.object)?, near.depth.0))).collect()
    }

    fn fitted(&self, terminal: TerminalId, at: Timestamp) -> Option<&Fitted> {
        self.fittings.get(&terminal)?.iter().find(|fitted| fitted.fitting.validity.holds_at(at))
    }
}

impl Fleet {
    /// Its row at an instant.
    #[must_use]
    pub fn row_at(&self, at: Timestamp) -> Option<&Vehicle> {
        self.rows.iter().find(|row| row.validity.holds_at(at))
    }

    /// Its label at an instant.
    #[must_use]
    pub fn label_at(&self, at: Timestamp) -> Option<EmissionLabel> {
        let after = self.labels.partition_point(|change| change.from <= at);
        self.labels.get(after.checked_sub(1)?).map(|change| change.label)
    }
}

impl Permit {
    /// How a place lies to its route and sites; `None` without a route.
    #[must_use]
    pub fn route_seen(&self, place: Wgs84) -> Option<RouteSeen> {
        let route = self.route.as_ref()?;
        let (start, end) = route.ends();
        let near = self.sites.iter().filter(|site| site.bounds().holds(place, SITE_MARGINS.outside));
        let deepest = near.map(|site| site.signed_distance(place).0).fold(f64::NEG_INFINITY, f64::max);
        Some(RouteSeen {
            away_m: route.distance(place).distance.0,
            from_end_m: distance(start, place).0.min(distance(end, place).0),
            in_site_m: deepest,
        })
    }

    /// Its route.
    #[must_use]
    pub const fn route(&self) -> Option<&Corridor> {
        self.route.as_ref()
    }
}

impl Profiles for World {
    fn profile(&self, terminal: TerminalId, at: Timestamp) -> Option<Profile> {
        let fitting = &self.fitted(terminal, at)?.fitting;
        Some(Profile { datum: fitting.datum, load_sensor: fitting.load_sensor })
    }
}

impl Ground for World {
    fn in_box(&self, place: Wgs84, margin_m: f64) -> bool {
        self.bounds.is_none_or(|bounds| bounds.holds(place, Metres(margin_m)))
    }

    fn site_around(&self, place: Wgs84, at: Timestamp, inside_m: f64) -> Option<Around> {
        let sites = self.sites_at(place).into_iter();
        let inside = sites.filter(|(site, depth)| *depth >= inside_m && site.validity.holds_at(at));
        let (site, _) = inside.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Around { site: site.id.clone(), kind: site.kind })
    }

    fn carried(&self, fix: &Fix) -> Option<Carried<'_>> {
        let fitted = self.fitted(fix.terminal, fix.at?)?;
        let fitting = &fitted.fitting;
        (fitting.role == FittingRole::Main)
            .then_some(Carried { vehicle: &fitting.vehicle, load_sensor: fitting.load_sensor })
    }
}

fn nth<T>(list: &[T], object: u32) -> Option<&T> {
    list.get(usize::try_from(object).ok()?)
}

fn fence(what: &'static str, id: &str, area: &Area) -> Result<Fence, WorldError> {
    Fence::new(area).map_err(|error| WorldError { what, id: id.to_owned(), error })
}

fn index(
    what: &'static str,
    areas: impl Iterator<Item = (String, Area)>,
    margins: Margins,
) -> Result<Index, WorldError> {
    let shapes = areas.map(|(id, area)| fence(what, &id, &area).map(Shape::Fence)).collect::<Result<Vec<_>, _>>()?;
    Ok(Index::new(shapes, margins))
}

fn fittings(ledger: &Ledger, by_vehicle: &BTreeMap<VehicleId, usize>) -> BTreeMap<TerminalId, Vec<Fitted>> {
    let mut fittings: BTreeMap<TerminalId, Vec<Fitted>> = BTreeMap::new();
    for fitting in &ledger.fittings {
        let vehicle = by_vehicle.get(&fitting.vehicle).copied();
        fittings.entry(fitting.terminal).or_default().push(Fitted { fitting: fitting.clone(), vehicle });
    }
    for fitted in fittings.values_mut() {
        fitted.sort_by_key(|fitted| fitted.fitting.validity);
    }
    fittings
}

fn transport(ledger: &Ledger) -> BTreeMap<CompanyId, Vec<TransportApproval>> {
    let mut papers: BTreeMap<CompanyId, Vec<TransportApproval>> = BTreeMap::new();
    for paper in &ledger.transport_approvals {
        papers.entry(paper.company.clone()).or_default().push(paper.clone());
    }
    papers
}

fn fleet(ledger: &Ledger) -> Result<(Vec<Fleet>, BTreeMap<VehicleId, usize>), WorldError> {
    let mut fleet: BTreeMap<&VehicleId, Fleet> = BTreeMap::new();
    for row in &ledger.vehicles {
        fleet.entry(&row.id).or_default().rows.push(row.clone());
    }
    for label in &ledger.labels {
        fleet.entry(&label.vehicle).or_default().labels.push(label.clone());
    }
    let areas: BTreeMap<&SiteId, &Area> = ledger.sites.iter().map(|site| (&site.id, &site.area)).collect();
    for approval in &ledger.approvals {
        let permit = permit(approval, ledger, &areas)?;
        fleet.entry(&approval.vehicle).or_default().permits.push(permit);
    }
    let mut list = Vec::with_capacity(fleet.len());
    let mut places = BTreeMap::new();
    for (id, mut one) in fleet {
        one.rows.sort_by_key(|row| row.validity);
        one.labels.sort_by_key(|label| label.from);
        one.permits.sort_by(|a, b| a.approval.id.cmp(&b.approval.id));
        places.insert(id.clone(), list.len());
        list.push(one);
    }
    Ok((list, places))
}

fn permit(approval: &Approval, ledger: &Ledger, areas: &BTreeMap<&SiteId, &Area>) -> Result<Permit, WorldError> {
    let district = &ledger.district;
    let route = if approval.route.0.len() < 2 {
        None
    } else {
        let refused = |error| WorldError { what: "approval", id: approval.id.to_string(), error };
        Some(Corridor::new(&approval.route).map_err(refused)?)
    };
    let named = [&approval.load_site, &approval.disposal_site].into_iter().flatten();
    let sites = named.filter_map(|site| Some((site, areas.get(site)?)));
    Ok(Permit {
        recognised: approval.district == district.id || district.recognises.contains(&approval.district),
        route,
        sites: sites.map(|(site, area)| fence("site", site.as_str(), area)).collect::<Result<_, _>>()?,
        approval: approval.clone(),
    })
}
