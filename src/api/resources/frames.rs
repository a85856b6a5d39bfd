//! `GET /api/v1/frames/{seq}`: one recorded frame, field by field.

use crate::{
    api::{audit::Look, params::At, problem::Problem, state::ApiState},
    intake::layout::{Row, annotated},
    model::{
        hex::hex,
        ids::Seq,
        input::{Event, Input},
    },
    store::queries::QueryKind,
};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// A frame and its annotated layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FrameAnswer {
    /// Its place in the record.
    pub seq: u64,
    /// Receive time by the server's clock, ms UTC.
    pub received_ms: i64,
    /// The connection it came on.
    pub connection: u64,
    /// As received, delimiters and escapes included, hex.
    pub raw_hex: String,
    /// The frame with escapes undone: offsets of `fields` count in here, hex.
    pub plain_hex: String,
    /// Its fields in wire order.
    pub fields: Vec<FieldView>,
}

/// A field of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldView {
    /// First byte in `plain_hex`.
    pub offset: u32,
    /// Bytes.
    pub len: u32,
    /// Name, Chinese.
    pub name_zh: String,
    /// Name, English.
    pub name_en: String,
    /// Its value in words.
    pub value: String,
    /// Its bytes, hex.
    pub raw_hex: String,
}

/// One recorded frame.
#[utoipa::path(get, path = "/api/v1/frames/{seq}", tag = "tracks",
    params(("seq" = u64, Path, description = "Its place in the record")),
    responses((status = 200, body = FrameAnswer)))]
pub(crate) async fn frame(State(api): State<ApiState>, At(seq): At<u64>) -> Result<Json<FrameAnswer>, Problem> {
    let input = api.record.frame(Seq(seq)).await?;
    let answer = input.as_ref().and_then(FrameAnswer::new).ok_or_else(|| Problem::not_found("frame", seq))?;
    let detail = format!("{} bytes", answer.raw_hex.len() / 2);
    Look { kind: QueryKind::Frame, subject: seq.to_string(), reason: None, detail }.log(&api).await?;
    Ok(Json(answer))
}

impl FrameAnswer {
    /// `None` for an input that is no frame.
    fn new(input: &Input) -> Option<Self> {
        let Event::Frame(frame) = &input.event else { return None };
        let seen = annotated(&frame.raw);
        Some(Self {
            seq: input.seq.0,
            received_ms: input.received.as_millis(),
            connection: frame.connection.0,
            raw_hex: hex(&frame.raw),
            plain_hex: seen.as_ref().map(|seen| hex(&seen.message)).unwrap_or_default(),
            fields: seen
                .iter()
                .flat_map(|seen| seen.rows.iter().map(|row| FieldView::new(row, &seen.message)))
                .collect(),
        })
    }
}

impl FieldView {
    fn new(row: &Row, message: &[u8]) -> Self {
        let bytes = message.get(row.offset..row.offset + row.width).unwrap_or_default();
        Self {
            offset: u32::try_from(row.offset).unwrap_or(u32::MAX),
            len: u32::try_from(row.width).unwrap_or(u32::MAX),
            name_zh: row.zh.clone(),
            name_en: row.en.clone(),
            value: row.value.clone(),
            raw_hex: hex(bytes),
        }
    }
}
