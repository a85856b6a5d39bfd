//! `GET /api/v1/violations/{id}`: why. The rule, its parameters then, the measured beside the limits, the approval as it stood
//! then, the legal basis, the fixes; and every correction since.

use super::{approval::ApprovalCard, point::TrackPoint, row::ViolationRow};
use crate::{
    api::{
        book::Book,
        params::{At, Between},
        problem::Problem,
        resources::{approval::ApprovalFault, card::track_fault, rules::table},
        shapes::{Geometry, LonLat, lon_lat},
        state::ApiState,
        trace::Source,
    },
    cases::{
        change::{Cause, Correction},
        id::EpisodeId,
        row::{EpisodeRow, Found},
    },
    model::time::Span,
    rules::{
        RuleId,
        finding::Measure,
        observation::{Object, Subject},
        policy::Policies,
        spec::Family,
    },
    store::episodes::StoredCorrection,
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// A violation with everything it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ViolationDetail {
    /// The row of the list.
    #[serde(flatten)]
    pub row: ViolationRow,
    /// Measured values beside their limits.
    pub why: Vec<WhyLine>,
    /// Legal basis.
    pub basis: String,
    /// Parameters and limits it was judged by; the unit is the end of the name. `null` when that policy is no longer known here.
    pub parameters: Option<BTreeMap<String, serde_json::Value>>,
    /// Approvals of the vehicle as of its start.
    pub approvals: Vec<ApprovalCard>,
    /// Rules whose hits this one stood before.
    pub also: Vec<AlsoView>,
    /// Fixes from 2 minutes before its start to 2 minutes after its end, at most 2,000.
    pub fixes: Vec<TrackPoint>,
    /// Whether there are more fixes than were sent.
    pub fixes_cut: bool,
    /// The approved way it was measured against.
    pub route: Option<Geometry>,
    /// Outline of the zone or site it is about.
    pub object_area: Option<Geometry>,
    /// Its history, oldest first.
    pub corrections: Vec<CorrectionView>,
}

/// One measured value beside its limit.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WhyLine {
    /// What, Chinese.
    pub label_zh: String,
    /// What, English.
    pub label_en: String,
    /// Measured.
    pub measured: f64,
    /// Limit.
    pub limit: f64,
    /// Unit of both.
    pub unit: String,
    /// Whether the measured value is past the limit.
    pub exceeded: bool,
}

/// A rule that held too and gave way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlsoView {
    /// Rule id.
    pub rule: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// At how many fixes.
    pub fixes: u32,
}

/// A change of an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CorrectionView {
    /// What happened.
    pub kind: ChangeName,
    /// When it became known, by the server's clock, ms UTC.
    pub at_ms: i64,
    /// The input that caused it.
    pub seq: u64,
    /// Its append number.
    pub append: u64,
    /// Why: `live`, `silence`, `late_fix` or `ledger_revision_<n>`.
    pub cause: String,
}

/// What can happen to an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeName {
    /// Began, told live.
    Opened,
    /// Lasts longer than known before.
    Extended,
    /// Ended.
    Closed,
    /// No longer holds.
    Withdrawn,
    /// Became known late.
    OpenedLate,
    /// Lasts shorter than known before.
    Shrunk,
    /// Peak, grade or approval alone changed.
    Changed,
}

/// One violation.
#[utoipa::path(get, path = "/api/v1/violations/{id}", tag = "violations",
    params(("id" = String, Path, description = "Its id, hex")),
    responses((status = 200, body = ViolationDetail)))]
pub(crate) async fn violation(
    State(api): State<ApiState>,
    At(id): At<String>,
) -> Result<Json<ViolationDetail>, Problem> {
    let id: EpisodeId = id.parse().map_err(|error| Problem::parameter("id", error))?;
    let stored = api.episodes.get(id).await?.ok_or_else(|| Problem::not_found("violation", id))?;
    let corrections = api.episodes.corrections(id).await?;
    let newest = api.shelf.newest().await?;
    let then = api.shelf.revision(stored.row.ledger_revision).await?;
    let (fixes, fixes_cut) = fixes(&api, &then, &stored.row).await?;
    let (found, rule) = (&stored.row.found, stored.row.found.rule);
    Ok(Json(ViolationDetail {
        row: ViolationRow::new(&stored, &newest),
        why: found.why.iter().map(WhyLine::from).collect(),
        basis: rule.spec().basis.to_owned(),
        parameters: parameters(&api.live.policies(), found),
        approvals: approvals(&then, found),
        also: found.stretch.note.also.iter().map(|(rule, fixes)| AlsoView::new(*rule, *fixes)).collect(),
        fixes,
        fixes_cut,
        route: route(&then, found),
        object_area: object_area(&then, &found.object),
        corrections: corrections.iter().filter_map(CorrectionView::new).collect(),
    }))
}

