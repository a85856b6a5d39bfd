//! `GET /api/v1/vehicles/{id}/track` and `/terminals/{terminal}/track`: decoded again from the recorded frames, by event time.
//! Both take a reason and are logged.

use super::point::TrackPoint;
use crate::{
    api::{
        audit::Look,
        book::Book,
        names::{PlateView, Reason},
        params::{self, At, Between, Params, TRACK_LIMIT_MAX},
        problem::Problem,
        state::ApiState,
        trace::{Source, Track, place_in_track},
    },
    model::{
        fix::Fix,
        hex::hex,
        ids::{TerminalId, VehicleId},
        time::{Span, Timestamp},
    },
    store::queries::QueryKind,
    track::quality::Quality,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which span, and why.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TrackQuery {
    /// First instant of event time, RFC 3339 or ms UTC; 24 hours before `to` unless given.
    pub from: Option<String>,
    /// First instant after it, RFC 3339 or ms UTC; now unless given.
    pub to: Option<String>,
    /// 1 to 5,000; 5,000 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1: with the frame each fix came in.
    pub raw: Option<u8>,
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// A stretch of a track.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrackAnswer {
    /// The device.
    pub terminal: String,
    /// The vehicle it sat in at the end of the span; `null` = in no ledger row.
    pub vehicle: Option<VehicleRef>,
    /// Fixes by event time; those without a usable one follow by receive time.
    pub items: Vec<TrackPoint>,
    /// Give it back as `cursor` for the next page; `null` at the end. Opaque.
    pub next_cursor: Option<String>,
    /// Stretches of the whole span between good fixes longer than the judge bridges.
    pub gaps: Vec<GapView>,
}

/// A vehicle by plate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VehicleRef {
    /// Ledger code.
    pub id: String,
    /// Its plate.
    pub plate: PlateView,
}

/// Nothing was received in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GapView {
    /// Event time of the last fix before it, ms UTC.
    pub from_ms: i64,
    /// Event time of the first fix after it, ms UTC.
    pub to_ms: i64,
}

/// The track of a vehicle's main device.
#[utoipa::path(get, path = "/api/v1/vehicles/{id}/track", tag = "tracks",
    params(("id" = String, Path, description = "Ledger code"), TrackQuery),
    responses((status = 200, body = TrackAnswer)))]
pub(crate) async fn vehicle_track(
    State(api): State<ApiState>,
    At(id): At<String>,
    Params(query): Params<TrackQuery>,
) -> Result<Json<TrackAnswer>, Problem> {
    let wish = Wish::new(&query, api.clock.now())?;
    let book = api.shelf.newest().await?;
    let id = VehicleId::new(&id);
    let device = book.device(&id, wish.span.to).ok_or_else(|| Problem::not_found("vehicle with a device", &id))?;
    answer(&api, id.as_str(), device, wish).await
}

/// The track of a device, known or not.
#[utoipa::path(get, path = "/api/v1/terminals/{terminal}/track", tag = "tracks",
    params(("terminal" = String, Path, description = "The device"), TrackQuery),
    responses((status = 200, body = TrackAnswer)))]
pub(crate) async fn terminal_track(
    State(api): State<ApiState>,
    At(terminal): At<String>,
    Params(query): Params<TrackQuery>,
) -> Result<Json<TrackAnswer>, Problem> {
    let wish = Wish::new(&query, api.clock.now())?;
    let device: TerminalId = terminal.parse().map_err(|error| Problem::parameter("terminal", error))?;
    answer(&api, &terminal, device, wish).await
}

/// A day, unless told otherwise.
const SPAN_DEFAULT: Span = Span::from_secs(86_400);

/// The span somebody asked for; a day up to now unless told otherwise.
///
/// # Errors
/// `bad_parameter`.
pub fn span(from: Option<&str>, to: Option<&str>, now: Timestamp) -> Result<Between, Problem> {
    let to_given = params::instant("to", to)?.unwrap_or(now + Span::from_millis(1));
    params::between(from, to, Between { from: to_given - SPAN_DEFAULT, to: to_given })
}

