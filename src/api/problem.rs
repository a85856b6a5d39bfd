//! RFC 9457 problems: what a caller may know. The private cause goes to the log, never into an answer.

use crate::{record::RecordError, store::error::StoreError};
use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Body of every answer that is not a success (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:muckwatch:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// The code in English words.
    pub title: &'static str,
    /// The code in Chinese words.
    pub title_zh: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// What went wrong, from a closed list.
    pub code: ProblemCode,
}

macro_rules! problems {
    ($( $(#[$doc:meta])* $name:ident, $code:literal, $status:ident, $title:literal, $title_zh:literal; )*) => {
        /// Codes of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ProblemCode { $( $(#[$doc])* $name, )* }

        impl ProblemCode {
            /// The code as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }

            /// HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $( Self::$name => StatusCode::$status, )* }
            }

            const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }

            const fn title_zh(self) -> &'static str {
                match self { $( Self::$name => $title_zh, )* }
            }
        }
    };
}

problems! {
    /// A parameter is not of its form or range.
    BadParameter, "bad_parameter", BAD_REQUEST, "Bad parameter", "参数有误";
    /// Host header of another site.
    ForeignHost, "foreign_host", FORBIDDEN, "Foreign host", "非本站访问";
    /// Origin of another site.
    ForeignOrigin, "foreign_origin", FORBIDDEN, "Foreign origin", "非本站来源";
    /// Ours; the log knows.
    Internal, "internal", INTERNAL_SERVER_ERROR, "Internal error", "系统内部错误";
    /// The method does not exist here.
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed", "不支持的请求方法";
    /// No such thing.
    NotFound, "not_found", NOT_FOUND, "Not found", "未找到";
    /// As many texts as may be open are open.
    QueueFull, "queue_full", TOO_MANY_REQUESTS, "Too many texts are waiting", "待发文本过多，请等已有的送达或过期";
    /// This question takes a reason.
    ReasonRequired, "reason_required", BAD_REQUEST, "A reason is required", "须填写查询事由";
    /// The request is larger than allowed.
    TooLarge, "too_large", PAYLOAD_TOO_LARGE, "Request too large", "请求过大";
    /// More requests at once than allowed.
    TooMany, "too_many", TOO_MANY_REQUESTS, "Too many requests", "请求过多";
    /// Took longer than allowed.
    TimedOut, "timed_out", GATEWAY_TIMEOUT, "Timed out", "查询超时";
    /// A part of the house does not answer now; try again.
    Unavailable, "unavailable", SERVICE_UNAVAILABLE, "Not available now", "暂不可用";
    /// The query log could not be written, so the question was not answered.
    Unlogged, "unlogged", SERVICE_UNAVAILABLE, "Query log cannot be written", "查询日志无法写入，未予查询";
}

impl Problem {
    /// A problem with its detail in English.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let kind = format!("urn:muckwatch:problem:{}", code.as_str());
        Self {
            kind,
            title: code.title(),
            title_zh: code.title_zh(),
            status: code.status().as_u16(),
            detail: detail.into(),
            code,
        }
    }

    /// The parameter `name` cannot be used, and why.
    #[must_use]
    pub fn parameter(name: &str, why: impl std::fmt::Display) -> Self {
        Self::new(ProblemCode::BadParameter, format!("{name}: {why}"))
    }

    /// There is no such `noun`.
    #[must_use]
    pub fn not_found(noun: &str, id: impl std::fmt::Display) -> Self {
        Self::new(ProblemCode::NotFound, format!("no {noun} `{id}`"))
    }

    /// Something of ours failed: the cause is logged here, the caller learns only what failed.
    #[must_use]
    pub fn from_cause(code: ProblemCode, what: &'static str, cause: &dyn std::error::Error) -> Self {
        tracing::error!(what, error = %cause, "request failed");
        Self::new(code, what)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// What the store could not do: `Unavailable` passes, the rest is ours.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Unavailable { .. } => ProblemCode::Unavailable,
            StoreError::Conflict { .. } | StoreError::Corrupt { .. } => ProblemCode::Internal,
        };
        Self::from_cause(code, "the store could not answer", &error)
    }
}

/// What the record could not do: a disk that failed passes, the rest is ours.
impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        let code = match error {
            RecordError::Full { .. }
            | RecordError::Failed { .. }
            | RecordError::Unavailable { .. }
            | RecordError::Closed => ProblemCode::Unavailable,
            RecordError::Corrupt { .. }
            | RecordError::InUse { .. }
            | RecordError::Forgotten { .. }
            | RecordError::TooLarge { .. }
            | RecordError::Config(_) => ProblemCode::Internal,
        };
        Self::from_cause(code, "the record could not be read", &error)
    }
}

/// A reader on a blocking thread that panicked.
impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::from_cause(ProblemCode::Internal, "reading was broken off", &error)
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::BadParameter, rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        let code = if too_large { ProblemCode::TooLarge } else { ProblemCode::BadParameter };
        Self::new(code, rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ProblemCode::BadParameter, rejection.body_text())
    }
}
