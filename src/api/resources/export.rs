//! `GET /api/v1/export/track.csv` and `track.geojson`: a track to take away. Streamed; the datum is stated (WGS-84), both times
//! are in it. Takes a reason and is logged.

use super::{
    point::TrackPoint,
    tracks::{span, vehicle_ref},
};
use crate::{
    api::{
        audit::Look,
        book::Book,
        names::Reason,
        params::{self, Between, Params},
        problem::{Problem, ProblemCode},
        state::ApiState,
        trace::{Source, Track, place_in_track},
    },
    model::{
        ids::{TerminalId, VehicleId},
        time::{Span, Timestamp},
    },
    store::queries::QueryKind,
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc};
use utoipa::IntoParams;

/// Whose track, which span, and why. Either `vehicle` or `terminal`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// Ledger code of a vehicle.
    pub vehicle: Option<String>,
    /// A device.
    pub terminal: Option<String>,
    /// First instant of event time, RFC 3339 or ms UTC; 24 hours before `to` unless given.
    pub from: Option<String>,
    /// First instant after it, RFC 3339 or ms UTC; now unless given.
    pub to: Option<String>,
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// A track as CSV (RFC 4180, UTF-8 with byte order mark so that office programs read the Chinese).
#[utoipa::path(get, path = "/api/v1/export/track.csv", tag = "tracks", params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn track_csv(
    State(api): State<ApiState>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let taken = take(&api, query).await?;
    let head = format!("\u{feff}{CSV_HEAD}\r\n");
    Ok(download(&taken, "csv", "text/csv; charset=utf-8", Pieces { head, between: "", tail: "", line: csv_line }))
}

/// A track as GeoJSON: one point feature a fix.
#[utoipa::path(get, path = "/api/v1/export/track.geojson", tag = "tracks", params(ExportQuery),
    responses((status = 200, content_type = "application/geo+json", body = serde_json::Value)))]
pub(crate) async fn track_geojson(
    State(api): State<ApiState>,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    let taken = take(&api, query).await?;
    let head = geojson_head(&taken);
    Ok(download(
        &taken,
        "geojson",
        "application/geo+json",
        Pieces { head, between: ",\n", tail: "\n]}\n", line: geojson_line },
    ))
}

/// A track with its names.
struct Taken {
    terminal: TerminalId,
    plate: Option<String>,
    span: Between,
    points: Arc<[TrackPoint]>,
}

async fn take(api: &ApiState, query: ExportQuery) -> Result<Taken, Problem> {
    let reason = params::reason(query.reason)?;
    let span = span(query.from.as_deref(), query.to.as_deref(), api.clock.now())?;
    let most = Span::from_secs(i64::from(api.config.export_span_s_max));
    if span.to.since(span.from) > most {
        let days = i64::from(api.config.export_span_s_max) / 86_400;
        return Err(Problem::new(ProblemCode::TooLarge, format!("an export spans at most {days} days")));
    }
    let book = api.shelf.newest().await?;
    let (subject, terminal) = whose(&query, &book, span.to)?;
    let track = Source::new(api, &book).track(terminal, span).await?;
    let taken = Taken::new(track, terminal, &book, span);
    let detail = format!("{terminal} {}/{}: {} fixes", span.from, span.to, taken.points.len());
    Look { kind: QueryKind::Export, subject, reason: Some(reason), detail }.log(api).await?;
    Ok(taken)
}

fn whose(query: &ExportQuery, book: &Book, at: Timestamp) -> Result<(String, TerminalId), Problem> {
    match (&query.vehicle, &query.terminal) {
        (Some(vehicle), None) => {
            let device = book.device(&VehicleId::new(vehicle), at);
            Ok((vehicle.clone(), device.ok_or_else(|| Problem::not_found("vehicle with a device", vehicle))?))
        }
        (None, Some(terminal)) => {
            let device = terminal.parse().map_err(|error| Problem::parameter("terminal", error))?;
            Ok((terminal.clone(), device))
        }
        (Some(_), Some(_)) | (None, None) => Err(Problem::parameter("vehicle", "give either `vehicle` or `terminal`")),
    }
}

impl Taken {
    fn new(track: Track, terminal: TerminalId, book: &Book, span: Between) -> Self {
        let mut points = track.points;
        points.sort_by_key(|(fix, quality)| place_in_track(fix, *quality));
        let points = points.iter().map(|(fix, quality)| TrackPoint::new(fix, *quality, None)).collect();
        let plate = vehicle_ref(book, terminal, span.to).map(|vehicle| vehicle.plate.number);
        Self { terminal, plate, span, points }
    }
}