/// A checked question.
struct Wish {
    reason: Reason,
    span: Between,
    limit: usize,
    after: Option<Cursor>,
    frames: WithFrames,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum WithFrames {
    Wanted,
    Unwanted,
}

impl Wish {
    fn new(query: &TrackQuery, now: Timestamp) -> Result<Self, Problem> {
        Ok(Self {
            reason: params::reason(query.reason)?,
            span: span(query.from.as_deref(), query.to.as_deref(), now)?,
            limit: params::limit(Some(query.limit.unwrap_or(TRACK_LIMIT_MAX)), TRACK_LIMIT_MAX)?,
            after: query.cursor.as_deref().map(Cursor::read).transpose()?,
            frames: if query.raw == Some(1) { WithFrames::Wanted } else { WithFrames::Unwanted },
        })
    }
}

/// Where a page ended: whether its last fix had no usable event time, its time, its frame, its place in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cursor(bool, i64, u64, u16);

impl Cursor {
    fn of(fix: &Fix, quality: Quality) -> Self {
        let (unordered, millis, seq, part) = place_in_track(fix, quality);
        Self(unordered, millis, seq, part)
    }

    fn read(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::parameter("cursor", format_args!("`{text}` is not ours"));
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or_else(bad);
        let unordered = next()? == "r";
        let millis = next()?.parse().map_err(|_| bad())?;
        let seq = next()?.parse().map_err(|_| bad())?;
        Ok(Self(unordered, millis, seq, next()?.parse().map_err(|_| bad())?))
    }

    fn write(self) -> String {
        format!("{}.{}.{}.{}", if self.0 { "r" } else { "e" }, self.1, self.2, self.3)
    }
}

async fn answer(api: &ApiState, subject: &str, terminal: TerminalId, wish: Wish) -> Result<Json<TrackAnswer>, Problem> {
    let book = api.shelf.newest().await?;
    let track = Source::new(api, &book).track(terminal, wish.span).await?;
    let answer = page(track, terminal, &book, &wish);
    let Between { from, to } = wish.span;
    let detail = format!("{terminal} {from}/{to}: {} fixes", answer.items.len());
    Look { kind: QueryKind::Track, subject: subject.to_owned(), reason: Some(wish.reason), detail }.log(api).await?;
    Ok(Json(answer))
}

fn page(track: Track, terminal: TerminalId, book: &Book, wish: &Wish) -> TrackAnswer {
    let mut points = track.points;
    points.sort_by_key(|(fix, quality)| Cursor::of(fix, *quality));
    let skip =
        wish.after.map_or(0, |after| points.partition_point(|(fix, quality)| Cursor::of(fix, *quality) <= after));
    let rest = points.get(skip..).unwrap_or_default();
    let shown = rest.get(..wish.limit).unwrap_or(rest);
    let more = rest.len() > shown.len();
    let raw = |fix: &Fix| {
        track.frames.get(&fix.seq).filter(|_| wish.frames == WithFrames::Wanted).map(|frame| hex(&frame.raw))
    };
    TrackAnswer {
        terminal: terminal.to_string(),
        vehicle: vehicle_ref(book, terminal, wish.span.to),
        items: shown.iter().map(|(fix, quality)| TrackPoint::new(fix, *quality, raw(fix))).collect(),
        next_cursor: shown.last().filter(|_| more).map(|(fix, quality)| Cursor::of(fix, *quality).write()),
        gaps: track
            .gaps
            .iter()
            .map(|gap| GapView { from_ms: gap.from.as_millis(), to_ms: gap.to.as_millis() })
            .collect(),
    }
}

/// The vehicle a device sat in.
#[must_use]
pub fn vehicle_ref(book: &Book, terminal: TerminalId, at: Timestamp) -> Option<VehicleRef> {
    let vehicle = book.vehicle(&book.fitting(terminal, at)?.vehicle, at)?;
    Some(VehicleRef { id: vehicle.id.to_string(), plate: (&vehicle.plate).into() })
}
