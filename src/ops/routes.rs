//! `/health`, `/ready`, `/metrics`. Counts and states only: nothing in them names a truck, so they ask for no origin and no account.

use super::{
    Ops,
    figures::{Figure, Figures},
    ready::Finding,
};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use std::{collections::BTreeMap, future::Future, io, sync::Arc};
use tokio::net::TcpListener;

/// What `OpenMetrics` calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The three paths, to be merged into a router or served alone.
pub fn routes(ops: Arc<Ops>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

/// Serves them alone until `shutdown` ends; the caller bounds how long it waits.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    ops: Arc<Ops>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, routes(ops)).with_graceful_shutdown(shutdown).await
}

/// How a process is.
#[derive(Debug, Serialize)]
struct HealthAnswer {
    /// `ok`, or `degraded` while a check fails.
    status: &'static str,
    role: &'static str,
    member: String,
    version: &'static str,
    /// Seconds since its start.
    up_s: u64,
    /// Each check: `ok`, or what does not hold.
    checks: BTreeMap<&'static str, String>,
    /// Sums of all figures over their labels.
    figures: BTreeMap<String, f64>,
}

/// Whether a process may be given work.
#[derive(Debug, Serialize)]
struct ReadyAnswer {
    ready: bool,
    /// Each check: `ok`, or what does not hold. Those of `wishes` do not count against it.
    checks: BTreeMap<&'static str, String>,
    /// Checks that fail and leave it ready all the same.
    wishes: Vec<&'static str>,
}

/// Always 200: that it answers says that it is alive; restart a process that does not.
async fn health(State(ops): State<Arc<Ops>>) -> Json<HealthAnswer> {
    let findings = ops.ready.ask().await;
    Json(HealthAnswer {
        status: if all_well(&findings) { "ok" } else { "degraded" },
        role: ops.role,
        member: ops.member.clone(),
        version: env!("CARGO_PKG_VERSION"),
        up_s: ops.up_s(),
        checks: by_name(findings),
        figures: ops.figures.sums(),
    })
}

/// 503 until it can do its job, and whenever it cannot.
async fn ready(State(ops): State<Arc<Ops>>) -> Response {
    let findings = ops.ready.ask().await;
    let ready = findings.iter().all(Finding::leaves_ready);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let wishes = findings.iter().filter(|it| it.reason.is_some() && it.leaves_ready()).map(|it| it.name).collect();
    (status, Json(ReadyAnswer { ready, checks: by_name(findings), wishes })).into_response()
}

async fn metrics(State(ops): State<Arc<Ops>>) -> impl IntoResponse {
    let checks = checks(&ops.ready.ask().await);
    ([(header::CONTENT_TYPE, OPEN_METRICS)], ops.figures.text_and(&checks))
}

/// What alarms go by: each check as a figure, so that whatever makes a process unready or is wished for in vain can wake somebody.
fn checks(findings: &[Finding]) -> Figures {
    let figure = |it: &Finding| Figure::count("check", u64::from(it.reason.is_none())).label("check", it.name);
    let (told, figures) = (findings.iter().map(figure).collect::<Vec<_>>(), Figures::default());
    figures.register("", Vec::new(), move || told.clone());
    figures
}

fn all_well(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.reason.is_none())
}

fn by_name(findings: Vec<Finding>) -> BTreeMap<&'static str, String> {
    let said = |finding: Finding| (finding.name, finding.reason.map_or_else(|| "ok".to_owned(), |why| why.en));
    findings.into_iter().map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::ready::Why;
    use axum::{
        body::{Body, to_bytes},
        http::Request,
    };
    use std::sync::atomic::{AtomicBool, Ordering};
    use tower::ServiceExt;

    async fn get_of(ops: &Arc<Ops>, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = routes(Arc::clone(ops)).oneshot(request).await.expect("infallible");
        let (status, body) = (answer.status(), to_bytes(answer.into_body(), 1 << 20).await.expect("a body"));
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn ready_means_it_and_health_always_answers() {
        // Proves: a process that is being built or lacks something answers 503 and says what; what it only wishes for is
        // said and leaves it ready; /health stays 200 and shows figures.
        let ops = Arc::new(Ops::new("worker", "w1".to_owned()));
        let (status, body) = get_of(&ops, "/ready").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.contains("starting"), "{body}");
        let up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&up);
        let check = move || if seen.load(Ordering::Relaxed) { Ok(()) } else { Err(Why::quoted("no primary")) };
        ops.ready.require_that("store", check);
        ops.figures.register("gateway", Vec::new(), || vec![("frames", 5_u64)]);
        let (status, body) = get_of(&ops, "/ready").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.contains(r#""store":"no primary""#), "{body}");
        let (status, body) = get_of(&ops, "/health").await;
        assert!(
            status == StatusCode::OK && body.contains("degraded") && body.contains(r#""gateway_frames":5"#),
            "{body}"
        );
        up.store(true, Ordering::Relaxed);
        ops.ready.wish_that("bus", || Err(Why::new("7 条待发布", "7 inputs wait")));
        let (status, body) = get_of(&ops, "/ready").await;
        assert!(
            status == StatusCode::OK && body.contains(r#""store":"ok""#) && body.contains(r#""wishes":["bus"]"#),
            "{body}"
        );
        assert!(get_of(&ops, "/health").await.1.contains("degraded"), "what is wished for counts there");
        ops.ready.starting("waiting for PostgreSQL");
        let (status, body) = get_of(&ops, "/ready").await;
        assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.contains("waiting for PostgreSQL"), "{body}");
        ops.ready.started();
        assert_eq!(get_of(&ops, "/ready").await.0, StatusCode::OK);
        let (_, text) = get_of(&ops, "/metrics").await;
        let lines = ["gateway_frames_total{} 5.0", "check{check=\"bus\"} 0.0", "check{check=\"store\"} 1.0"];
        for line in lines {
            assert!(text.contains(&format!("\nmuckwatch_{line}\n")), "{line}: {text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
