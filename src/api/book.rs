//! A revision of the ledger with its rows found by id, and the small cache that keeps the newest and a few older ones.

use super::problem::{Problem, ProblemCode};
use crate::{
    cases::sentence::{Bilingual, Names},
    engine::world::{World, WorldError},
    model::{
        approval::Approval,
        company::{Company, TransportApproval},
        ids::{ApprovalId, CompanyId, DistrictId, Revision, SiteId, TerminalId, VehicleId, ZoneId},
        input::LedgerRevision,
        ledger::Ledger,
        place::Wgs84,
        site::Site,
        terminal::{Fitting, FittingRole},
        time::{Timestamp, Validity},
        vehicle::{EmissionLabel, LabelChange, Vehicle},
        zone::Zone,
    },
    store::ledger::{LedgerStore, WhichRevision},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A revision of the ledger, indexed.
#[derive(Debug)]
pub struct Book {
    /// The rows compiled for look-up by place and by device.
    pub world: World,
    vehicles: BTreeMap<VehicleId, Vec<usize>>,
    labels: BTreeMap<VehicleId, Vec<usize>>,
    fittings: BTreeMap<VehicleId, Vec<usize>>,
    devices: BTreeMap<TerminalId, Vec<usize>>,
    approvals: BTreeMap<VehicleId, Vec<usize>>,
    transport: BTreeMap<CompanyId, Vec<usize>>,
}

impl Book {
    /// Indexes a ledger.
    ///
    /// # Errors
    /// A shape that cannot be judged against.
    pub fn new(revision: LedgerRevision) -> Result<Self, WorldError> {
        let world = World::new(Arc::new(revision))?;
        let ledger = world.ledger();
        Ok(Self {
            vehicles: group(&ledger.vehicles, |row| row.id.clone()),
            labels: group(&ledger.labels, |row| row.vehicle.clone()),
            fittings: group(&ledger.fittings, |row| row.vehicle.clone()),
            devices: group(&ledger.fittings, |row| row.terminal),
            approvals: group(&ledger.approvals, |row| row.vehicle.clone()),
            transport: group(&ledger.transport_approvals, |row| row.company.clone()),
            world,
        })
    }

    /// Its number.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.world.revision()
    }

    /// The rows.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.world.ledger()
    }

    /// Every vehicle once: the row that holds at `at`, else its newest.
    pub fn fleet(&self, at: Timestamp) -> impl Iterator<Item = &Vehicle> {
        self.vehicles.keys().filter_map(move |id| self.vehicle(id, at))
    }

    /// The row of a vehicle that holds at `at`, else its newest.
    #[must_use]
    pub fn vehicle(&self, id: &VehicleId, at: Timestamp) -> Option<&Vehicle> {
        newest(rows_of(&self.vehicles, id, &self.ledger().vehicles), at, |row| row.validity)
    }

    /// Labels of a vehicle, oldest first.
    #[must_use]
    pub fn labels(&self, id: &VehicleId) -> Vec<&LabelChange> {
        let mut labels: Vec<_> = rows_of(&self.labels, id, &self.ledger().labels).collect();
        labels.sort_by_key(|change| change.from);
        labels
    }

    /// The label of a vehicle at `at` and since when.
    #[must_use]
    pub fn label(&self, id: &VehicleId, at: Timestamp) -> Option<(EmissionLabel, Timestamp)> {
        self.labels(id).into_iter().rev().find(|change| change.from <= at).map(|change| (change.label, change.from))
    }

    /// Devices of a vehicle, newest first.
    #[must_use]
    pub fn fittings(&self, id: &VehicleId) -> Vec<&Fitting> {
        let mut fittings: Vec<_> = rows_of(&self.fittings, id, &self.ledger().fittings).collect();
        fittings.sort_by_key(|fitting| std::cmp::Reverse(fitting.validity.from));
        fittings
    }

    /// The main device of a vehicle at `at`, else its newest main device, else its newest device.
    #[must_use]
    pub fn device(&self, id: &VehicleId, at: Timestamp) -> Option<TerminalId> {
        let main = rows_of(&self.fittings, id, &self.ledger().fittings).filter(|row| row.role == FittingRole::Main);
        let found = newest(main, at, |row| row.validity);
        found.or_else(|| self.fittings(id).first().copied()).map(|fitting| fitting.terminal)
    }

    /// The row of a device that holds at `at`.
    #[must_use]
    pub fn fitting(&self, terminal: TerminalId, at: Timestamp) -> Option<&Fitting> {
        rows_of(&self.devices, &terminal, &self.ledger().fittings).find(|row| row.validity.holds_at(at))
    }

    /// Approvals of a vehicle, those valid at `at` first, then by number.
    #[must_use]
    pub fn approvals(&self, id: &VehicleId, at: Timestamp) -> Vec<&Approval> {
        let mut approvals: Vec<_> = rows_of(&self.approvals, id, &self.ledger().approvals).collect();
        approvals.sort_by_key(|approval| (!approval.validity.holds_at(at), approval.id.clone()));
        approvals
    }

    /// One approval.
    #[must_use]
    pub fn approval(&self, id: &ApprovalId) -> Option<&Approval> {
        self.ledger().approvals.iter().find(|approval| approval.id == *id)
    }

    /// A company.
    #[must_use]
    pub fn company(&self, id: &CompanyId) -> Option<&Company> {
        self.ledger().companies.iter().find(|company| company.id == *id)
    }

    /// Whether a company holds a transport approval that counts here at `at`.
    #[must_use]
    pub fn may_haul(&self, id: &CompanyId, at: Timestamp) -> bool {
        let mut held = rows_of(&self.transport, id, &self.ledger().transport_approvals);
        held.any(|row: &TransportApproval| row.validity.holds_at(at) && self.recognises(&row.district))
    }

    /// Whether approvals of a district count here.
    #[must_use]
    pub fn recognises(&self, district: &DistrictId) -> bool {
        let ours = &self.ledger().district;
        ours.id == *district || ours.recognises.contains(district)
    }

    /// A site.
    #[must_use]
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.ledger().sites.iter().find(|site| site.id == *id)
    }

    /// A zone.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.ledger().zones.iter().find(|zone| zone.id == *id)
    }
}

