//! A vehicle as the roadside sees it: one verdict, and what it rests on.

use super::{approval::ApprovalCard, health::stands, point::TrackPoint, row::ViolationRow};
use crate::{
    api::{
        book::Book,
        hours,
        names::{LabelName, LoadSensorName, PlateView, RoleName, VehicleKindName, since_text, span_text},
        params::Between,
        problem::Problem,
        resources::approval::ApprovalFault,
        state::ApiState,
        trace::{Source, is_good},
        verdict::{self, Breach, BreachKind, CompanyFacts, Facts, Papers, Verdict},
    },
    cases::sentence::{Bilingual, sentence},
    model::{
        approval::Approval,
        company::Company,
        fix::Fix,
        ids::{ApprovalId, TerminalId},
        terminal::Fitting,
        time::{Span, Timestamp},
        vehicle::{EmissionLabel, LabelChange, Vehicle},
        zone::ClosedTo,
    },
    rules::{RuleId, observation::open_at, spec::Family},
    store::episodes::{EpisodeFilter, Progress, StoredEpisode},
    track::quality::Quality,
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Everything about one vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VehicleCard {
    /// Ledger code.
    pub id: String,
    /// Its plate.
    pub plate: PlateView,
    /// What it is.
    pub kind: VehicleKindName,
    /// Company it hauls for.
    pub company: Option<CompanyView>,
    /// 监管部门
    pub supervising_unit: String,
    /// 监管责任领导
    pub responsible_leader: String,
    /// 监管责任人
    pub responsible_officer: String,
    /// Telephone of the officer.
    pub officer_phone: String,
    /// May it, here and now?
    pub verdict: VerdictView,
    /// Its approvals, those valid now first.
    pub approvals: Vec<ApprovalCard>,
    /// Its emission labels, oldest first.
    pub labels: Vec<LabelView>,
    /// Devices fitted to it, newest first.
    pub terminals: Vec<FittingView>,
    /// Newest good position; `null` when none is known.
    pub last_fix: Option<TrackPoint>,
    /// Its violations of the last 90 days, newest first.
    pub violations: Vec<ViolationRow>,
    /// When this was asked, RFC 3339.
    pub asked_at: String,
    /// The same, ms UTC.
    pub asked_ms: i64,
}

/// A company and whether it may haul muck here now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompanyView {
    /// Ledger code.
    pub id: String,
    /// Name as registered.
    pub name: String,
    /// A transport approval that counts here holds now.
    pub transport_approval_valid: bool,
}

/// A label from an instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LabelView {
    /// Which.
    pub label: LabelName,
    /// First instant, RFC 3339; `null` = always had it.
    pub from: Option<String>,
    /// Retrofit certificate or scrapping document, empty if none.
    pub certificate: String,
}

/// A device in this vehicle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FittingView {
    /// The device.
    pub terminal: String,
    /// Main or spare.
    pub role: RoleName,
    /// Whether it reports load.
    pub load_sensor: LoadSensorName,
    /// First instant it sat there, RFC 3339; `null` = always.
    pub from: Option<String>,
    /// First instant it no longer does, RFC 3339; `null` = it still does.
    pub to: Option<String>,
}

/// One verdict with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictView {
    /// From the closed list.
    pub code: VerdictName,
    /// The line to read, Chinese; says so when it rests on old data.
    pub headline_zh: String,
    /// The line to read, English.
    pub headline_en: String,
    /// Why, one line, Chinese.
    pub reason_zh: String,
    /// Why, one line, English.
    pub reason_en: String,
    /// What it rests on, Chinese.
    pub rests_on_zh: String,
    /// What it rests on, English.
    pub rests_on_en: String,
    /// Age of the newest position by the server's clock; `null` when there is none.
    pub data_age_s: Option<i64>,
    /// Whether that is older than the limit.
    pub stale: bool,
}

/// Verdicts in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictName {
    /// 报废仍上路
    ScrappedMoving,
    /// 疑似黑车
    BlackTruck,
    /// 黄标车在限行区内
    YellowInZone,
    /// 不在核准时间
    OutsideWindow,
    /// 其他疑似违规未结
    OtherBreach,
    /// 正常
    InOrder,
    /// 台账无此车
    NotInLedger,
    /// 无数据
    NoData,
}

impl VerdictName {
    /// As it stands in JSON and in the query log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ScrappedMoving => "scrapped_moving",
            Self::BlackTruck => "black_truck",
            Self::YellowInZone => "yellow_in_zone",
            Self::OutsideWindow => "outside_window",
            Self::OtherBreach => "other_breach",
            Self::InOrder => "in_order",
            Self::NotInLedger => "not_in_ledger",
            Self::NoData => "no_data",
        }
    }
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        Self {
            code: verdict.code,
            headline_zh: verdict.headline.zh,
            headline_en: verdict.headline.en,
            reason_zh: verdict.reason.zh,
            reason_en: verdict.reason.en,
            rests_on_zh: verdict.rests_on.zh,
            rests_on_en: verdict.rests_on.en,
            data_age_s: verdict.data_age_s,
            stale: verdict.stale,
        }
    }
}