/// Event time shown before the start and after the end.
const MARGIN: Span = Span::from_secs(120);
/// Most fixes of a detail.
const FIXES_MAX: usize = 2_000;

async fn fixes(api: &ApiState, book: &Arc<Book>, row: &EpisodeRow) -> Result<(Vec<TrackPoint>, bool), Problem> {
    let span = Between { from: row.found.start() - MARGIN, to: row.found.end_or_last() + MARGIN };
    let track = Source::new(api, book).track(row.terminal, span).await?;
    let cut = track.points.len() > FIXES_MAX;
    let shown = track.points.iter().take(FIXES_MAX);
    Ok((shown.map(|(fix, quality)| TrackPoint::new(fix, *quality, None)).collect(), cut))
}

/// The policy with the digest of the finding, as one flat table.
fn parameters(policies: &Policies, found: &Found) -> Option<BTreeMap<String, serde_json::Value>> {
    let law = policies.all().iter().find(|law| law.digest == found.parameter_hash)?;
    let mut rows = table(&law.policy, found.rule, "limits");
    rows.append(&mut table(&law.policy, found.rule, "params"));
    Some(rows)
}

fn approvals(book: &Book, found: &Found) -> Vec<ApprovalCard> {
    let Subject::Vehicle(vehicle) = &found.subject else { return Vec::new() };
    let (at, judged_by) = (found.start(), &found.stretch.note.approvals);
    let fault = track_fault(found.rule);
    let faults = |judged: bool| fault.filter(|_| judged).into_iter().collect::<Vec<ApprovalFault>>();
    let all = book.approvals(vehicle, at).into_iter();
    all.map(|approval| ApprovalCard::new(approval, book, at, &faults(judged_by.contains(&approval.id)))).collect()
}

/// The approved ways it was judged against, for the rules that are about hauling.
fn route(book: &Book, found: &Found) -> Option<Geometry> {
    if !matches!(found.rule.spec().family, Family::OffRoute | Family::OffHours | Family::Loading) {
        return None;
    }
    let judged_by = found.stretch.note.approvals.iter().filter_map(|id| book.approval(id));
    let lines: Vec<Vec<LonLat>> = judged_by
        .filter(|approval| approval.route.0.len() >= 2)
        .map(|approval| approval.route.0.iter().copied().map(lon_lat).collect())
        .collect();
    match lines.len() {
        0 => None,
        1 => lines.into_iter().next().map(|coordinates| Geometry::LineString { coordinates }),
        _ => Some(Geometry::MultiLineString { coordinates: lines }),
    }
}

fn object_area(book: &Book, object: &Object) -> Option<Geometry> {
    match object {
        Object::Nothing | Object::Company(_) => None,
        Object::Site(id) => book.site(id).map(|site| Geometry::from(&site.area)),
        Object::Zone(id) => book.zone(id).map(|zone| Geometry::from(&zone.area)),
    }
}

impl From<&Measure> for WhyLine {
    fn from(measure: &Measure) -> Self {
        Self {
            label_zh: measure.quantity.zh().to_owned(),
            label_en: measure.quantity.en().to_owned(),
            measured: measure.measured,
            limit: measure.limit,
            unit: measure.quantity.unit().to_owned(),
            exceeded: measure.exceeded(),
        }
    }
}

impl AlsoView {
    fn new(rule: RuleId, fixes: u32) -> Self {
        let spec = rule.spec();
        let (title_zh, title_en) = (spec.title_zh.to_owned(), spec.title_en.to_owned());
        Self { rule: rule.code().to_owned(), title_zh, title_en, fixes }
    }
}

impl CorrectionView {
    fn new(stored: &StoredCorrection) -> Option<Self> {
        Some(Self {
            kind: ChangeName::of(stored.correction)?,
            at_ms: stored.at.as_millis(),
            seq: stored.seq.0,
            append: stored.append.0,
            cause: cause(stored.cause),
        })
    }
}

fn cause(cause: Cause) -> String {
    match cause {
        Cause::Live => "live".to_owned(),
        Cause::Silence => "silence".to_owned(),
        Cause::LateFix => "late_fix".to_owned(),
        Cause::Rules => "rules".to_owned(),
        Cause::Ledger(revision) => format!("ledger_revision_{}", revision.0),
    }
}

impl ChangeName {
    /// The change as screens know it; growth of an open episode is none.
    #[must_use]
    pub const fn of(correction: Correction) -> Option<Self> {
        match correction {
            Correction::Opened => Some(Self::Opened),
            Correction::OpenedLate => Some(Self::OpenedLate),
            Correction::Grew => None,
            Correction::Extended => Some(Self::Extended),
            Correction::Shrunk => Some(Self::Shrunk),
            Correction::Changed => Some(Self::Changed),
            Correction::Closed => Some(Self::Closed),
            Correction::Withdrawn => Some(Self::Withdrawn),
        }
    }
}
