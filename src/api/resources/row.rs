//! A violation in one row: what a rule found, and the sentence that says it.

use super::rules::{FamilyName, SeverityName, SubjectKind};
use crate::{
    api::{book::Book, names::PlateView},
    cases::{
        row::{EpisodeRow, EpisodeState},
        sentence::{Names, sentence},
    },
    model::place::Wgs84,
    rules::{
        observation::{Object, Subject},
        spec::Quantity,
    },
    store::episodes::StoredEpisode,
    track::{grade::Grade, interval::EndReason},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A suspected violation (one episode).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ViolationRow {
    /// Digest of rule, subject, object, start and first input, hex.
    pub id: String,
    /// Append number of its first change: its place in lists, for good.
    pub append: u64,
    /// Append number of its newest change.
    pub last_append: u64,
    /// Rule id.
    pub rule: String,
    /// Tile it counts under.
    pub family: FamilyName,
    /// Chinese title of the rule.
    pub title_zh: String,
    /// English title of the rule.
    pub title_en: String,
    /// Who.
    pub subject: SubjectView,
    /// What it is about: zone, site, approval.
    pub object: Option<ObjectView>,
    /// Company the vehicle hauled for at its start.
    pub company_name: Option<String>,
    /// The device it was judged from.
    pub terminal: String,
    /// Event time of its start, ms UTC.
    pub start_ms: i64,
    /// Event time of its end, ms UTC; `null` while open.
    pub end_ms: Option<i64>,
    /// Why it ended; `null` while open.
    pub end_reason: Option<EndReasonName>,
    /// Evidence grade.
    pub grade: GradeName,
    /// Where it stands; the machine stops at `suspected`.
    pub state: StateName,
    /// How grave.
    pub severity: SeverityName,
    /// The measured value at its peak.
    pub peak: MeasureView,
    /// Way driven while it lasted; `null` where the rule measures none.
    pub length_m: Option<f64>,
    /// How long it lasted so far.
    pub duration_s: i64,
    /// One sentence, Chinese.
    pub sentence_zh: String,
    /// One sentence, English.
    pub sentence_en: String,
    /// Where; `null` when its place is not known.
    pub place: Option<NearView>,
    /// 补报产生: became known too late to be told live.
    pub late: bool,
    /// A ledger row recorded after its end changed its verdict.
    pub permit_backdated: bool,
    /// SHA-256 of the parameters it was judged by, hex.
    pub parameter_hash: String,
    /// Revision of the ledger it was judged by.
    pub ledger_revision: u32,
}

impl ViolationRow {
    /// A stored episode with its names from `book`.
    #[must_use]
    pub fn new(stored: &StoredEpisode, book: &Book) -> Self {
        let row = &stored.row;
        let (found, spec) = (&row.found, row.found.rule.spec());
        let sentence = sentence(row, book);
        Self {
            id: row.id.to_string(),
            append: stored.append.0,
            last_append: stored.last_append.0,
            rule: found.rule.code().to_owned(),
            family: spec.family.into(),
            title_zh: spec.title_zh.to_owned(),
            title_en: spec.title_en.to_owned(),
            subject: SubjectView::new(row, book),
            object: ObjectView::new(&found.object, book),
            company_name: company_name(row, book),
            terminal: row.terminal.to_string(),
            start_ms: found.start().as_millis(),
            end_ms: found.end.map(|end| end.at.as_millis()),
            end_reason: found.end.map(|end| end.reason.into()),
            grade: found.stretch.grade.into(),
            state: row.state.into(),
            severity: found.severity.into(),
            peak: MeasureView::new(spec.peak, found.stretch.peak.value),
            length_m: Some(found.stretch.driven_m),
            duration_s: found.lasted().as_millis() / 1000,
            sentence_zh: sentence.zh,
            sentence_en: sentence.en,
            place: NearView::new(found.stretch.peak.place, book),
            late: row.late,
            permit_backdated: row.permit_backdated.is_some(),
            parameter_hash: found.parameter_hash.to_string(),
            ledger_revision: row.ledger_revision.0,
        }
    }
}

impl SubjectView {
    fn new(row: &EpisodeRow, book: &Book) -> Self {
        match &row.found.subject {
            Subject::Terminal(terminal) => Self { kind: SubjectKind::Terminal, id: terminal.to_string(), plate: None },
            Subject::Vehicle(id) => {
                let vehicle = book.vehicle(id, row.found.start());
                Self { kind: SubjectKind::Vehicle, id: id.to_string(), plate: vehicle.map(|row| (&row.plate).into()) }
            }
        }
    }
}

impl ObjectView {
    fn new(object: &Object, book: &Book) -> Option<Self> {
        let (kind, id, name) = match object {
            Object::Nothing => return None,
            Object::Company(id) => (ObjectKind::Company, id.as_str(), book.company(id).map(|row| &row.name)),
            Object::Site(id) => (ObjectKind::Site, id.as_str(), book.site(id).map(|row| &row.name)),
            Object::Zone(id) => (ObjectKind::Zone, id.as_str(), book.zone(id).map(|row| &row.name)),
        };
        Some(Self { kind, id: id.to_owned(), name: name.map_or_else(|| id.to_owned(), Clone::clone) })
    }
}

impl MeasureView {
    fn new(quantity: Quantity, value: f64) -> Self {
        Self { name: quantity.code().to_owned(), value, unit: quantity.unit().to_owned() }
    }
}

impl NearView {
    fn new(place: Wgs84, book: &Book) -> Option<Self> {
        let near = book.near(place);
        let (near_zh, near_en) = near.map(|near| (near.zh, near.en)).unzip();
        (place != Wgs84::default()).then(|| Self { lat: place.lat(), lon: place.lon(), near_zh, near_en })
    }
}

impl From<Grade> for GradeName {
    fn from(grade: Grade) -> Self {
        match grade {
            Grade::A => Self::A,
            Grade::B => Self::B,
            Grade::C => Self::C,
        }
    }
}

impl From<GradeName> for Grade {
    fn from(grade: GradeName) -> Self {
        match grade {
            GradeName::A => Self::A,
            GradeName::B => Self::B,
            GradeName::C => Self::C,
        }
    }
}

impl From<EpisodeState> for StateName {
    fn from(state: EpisodeState) -> Self {
        match state {
            EpisodeState::Lead => Self::Lead,
            EpisodeState::Suspected => Self::Suspected,
            EpisodeState::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<StateName> for EpisodeState {
    fn from(state: StateName) -> Self {
        match state {
            StateName::Lead => Self::Lead,
            StateName::Suspected => Self::Suspected,
            StateName::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<EndReason> for EndReasonName {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Left => Self::Left,
            EndReason::Gap => Self::Gap,
            EndReason::Event => Self::Event,
        }
    }
}

fn company_name(row: &EpisodeRow, book: &Book) -> Option<String> {
    let Subject::Vehicle(id) = &row.found.subject else { return None };
    book.company_of(id, row.found.start())
}

/// Who broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubjectView {
    /// Which kind of thing `id` names.
    pub kind: SubjectKind,
    /// Ledger code, or the terminal.
    pub id: String,
    /// Plate at the start, when it is a vehicle.
    pub plate: Option<PlateView>,
}

/// What a violation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObjectView {
    /// Which kind of thing `id` names.
    pub kind: ObjectKind,
    /// Ledger code.
    pub id: String,
    /// Its name; the code where the ledger has none.
    pub name: String,
}

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// 核准
    Approval,
    /// 企业
    Company,
    /// 工地、消纳场
    Site,
    /// 限行区
    Zone,
}

/// A measured value.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MeasureView {
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
    /// In what.
    pub unit: String,
}

/// Where a violation was, in words.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NearView {
    /// Degrees, WGS-84.
    pub lat: f64,
    /// Degrees, WGS-84.
    pub lon: f64,
    /// What stands near, Chinese; `null` when nothing named does.
    pub near_zh: Option<String>,
    /// What stands near, English; `null` when nothing named does.
    pub near_en: Option<String>,
}

/// Evidence grades (rules.md 0.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema)]
pub enum GradeName {
    /// Sensor and geometry, or two sources.
    A,
    /// Geometry alone, dense good fixes.
    B,
    /// Inferred.
    C,
}

/// Why an episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReasonName {
    /// It was seen to stop.
    Left,
    /// Silence: what came after is not known.
    Gap,
    /// An event with its own times.
    Event,
}

/// States the machine gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// 线索
    Lead,
    /// 疑似
    Suspected,
    /// 已撤销
    Withdrawn,
}