/// Violations of a card reach back so far.
const VIOLATIONS_BACK: Span = Span::from_secs(90 * 86_400);
/// Most violations of a card.
const VIOLATIONS_MAX: u32 = 100;

impl VehicleCard {
    /// Everything about a vehicle as of `now`.
    ///
    /// # Errors
    /// Store or record did not answer.
    pub async fn gather(api: &ApiState, book: &Arc<Book>, vehicle: &Vehicle, now: Timestamp) -> Result<Self, Problem> {
        let filter = EpisodeFilter {
            vehicle: Some(vehicle.id.clone()),
            from: Some(now - VIOLATIONS_BACK),
            ..EpisodeFilter::default()
        };
        let recent = api.episodes.list(&filter, None, VIOLATIONS_MAX).await?;
        let open = EpisodeFilter { progress: Some(Progress::Open), from: None, ..filter };
        let open = api.episodes.list(&open, None, VIOLATIONS_MAX).await?;
        let seen = Seen::look(api, book, vehicle, now).await?;
        let facts = Facts { over_of_late: over_of_late(&recent, now), ..facts(api, book, vehicle, &seen, &open, now) };
        Ok(Self::new(book, vehicle, now, Parts { verdict: verdict::judge(&facts), seen, open, recent }))
    }

    fn new(book: &Book, vehicle: &Vehicle, now: Timestamp, parts: Parts) -> Self {
        let approvals = book.approvals(&vehicle.id, now).into_iter();
        let company = vehicle.company.as_ref().and_then(|id| book.company(id));
        Self {
            id: vehicle.id.to_string(),
            plate: (&vehicle.plate).into(),
            kind: vehicle.kind.into(),
            company: company.map(|company| CompanyView::new(company, book, now)),
            supervising_unit: vehicle.supervising_unit.clone(),
            responsible_leader: vehicle.responsible_leader.clone(),
            responsible_officer: vehicle.responsible_officer.clone(),
            officer_phone: vehicle.officer_phone.clone(),
            verdict: parts.verdict.into(),
            approvals: approvals
                .map(|approval| ApprovalCard::new(approval, book, now, &faults(&approval.id, &parts.open)))
                .collect(),
            labels: book.labels(&vehicle.id).into_iter().map(LabelView::new).collect(),
            terminals: book.fittings(&vehicle.id).into_iter().map(FittingView::new).collect(),
            last_fix: parts.seen.last.map(|(fix, quality)| TrackPoint::new(&fix, quality, None)),
            violations: parts
                .recent
                .iter()
                .filter(|stored| stored.row.is_live())
                .map(|stored| ViolationRow::new(stored, book))
                .collect(),
            asked_at: now.to_string(),
            asked_ms: now.as_millis(),
        }
    }
}

/// What a card is made of besides the ledger.
struct Parts {
    verdict: Verdict,
    seen: Seen,
    open: Vec<StoredEpisode>,
    recent: Vec<StoredEpisode>,
}

/// What the record says of a vehicle.
struct Seen {
    last: Option<(Fix, Quality)>,
    moved_at: Option<Timestamp>,
}

/// How far back movement of a scrapped vehicle is looked for from its newest fix.
const MOVEMENT_BACK: Span = Span::from_secs(86_400);
/// Faster than this is moving (rules.md 11 Y2).
const MOVING_KMH: f64 = 5.0;

impl Seen {
    async fn look(api: &ApiState, book: &Arc<Book>, vehicle: &Vehicle, now: Timestamp) -> Result<Self, Problem> {
        let Some(device) = book.device(&vehicle.id, now) else { return Ok(Self { last: None, moved_at: None }) };
        let source = Source::new(api, book);
        let last = source.newest(device, now).await?;
        let at = last.as_ref().and_then(|(fix, _)| fix.at);
        let gone = book
            .label(&vehicle.id, now)
            .is_some_and(|(label, _)| matches!(label, EmissionLabel::Scrapped | EmissionLabel::Deregistered));
        let moved_at = match at.filter(|_| gone) {
            Some(at) => moved(&source, device, at).await?,
            None => None,
        };
        Ok(Self { last, moved_at })
    }
}

async fn moved(source: &Source, device: TerminalId, last: Timestamp) -> Result<Option<Timestamp>, Problem> {
    let day = Between { from: last - MOVEMENT_BACK, to: last + Span::from_millis(1) };
    let track = source.track(device, day).await?;
    let moving = track.points.iter().filter(|(fix, quality)| is_good(*quality) && fix.speed.kmh() > MOVING_KMH);
    Ok(moving.filter_map(|(fix, _)| fix.at).max())
}

