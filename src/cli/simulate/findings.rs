//! What the server found, read through its API, and how it compares with the truth.

use super::http::Api;
use crate::{
    model::time::Timestamp,
    sim::{
        score::{Finding, Score, score},
        truth::{Deed, Party},
    },
};
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Rows a page.
const PAGE: u32 = 500;
/// Pages at most: more findings than trucks have minutes is a fault.
const PAGES_MAX: u32 = 200;
/// The list must stay the same over so many looks, a second apart, with nothing waiting.
const CALM_LOOKS: u32 = 5;
/// Longest wait for that.
const CALM_MAX: Duration = Duration::from_mins(3);

/// Inputs that may be on their way to the worker at any moment: a tick or two.
const LAG_MAX: u64 = 3;

#[derive(Deserialize)]
struct Page {
    items: Vec<Row>,
    next_cursor: Option<String>,
}

/// A row of the list, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Row {
    rule: String,
    subject: Named,
    object: Option<Named>,
    terminal: String,
    start_ms: i64,
    end_ms: Option<i64>,
    duration_s: i64,
    grade: String,
    state: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Named {
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Health {
    worker: Option<WorkerHealth>,
}

#[derive(Deserialize)]
struct WorkerHealth {
    /// `None`: others judge, and this server does not know how far they are.
    lag_inputs: Option<u64>,
}

/// Waits until the server has judged everything, and reads its list.
pub(super) async fn settled(api: Api) -> Result<Vec<Row>> {
    let (begun, mut calm, mut last) = (Instant::now(), 0, Vec::new());
    while begun.elapsed() < CALM_MAX {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // A server that is being restarted is not calm; it is asked again.
        let (rows, behind) = match look(api).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(%error, "the findings cannot be read now");
                calm = 0;
                continue;
            }
        };
        calm = if rows == last && !behind { calm + 1 } else { 0 };
        last = rows;
        if calm >= CALM_LOOKS {
            return Ok(last);
        }
    }
    bail!("the server was still changing its findings {} s after the day ended", CALM_MAX.as_secs())
}

/// All findings now, and whether recorded inputs still wait for judgement.
async fn look(api: Api) -> Result<(Vec<Row>, bool)> {
    let rows = all(api).await?;
    let worker = api.get::<Health>("/api/v1/health").await?.worker;
    Ok((rows, worker.is_some_and(|worker| worker.lag_inputs.is_some_and(|lag| lag > LAG_MAX))))
}

async fn all(api: Api) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut path = format!("/api/v1/violations?limit={PAGE}");
    for _ in 0..PAGES_MAX {
        let page: Page = api.get(&path).await?;
        rows.extend(page.items);
        match page.next_cursor {
            None => return Ok(rows),
            Some(cursor) => path = format!("/api/v1/violations?limit={PAGE}&cursor={cursor}"),
        }
    }
    bail!("more than {} findings", u64::from(PAGES_MAX) * u64::from(PAGE))
}

/// Compares the list with the truth.
pub(super) fn compare(truth: &[Deed], rows: &[Row]) -> Score {
    let findings: Vec<Finding> = rows.iter().filter(|row| row.state != "withdrawn").map(finding).collect();
    score(truth, &findings)
}

fn finding(row: &Row) -> Finding {
    let party = |named: &Named| Party { kind: named.kind.clone(), id: named.id.clone() };
    let end = row.end_ms.unwrap_or(row.start_ms + row.duration_s * 1000);
    Finding {
        rule: row.rule.clone(),
        subject: party(&row.subject),
        object: row.object.as_ref().map(party),
        from: Timestamp::from_millis(row.start_ms),
        to: Timestamp::from_millis(end),
        lead: row.grade == "C",
    }
}
