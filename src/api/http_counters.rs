//! What the pages and programs asked since the start, for metrics.

use super::state::ApiState;
use crate::ops::figures::Figure;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

/// Classes of status, 1xx to 5xx.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Requests and the time they took, by class of status.
#[derive(Debug, Default)]
pub struct HttpCounters {
    requests: [AtomicU64; CLASSES.len()],
    micros: [AtomicU64; CLASSES.len()],
}

impl HttpCounters {
    fn count(&self, status: u16, micros: u64) {
        let class = usize::from(status / 100).saturating_sub(1).min(CLASSES.len() - 1);
        if let (Some(requests), Some(sum)) = (self.requests.get(class), self.micros.get(class)) {
            requests.fetch_add(1, Ordering::Relaxed);
            sum.fetch_add(micros, Ordering::Relaxed);
        }
    }

    /// Each figure, labelled with its class.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let of = |name: &'static str, values: &[AtomicU64; CLASSES.len()], scale: f64| {
            let labelled = values.iter().zip(CLASSES).map(move |(value, class)| {
                let figure = Figure::count(name, value.load(Ordering::Relaxed)).label("status", class);
                Figure { value: figure.value * scale, ..figure }
            });
            labelled.collect::<Vec<_>>()
        };
        [of("requests", &self.requests, 1.0), of("seconds", &self.micros, 1e-6)].concat()
    }
}

/// Middleware: counts the answer.
pub(crate) async fn count(State(api): State<ApiState>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let answer = next.run(request).await;
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    api.http.count(answer.status().as_u16(), micros);
    answer
}