fn facts(api: &ApiState, book: &Book, vehicle: &Vehicle, seen: &Seen, open: &[StoredEpisode], now: Timestamp) -> Facts {
    let company = vehicle.company.as_ref().map(|id| CompanyFacts {
        name: book.company(id).map_or_else(|| id.to_string(), |company| company.name.clone()),
        approved: book.may_haul(id, now),
    });
    let stale_after = Span::from_secs(i64::from(api.config.verdict_stale_after_s));
    let fresh = |fix: &&Fix| fix.at.is_some_and(|at| now.since(at) <= stale_after);
    let here = seen.last.as_ref().map(|(fix, _)| fix).filter(fresh);
    let mut open: Vec<&StoredEpisode> = open.iter().collect();
    open.sort_by_key(|stored| (std::cmp::Reverse(stored.row.found.severity), stored.row.found.start()));
    Facts {
        now,
        stale_after,
        ledger_revision: book.revision().0,
        kind: vehicle.kind,
        label: book.label(&vehicle.id, now),
        company,
        papers: papers(book, &book.approvals(&vehicle.id, now), now),
        last_at: seen.last.as_ref().and_then(|(fix, _)| fix.at),
        moved_at: seen.moved_at,
        zone: here.and_then(|fix| closed_zone(book, fix, now)),
        open: open.into_iter().map(|stored| breach(stored, book)).collect(),
        over_of_late: 0,
        unjudged_s: stands(api).unjudged_s(),
    }
}

/// Breaches that stand and ended within the last day.
fn over_of_late(recent: &[StoredEpisode], now: Timestamp) -> usize {
    let late = |end: Timestamp| now.since(end) <= MOVEMENT_BACK;
    recent.iter().filter(|stored| stored.row.is_live() && stored.row.found.end.is_some_and(|end| late(end.at))).count()
}

fn papers(book: &Book, approvals: &[&Approval], now: Timestamp) -> Papers {
    let recognised = approvals.iter().filter(|approval| book.recognises(&approval.district));
    let valid: Vec<_> = recognised.clone().filter(|approval| approval.validity.holds_at(now)).collect();
    let mut windows: Vec<_> = valid.iter().flat_map(|approval| &approval.windows).copied().collect();
    windows.sort();
    windows.dedup();
    Papers {
        all: approvals.len(),
        recognised: recognised.count(),
        valid: valid.len(),
        open: valid.iter().filter(|approval| open_at(&approval.windows, now)).count(),
        hours: (!valid.is_empty()).then(|| hours::words(&windows)),
    }
}

/// Name of the zone closed to yellow labels now in which a fix lies.
fn closed_zone(book: &Book, fix: &Fix, now: Timestamp) -> Option<String> {
    let zones = book.world.zones_at(fix.place);
    let mut closed = zones.into_iter().filter(|(zone, depth_m)| {
        let is_closed = zone.validity.holds_at(now) && open_at(&zone.hours, now);
        *depth_m >= 0.0 && zone.closed_to == ClosedTo::YellowLabel && is_closed
    });
    closed.next().map(|(zone, _)| zone.name.clone())
}

fn breach(stored: &StoredEpisode, book: &Book) -> Breach {
    let spec = stored.row.found.rule.spec();
    let kind = match spec.family {
        Family::BlackTruck => BreachKind::BlackTruck,
        Family::YellowLabel => BreachKind::YellowZone,
        Family::OffHours => BreachKind::OutsideWindow,
        Family::Loading | Family::OffRoute => BreachKind::Other,
    };
    let title = Bilingual { zh: spec.title_zh.to_owned(), en: spec.title_en.to_owned() };
    Breach { kind, title, sentence: sentence(&stored.row, book) }
}

/// What open episodes say about one approval.
fn faults(approval: &ApprovalId, open: &[StoredEpisode]) -> Vec<ApprovalFault> {
    let judged_by = open.iter().filter(|stored| stored.row.found.stretch.note.approvals.contains(approval));
    let mut faults: Vec<_> = judged_by.filter_map(|stored| track_fault(stored.row.found.rule)).collect();
    faults.sort();
    faults.dedup();
    faults
}

/// What a rule says of the approvals it judged by, where only the track can tell.
#[must_use]
pub fn track_fault(rule: RuleId) -> Option<ApprovalFault> {
    match rule.spec().family {
        Family::OffRoute => Some(ApprovalFault::Route),
        Family::Loading => Some(ApprovalFault::Site),
        Family::BlackTruck | Family::OffHours | Family::YellowLabel => None,
    }
}

impl CompanyView {
    fn new(company: &Company, book: &Book, now: Timestamp) -> Self {
        let transport_approval_valid = book.may_haul(&company.id, now);
        Self { id: company.id.to_string(), name: company.name.clone(), transport_approval_valid }
    }
}

impl LabelView {
    fn new(change: &LabelChange) -> Self {
        Self { label: change.label.into(), from: since_text(change.from), certificate: change.certificate.clone() }
    }
}

impl FittingView {
    fn new(fitting: &Fitting) -> Self {
        let (from, to) = span_text(&fitting.validity);
        let (role, load_sensor) = (fitting.role.into(), fitting.load_sensor.into());
        Self { terminal: fitting.terminal.to_string(), role, load_sensor, from, to }
    }
}
