//! `GET /api/v1/summary`: the counts of the top bar.

use crate::{
    api::{book::Book, problem::Problem, resources::health::unknown_since, state::ApiState},
    bus::live::Live,
    model::{
        ids::TerminalId,
        terminal::FittingRole,
        time::{Span, Timestamp},
    },
    rules::SPECS,
    store::episodes::{EpisodeFilter, EpisodeStore, Progress},
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SummaryAnswer {
    /// When they were taken, RFC 3339.
    pub counts_at: String,
    /// The same, ms UTC.
    pub counts_ms: i64,
    /// Ledger terminals (main devices fitted now) by what they do.
    pub terminals: TerminalCounts,
    /// Since when nothing is known of them, ms UTC: they are counted as they stood then. `null` while positions come.
    pub terminals_unknown_since_ms: Option<i64>,
    /// Open episodes by rule id; every rule of the catalogue is named.
    pub open: BTreeMap<String, u64>,
    /// Terminals on the board that no ledger row names now.
    pub quarantined: u64,
    /// Vehicles in the ledger now.
    pub vehicles: u64,
}

/// Terminals by what they do. `online` = `moving` + `stopped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TerminalCounts {
    /// Heard of lately.
    pub online: u64,
    /// Online at 5 km/h or more.
    pub moving: u64,
    /// Online below 5 km/h.
    pub stopped: u64,
    /// Not heard of for longer than the limit.
    pub lost: u64,
    /// Never heard of since this server started and the board was filled.
    pub never: u64,
}

/// The counts.
#[utoipa::path(get, path = "/api/v1/summary", tag = "map", responses((status = 200, body = SummaryAnswer)))]
pub(crate) async fn summary(State(api): State<ApiState>) -> Result<Json<SummaryAnswer>, Problem> {
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let unknown_since = unknown_since(&api);
    let known = unknown_since.map_or(now, |since| since.min(now));
    let census = Census { book: &book, now, known, silence: Span::from_secs(i64::from(api.config.lost_after_s)) };
    let (terminals, quarantined) = census.take(&api.live);
    Ok(Json(SummaryAnswer {
        counts_at: now.to_string(),
        counts_ms: now.as_millis(),
        terminals,
        terminals_unknown_since_ms: unknown_since.map(Timestamp::as_millis),
        open: open(api.episodes.as_ref()).await?,
        quarantined,
        vehicles: count(book.fleet(now).filter(|row| row.validity.holds_at(now))),
    }))
}

/// Counts the board against the ledger.
struct Census<'a> {
    book: &'a Book,
    now: Timestamp,
    /// Up to when positions came.
    known: Timestamp,
    silence: Span,
}

impl Census<'_> {
    /// Ledger terminals by what they do, and how many others there are on the board.
    fn take(&self, live: &Live) -> (TerminalCounts, u64) {
        let devices = self.main_devices();
        let (mut counts, mut quarantined, mut heard) = (TerminalCounts::default(), 0, 0);
        live.scan(|_, slot| {
            if !devices.contains(&slot.terminal) {
                quarantined += u64::from(self.book.fitting(slot.terminal, self.now).is_none());
                return;
            }
            heard += 1;
            match (self.known.since(slot.received) > self.silence, slot.position.status.moving) {
                (true, _) => counts.lost += 1,
                (false, true) => counts.moving += 1,
                (false, false) => counts.stopped += 1,
            }
        });
        counts.online = counts.moving + counts.stopped;
        counts.never = count(devices.iter()).saturating_sub(heard);
        (counts, quarantined)
    }

    fn main_devices(&self) -> BTreeSet<TerminalId> {
        let main = self.book.ledger().fittings.iter().filter(|row| row.role == FittingRole::Main);
        main.filter(|row| row.validity.holds_at(self.now)).map(|row| row.terminal).collect()
    }
}

/// Rows read to count what is open; a district has some dozens.
const OPEN_MAX: u32 = 10_000;

async fn open(episodes: &dyn EpisodeStore) -> Result<BTreeMap<String, u64>, Problem> {
    let filter = EpisodeFilter { progress: Some(Progress::Open), ..EpisodeFilter::default() };
    let mut open: BTreeMap<String, u64> = SPECS.iter().map(|(rule, _)| (rule.code().to_owned(), 0)).collect();
    for episode in episodes.list(&filter, None, OPEN_MAX).await? {
        *open.entry(episode.row.found.rule.code().to_owned()).or_default() += 1;
    }
    Ok(open)
}

fn count<T>(of: impl Iterator<Item = T>) -> u64 {
    u64::try_from(of.count()).unwrap_or(u64::MAX)
}