/// How a format is put together.
struct Pieces {
    head: String,
    between: &'static str,
    tail: &'static str,
    line: fn(&Row<'_>) -> String,
}

/// A fix with the names of its track.
struct Row<'a> {
    terminal: TerminalId,
    plate: Option<&'a str>,
    point: &'a TrackPoint,
}

/// Fixes written into one piece of the stream: some 200 kB.
const CHUNK_FIXES: usize = 1_000;

/// Writes the pieces one after the other as the client takes them.
fn download(taken: &Taken, ending: &str, media_type: &'static str, pieces: Pieces) -> Response {
    let day = |at: Timestamp| at.to_string().get(..16).unwrap_or_default().replace([':', '-'], "");
    let name = format!("track_{}_{}_{}.{ending}", taken.terminal, day(taken.span.from), day(taken.span.to));
    let (points, terminal, plate) = (Arc::clone(&taken.points), taken.terminal, taken.plate.clone());
    let tail = pieces.tail;
    let starts: Vec<usize> = (0..points.len()).step_by(CHUNK_FIXES).collect();
    let chunks = starts.into_iter().map(move |start| {
        let chunk = points.iter().skip(start).take(CHUNK_FIXES).enumerate();
        chunk.fold(String::new(), |mut text, (number, point)| {
            if start + number > 0 {
                text.push_str(pieces.between);
            }
            text.push_str(&(pieces.line)(&Row { terminal, plate: plate.as_deref(), point }));
            text
        })
    });
    let whole = std::iter::once(pieces.head).chain(chunks).chain(std::iter::once(tail.to_owned()));
    let body = Body::from_stream(stream::iter(whole.map(|text| Ok::<_, Infallible>(Bytes::from(text)))));
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, body).into_response()
}

const CSV_HEAD: &str = "terminal,plate,device_time,receive_time,datum,latitude_deg,longitude_deg,speed_kmh,heading_deg,\
altitude_m,ignition,positioned,load,mileage_km,satellites,origin,authenticated,quality,status_u32,alarms_u32,seq,part,connection";

fn csv_line(row: &Row<'_>) -> String {
    let Row { terminal, plate, point } = row;
    let plate = plate.unwrap_or_default();
    let fields: [&dyn std::fmt::Display; 23] = [
        terminal,
        &plate,
        &Shown(point.at_ms.map(time)),
        &time(point.received_ms),
        &"WGS-84",
        &format_args!("{:.6}", point.lat),
        &format_args!("{:.6}", point.lon),
        &point.speed_kmh,
        &point.heading_deg,
        &point.altitude_m,
        &point.ignition,
        &point.positioned,
        &point.load.as_str(),
        &Shown(point.mileage_km),
        &Shown(point.satellites),
        &point.origin.as_str(),
        &point.authenticated,
        &point.quality,
        &point.status_u32,
        &point.alarms_u32,
        &point.seq,
        &point.part,
        &point.connection,
    ];
    let mut writer =
        csv::WriterBuilder::new().buffer_capacity(512).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields.map(ToString::to_string)).expect("a Vec takes every write");
    let line = writer.into_inner().expect("a Vec takes every write");
    String::from_utf8(line).expect("made of texts")
}

/// Nothing where there is nothing.
struct Shown<T>(Option<T>);

impl<T: std::fmt::Display> std::fmt::Display for Shown<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(out))
    }
}

fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

fn geojson_head(taken: &Taken) -> String {
    let about = serde_json::json!({
        "terminal": taken.terminal.to_string(),
        "plate": taken.plate,
        "datum": "WGS-84",
        "from": taken.span.from.to_string(),
        "to": taken.span.to.to_string(),
        "fixes": taken.points.len(),
    });
    format!("{{\"type\":\"FeatureCollection\",\"track\":{about},\"features\":[\n")
}

fn geojson_line(row: &Row<'_>) -> String {
    let point = row.point;
    let mut properties = serde_json::to_value(point).unwrap_or_default();
    if let Some(properties) = properties.as_object_mut() {
        for place in ["lat", "lon", "raw_hex"] {
            properties.remove(place);
        }
        properties.insert("device_time".to_owned(), point.at_ms.map(time).into());
        properties.insert("receive_time".to_owned(), time(point.received_ms).into());
    }
    let geometry = serde_json::json!({"type": "Point", "coordinates": [point.lon, point.lat]});
    serde_json::json!({"type": "Feature", "geometry": geometry, "properties": properties}).to_string()
}