fn rows_of<'a, K: Ord, T>(
    index: &'a BTreeMap<K, Vec<usize>>,
    key: &K,
    rows: &'a [T],
) -> impl Iterator<Item = &'a T> + use<'a, K, T> {
    index.get(key).into_iter().flatten().filter_map(|place| rows.get(*place))
}

/// Names as the ledger has them.
impl Names for Book {
    fn plate(&self, vehicle: &VehicleId, at: Timestamp) -> Option<String> {
        self.vehicle(vehicle, at).map(|row| row.plate.to_string())
    }

    fn company_of(&self, vehicle: &VehicleId, at: Timestamp) -> Option<String> {
        let company = self.vehicle(vehicle, at)?.company.as_ref()?;
        Some(Names::company(self, company).unwrap_or_else(|| company.to_string()))
    }

    fn company(&self, company: &CompanyId) -> Option<String> {
        Self::company(self, company).map(|row| row.name.clone())
    }

    fn site(&self, site: &SiteId) -> Option<String> {
        Self::site(self, site).map(|row| row.name.clone())
    }

    fn zone(&self, zone: &ZoneId) -> Option<String> {
        Self::zone(self, zone).map(|row| row.name.clone())
    }

    fn haul(&self, approval: &ApprovalId) -> Option<String> {
        let approval = self.approval(approval)?;
        let name = |id: &Option<SiteId>| id.as_ref().map(|id| Names::site(self, id).unwrap_or_else(|| id.to_string()));
        Some(format!("{}→{}", name(&approval.load_site)?, name(&approval.disposal_site)?))
    }

