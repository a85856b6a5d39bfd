//! `GET /api/v1/health`: whether what comes in is kept and judged.

use crate::{
    api::{
        state::ApiState,
        troubles::{SILENCE, Stands, Trouble, UNHEARD_S, of_house, of_machine},
    },
    model::time::{Span, Timestamp},
    record::{
        journal::Journal,
        stats::{Condition, RecordStats},
    },
    store::reports::{Heard, Report},
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use utoipa::ToSchema;

/// State of the house.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// The worst of its parts.
    pub status: HealthStatus,
    /// Everything that is wrong, in words for the screens; empty when all is well.
    pub troubles: Vec<Trouble>,
    /// The input log that this process writes; `null` where gateways write their own (`processes`).
    pub record: Option<RecordHealth>,
    /// The judge.
    pub worker: WorkerHealth,
    /// Terminals connected.
    pub connections: u64,
    /// What the gateway counted since its start; of several gateways their sums.
    pub gateway: BTreeMap<String, u64>,
    /// The processes of a house of many, as each says of itself; empty on a single machine.
    pub processes: Vec<ProcessHealth>,
    /// Since when nothing is known of the processes, because the store through which they tell does not answer, ms UTC; `null` while
    /// it does.
    pub processes_unknown_since_ms: Option<i64>,
    /// Since when nothing is known of the trucks, because Redis is away or nobody judges, ms UTC: they are not silent. `null` while
    /// positions come.
    pub trucks_unknown_since_ms: Option<i64>,
    /// Fixes since the start, by what the quality gate said of them.
    pub quality: BTreeMap<&'static str, u64>,
    /// Frames since the start that were recorded although their body could not be read.
    pub unreadable_frames: u64,
    /// Terminals on the live board.
    pub terminals_live: u64,
    /// Live sessions open.
    pub live_sessions: u64,
}

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// All well.
    Ok,
    /// Something lags or is near a limit.
    Degraded,
    /// Frames are not acknowledged, or a person must look.
    Failed,
}

impl From<Condition> for RecordStateName {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Good => Self::Good,
            Condition::NearlyFull => Self::NearlyFull,
            Condition::Full => Self::Full,
            Condition::Failed => Self::Failed,
        }
    }
}

/// The input log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordHealth {
    /// Last durable input.
    pub durable_seq: u64,
    /// Bytes it takes on disk.
    pub bytes: u64,
    /// Bytes it may take.
    pub max_bytes: u64,
    /// Whether it takes inputs.
    pub state: RecordStateName,
    /// What the screens must say, Chinese; `null` when all is well.
    pub alarm: Option<String>,
    /// The same, English.
    pub alarm_en: Option<String>,
}

/// Whether the log takes inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordStateName {
    /// It takes inputs.
    Good,
    /// It takes inputs into its last segment.
    NearlyFull,
    /// No room: nothing is acknowledged.
    Full,
    /// The disk failed: nothing is acknowledged.
    Failed,
}

/// The judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkerHealth {
    /// Last input judged and committed.
    pub cursor: u64,
    /// Durable inputs not yet judged; `null` where this process does not know.
    pub lag_inputs: Option<u64>,
    /// Receive time of the last tick judged, ms UTC; `null` before the first.
    pub last_tick_ms: Option<i64>,
    /// Why it stopped judging; `null` while it judges.
    pub halted: Option<&'static str>,
}

/// One process of a house of many.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ProcessHealth {
    /// `gateway`, `worker` or `api`.
    pub role: String,
    /// A gateway's number; of others the configured name, or host name and process id.
    pub name: String,
    /// Seconds since it said so: it does every other second.
    pub age_s: u64,
    /// It told how it is up to when the store went away: how it is now is unknown, and it is not silent.
    pub is_unknown: bool,
    /// Checks that fail, each with its reason; empty when all is well.
    pub failing: BTreeMap<String, String>,
    /// The same reasons in Chinese, as far as the process gave them.
    pub failing_zh: BTreeMap<String, String>,
    /// Its figures since its start, by the names of the metrics.
    pub figures: BTreeMap<String, f64>,
}

