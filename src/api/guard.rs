//! Who may ask: this machine (or the hosts the operator named), from our own pages. Until there are accounts this is the wall
//! between the trucks and any page an officer's browser happens to show.
//!
//! *DNS rebinding*: a foreign name that resolves to us still stands in `Host`, so `Host` must be one of ours. *Cross-origin*: a
//! browser names the asking page in `Origin` (always for a WebSocket), so an `Origin` must be exactly ours; images, scripts and
//! frames carry none, but say `Sec-Fetch-Site`. Programs other than browsers send neither, which is fine.

use super::{
    config::ApiConfig,
    problem::{Problem, ProblemCode},
    state::ApiState,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    sync::Mutex,
    sync::PoisonError,
    time::{Duration, Instant},
};

/// Names of this machine to itself.
const LOOPBACK_NAMES: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Headers of every response. `MapLibre` needs inline styles, `blob:` workers and `data:` images; nothing needs another origin.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Whether the operator said that others than this machine may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// Only this machine.
    Loopback,
    /// The explicit flag was given.
    Public,
}

/// An address that must not be listened on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} can be reached from other machines and there are no accounts yet: listen on 127.0.0.1, or say so with MUCKWATCH__API__EXPOSURE=public"
)]
pub struct ListenRefused {
    /// The address.
    pub address: SocketAddr,
}

/// Refuses an address other machines can reach unless the operator said so.
///
/// # Errors
/// The address is not a loopback address and `exposure` is not [`Exposure::Public`].
pub fn check_listen(address: SocketAddr, exposure: Exposure) -> Result<(), ListenRefused> {
    match exposure {
        Exposure::Public => Ok(()),
        Exposure::Loopback if address.ip().is_loopback() => Ok(()),
        Exposure::Loopback => Err(ListenRefused { address }),
    }
}

/// Middleware: every request and WebSocket upgrade must be ours.
pub(crate) async fn same_site(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers(), &api.config) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Middleware: sizes, rates and time.
pub(crate) async fn limits(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    let (path, headers) = (request.uri(), request.headers());
    if path.to_string().len() > api.config.uri_bytes_max || declared_body(headers) > api.config.body_bytes_max {
        return Problem::new(ProblemCode::TooLarge, "address or body longer than allowed").into_response();
    }
    if !api.rate.take() {
        return Problem::new(ProblemCode::TooMany, "more requests a second than allowed").into_response();
    }
    let Ok(_permit) = api.requests.try_acquire() else {
        return Problem::new(ProblemCode::TooMany, "more requests at once than allowed").into_response();
    };
    let answer = tokio::time::timeout(api.config.request_timeout(), next.run(request)).await;
    answer.unwrap_or_else(|_| Problem::new(ProblemCode::TimedOut, "the answer took too long").into_response())
}

/// Adds [`SECURITY_HEADERS`]; answers of the api are never cached unless they say so.
pub(crate) async fn security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn check(uri: &Uri, headers: &HeaderMap, config: &ApiConfig) -> Result<(), Problem> {
    let foreign_host = || Problem::new(ProblemCode::ForeignHost, "the Host header names another site");
    let host = only(headers, &header::HOST).ok_or_else(foreign_host)?;
    let authority: Authority = host.parse().map_err(|_| foreign_host())?;
    if !is_ours(&authority, config) || uri.authority().is_some_and(|asked| *asked != authority) {
        return Err(foreign_host());
    }
    let ours = match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| same_origin(origin, host)),
        None => asked_by_us(uri, headers),
    };
    if ours { Ok(()) } else { Err(Problem::new(ProblemCode::ForeignOrigin, "asked for by a page of another site")) }
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn is_ours(authority: &Authority, config: &ApiConfig) -> bool {
    let host = authority.host();
    let port = authority.as_str().rsplit_once(':').map_or("", |(_, port)| port);
    let plain = authority.port_u16().is_some() || port.is_empty() || port.ends_with(']');
    plain
        && !authority.as_str().contains('@')
        && (LOOPBACK_NAMES.iter().any(|name| name.eq_ignore_ascii_case(host))
            || config.hosts.iter().any(|name| name.eq_ignore_ascii_case(host)))
}

fn same_origin(origin: &str, host: &str) -> bool {
    let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host))
}

/// Without `Origin`: a link elsewhere may open our pages, but nothing elsewhere may load or ask anything of the api.
fn asked_by_us(uri: &Uri, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match said("sec-fetch-site") {
        Some("cross-site" | "same-site") => {
            said("sec-fetch-mode") == Some("navigate") && !uri.path().starts_with("/api/")
        }
        _ => true,
    }
}

fn declared_body(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.map_or(0, |length| length.parse().unwrap_or(usize::MAX))
}

/// A token bucket over all requests, refilled by the wall.
#[derive(Debug)]
pub struct Rate {
    per_s: u32,
    bucket: Mutex<(Instant, f64)>,
}

impl Rate {
    /// Lets `per_s` requests a second through, twice as many in one burst.
    #[must_use]
    pub fn new(per_s: u32) -> Self {
        Self { per_s, bucket: Mutex::new((Instant::now(), f64::from(per_s) * 2.0)) }
    }

    fn take(&self) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.saturating_duration_since(bucket.0).min(Duration::from_secs(2)).as_secs_f64();
        let tokens = f64::from(self.per_s).mul_add(earned, bucket.1).min(f64::from(self.per_s) * 2.0);
        let enough = tokens >= 1.0;
        *bucket = (now, if enough { tokens - 1.0 } else { tokens });
        enough
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