    /// A site or another known place it lies in or near.
    fn near(&self, place: Wgs84) -> Option<Bilingual> {
        let sites = self.world.sites_at(place).into_iter().map(|(site, depth_m)| (site.name.as_str(), depth_m));
        let places = self.world.places_at(place).into_iter().map(|(place, depth_m)| (place.name.as_str(), depth_m));
        let (name, depth_m) = sites.chain(places).max_by(|a, b| a.1.total_cmp(&b.1))?;
        if depth_m >= 0.0 {
            return Some(Bilingual { zh: format!("{name}内"), en: name.to_owned() });
        }
        let away = -depth_m;
        Some(Bilingual { zh: format!("{name}旁约 {away:.0} m 处"), en: format!("{name} ({away:.0} m away)") })
    }
}

fn group<T, K: Ord>(rows: &[T], key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        groups.entry(key(row)).or_default().push(place);
    }
    groups
}

/// The row that holds at `at`, else the one that began last.
fn newest<'a, T>(rows: impl Iterator<Item = &'a T>, at: Timestamp, validity: impl Fn(&T) -> Validity) -> Option<&'a T> {
    rows.max_by_key(|row| (validity(row).holds_at(at), validity(row).from))
}

/// Revisions kept: the newest, and those the details on the screens were judged by.
const BOOKS_MAX: usize = 4;
/// How old the answer "which revision is the newest" may be.
const NEWEST_AGE_MAX: Duration = Duration::from_secs(1);

/// Books by revision; the newest is asked for at most once a second.
pub struct Shelf {
    store: Arc<dyn LedgerStore>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    newest: Option<(Instant, Revision)>,
    books: VecDeque<Arc<Book>>,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl Shelf {
    /// An empty shelf before a store.
    #[must_use]
    pub fn new(store: Arc<dyn LedgerStore>) -> Self {
        Self { store, kept: Mutex::default() }
    }

    /// The newest revision.
    ///
    /// # Errors
    /// `unavailable` before the first import, or when the store does not answer.
    pub async fn newest(&self) -> Result<Arc<Book>, Problem> {
        if let Some(revision) = self.known_newest() {
            return self.revision(revision).await;
        }
        let entries = self.store.revisions(None, 1).await?;
        let entry =
            entries.first().ok_or_else(|| Problem::new(ProblemCode::Unavailable, "no ledger was imported yet"))?;
        self.kept().newest = Some((Instant::now(), entry.revision));
        self.revision(entry.revision).await
    }

    /// The newest revision that is at hand, whatever the store has.
    #[must_use]
    pub fn last_known(&self) -> Option<Arc<Book>> {
        self.kept().books.iter().max_by_key(|book| book.revision()).cloned()
    }

    /// This revision.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer, `not_found` when there is no such revision.
    pub async fn revision(&self, revision: Revision) -> Result<Arc<Book>, Problem> {
        if let Some(book) = self.kept().books.iter().find(|book| book.revision() == revision) {
            return Ok(Arc::clone(book));
        }
        let loaded = self.store.load(WhichRevision::Number(revision)).await?;
        let loaded = loaded.ok_or_else(|| Problem::not_found("ledger revision", revision.0))?;
        let revision_row = LedgerRevision { revision, author: loaded.entry.author, ledger: loaded.ledger };
        let compiled = tokio::task::spawn_blocking(move || Book::new(revision_row)).await?;
        let book =
            Arc::new(compiled.map_err(|error| {
                Problem::from_cause(ProblemCode::Internal, "the ledger cannot be compiled", &error)
            })?);
        let mut kept = self.kept();
        kept.books.retain(|other| other.revision() != revision);
        kept.books.push_front(Arc::clone(&book));
        kept.books.truncate(BOOKS_MAX);
        Ok(book)
    }

    fn known_newest(&self) -> Option<Revision> {
        let kept = self.kept();
        kept.newest.filter(|(asked, _)| asked.elapsed() < NEWEST_AGE_MAX).map(|(_, revision)| revision)
    }

    /// The shelf stays whole if a holder of the lock panicked: books are whole before they are put on it.
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