/// State of the house. Always 200: the answer says how it is.
#[utoipa::path(get, path = "/api/v1/health", tag = "system", responses((status = 200, body = HealthAnswer)))]
pub(crate) async fn health(State(api): State<ApiState>) -> Json<HealthAnswer> {
    let (stats, worker) = (api.journal.as_ref().map(Journal::stats), api.live.worker());
    let lag_inputs = stats.as_ref().map(|stats| stats.durable.0.saturating_sub(worker.cursor.0));
    let mut troubles = Vec::new();
    if let Some(stats) = &stats {
        troubles.extend(of_machine(stats, &worker, lag_inputs.unwrap_or_default()));
    }
    let stands = stands(&api);
    if let Some(around) = &api.around {
        troubles.extend(of_house(around, stands, &|age| moment(ago(&api, age))));
    }
    troubles.extend(stands.of_time());
    let heard = api.around.as_ref().and_then(|around| around.processes()).unwrap_or_default();
    let store_away = api.around.as_ref().and_then(|around| around.store_away()).filter(|away| *away > SILENCE);
    let mut terminals_live = 0;
    api.live.scan(|_, _| terminals_live += 1);
    let figures = api.live.figures();
    let gateway = if api.around.is_some() { gateways(&heard) } else { owned(figures.gateway) };
    let worker = WorkerHealth {
        cursor: worker.cursor.0,
        lag_inputs,
        last_tick_ms: worker.last_tick.map(Timestamp::as_millis),
        halted: worker.halted,
    };
    Json(HealthAnswer {
        status: status(&troubles),
        troubles,
        connections: gateway.get("connections").copied().unwrap_or_default(),
        gateway,
        processes: heard.into_iter().map(|heard| process(heard, store_away)).collect(),
        processes_unknown_since_ms: store_away.map(|away| ago(&api, away).as_millis()),
        trucks_unknown_since_ms: unknown_since(&api).map(Timestamp::as_millis),
        quality: figures.quality,
        unreadable_frames: figures.unreadable,
        terminals_live,
        live_sessions: api.sessions_open(),
        record: stats.as_ref().map(record),
        worker,
    })
}

fn status(troubles: &[Trouble]) -> HealthStatus {
    let worst =
        troubles.iter().map(|trouble| if trouble.grave { HealthStatus::Failed } else { HealthStatus::Degraded });
    worst.max().unwrap_or(HealthStatus::Ok)
}

/// How long no shard was judged, in wall time, and how far the newest tick lies ahead of this process's clock; before the first tick
/// since this process started.
pub(super) fn stands(api: &ApiState) -> Stands {
    let worker = api.live.worker();
    // By the store's clock as far as it is known: this machine's may be wrong.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
    let off_ms = api.around.as_ref().map_or(0.0, |around| around.clock().ahead_ms() as f64);
    let behind_ms = |tick: Timestamp| api.clock.wall_ms_since(tick) - off_ms;
    // One that lies ahead is none of these: `ahead` has it.
    let since = |tick: Option<Timestamp>| tick.map_or_else(|| api.since.elapsed(), |tick| duration(behind_ms(tick)));
    let ahead = worker.newest_tick.map_or(Duration::ZERO, |tick| duration(-behind_ms(tick)));
    Stands { all: since(worker.newest_tick), slowest: since(worker.last_tick), ahead }
}

/// Zero for what is negative.
fn duration(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default()
}

/// Since when nothing is known of the trucks; `None` while positions come. Who is silent then is not known, and nobody may be called so.
pub(in crate::api) fn unknown_since(api: &ApiState) -> Option<Timestamp> {
    let (around, stands) = (api.around.as_ref()?, stands(api));
    let is_away = around.bus_away().is_some_and(|away| away > SILENCE) || stands.is_all();
    is_away.then(|| ago(api, stands.all))
}

/// A moment so long ago in wall time, by the house's clock.
fn ago(api: &ApiState, age: Duration) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of some months")]
    let back_ms = (age.as_secs_f64() * 1_000.0 * api.clock.kind().factor()) as i64;
    api.clock.now() - Span::from_millis(back_ms)
}

/// Month, day and time of day, for people.
fn moment(at: Timestamp) -> String {
    at.to_string().get(5..19).unwrap_or_default().replace('T', " ")
}

fn owned(figures: BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    figures.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

/// What all gateways counted, under the names that a single machine's has.
fn gateways(heard: &[Heard]) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for Heard { report, .. } in heard.iter().filter(|heard| heard.report.role == "gateway") {
        for (name, value) in &report.figures {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts below 2^53")]
            let count = value.max(0.0) as u64;
            if let Some(name) = name.strip_prefix("gateway_") {
                *sums.entry(name.to_owned()).or_default() += count;
            }
        }
    }
    sums
}

fn process(heard: Heard, store_away: Option<Duration>) -> ProcessHealth {
    let Heard { report, age_ms } = heard;
    let age_s = age_ms.max(0).unsigned_abs() / 1_000;
    let Report { role, name, failing, failing_zh, figures } = report;
    let is_unknown = store_away.is_some_and(|away| age_s <= away.as_secs() + UNHEARD_S);
    ProcessHealth { role, name, age_s, is_unknown, failing, failing_zh, figures }
}

fn record(stats: &RecordStats) -> RecordHealth {
    let alarm = stats.alarm();
    RecordHealth {
        durable_seq: stats.durable.0,
        bytes: stats.bytes,
        max_bytes: stats.bytes_max,
        state: stats.condition.into(),
        alarm: alarm.map(|alarm| alarm.zh.to_owned()),
        alarm_en: alarm.map(|alarm| alarm.en.to_owned()),
    }
}
