//! How long terminals, judging and pages stood still: watched all the time, read off around each fault.

use super::{acknowledged::Frame, one_machine, run::Outcome};
use muckwatch::{clock::wall_now, engine::snapshot::Head, model::shard::Shard};
use std::{
    collections::BTreeMap,
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{task::JoinHandle, time::sleep};
use tokio_postgres::{Client, NoTls};

/// The page that is asked for: it needs the store.
const LIST: &str = "/api/v1/violations?limit=1";
/// Between two looks.
const NAP: Duration = Duration::from_millis(100);

/// Moments at which a service was seen to work, wall time, ms UTC.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// A page came.
    pages: Vec<i64>,
    /// A shard had judged and committed one more tick (one a second comes).
    judged: BTreeMap<u16, Vec<i64>>,
}

/// A stretch of wall time, ms UTC: a fault and what came after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
}

/// Looks at pages and heads until told to stop.
pub(crate) struct Watch {
    seen: Arc<Mutex<Seen>>,
    tasks: [JoinHandle<()>; 2],
}

impl Watch {
    pub(crate) fn start(pages: SocketAddr, store: Heads) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let tasks =
            [tokio::spawn(watch_pages(pages, Arc::clone(&seen))), tokio::spawn(watch_heads(store, Arc::clone(&seen)))];
        Self { seen, tasks }
    }

    pub(crate) fn stop(self) -> Seen {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.seen.lock().expect("no panic").clone()
    }
}

async fn watch_pages(pages: SocketAddr, seen: Arc<Mutex<Seen>>) {
    loop {
        if one_machine::get(pages, LIST).await.is_some() {
            seen.lock().expect("no panic").pages.push(wall_now().as_millis());
        }
        sleep(NAP).await;
    }
}

async fn watch_heads(mut store: Heads, seen: Arc<Mutex<Seen>>) {
    let mut last = BTreeMap::new();
    loop {
        for (shard, head) in store.read().await.unwrap_or_default() {
            if last.insert(shard, head.last_tick) != Some(head.last_tick) {
                seen.lock().expect("no panic").judged.entry(shard.0).or_default().push(wall_now().as_millis());
            }
        }
        sleep(NAP).await;
    }
}

/// The heads of all shards in PostgreSQL, read from whichever node answers as the primary.
pub(crate) struct Heads {
    address: String,
    client: Option<Client>,
}

impl Heads {
    pub(crate) fn new(urls: &[String]) -> Self {
        let host = |url: &String| url.split('@').nth(1).and_then(|rest| rest.split('/').next()).map(str::to_owned);
        let hosts: Vec<String> = urls.iter().filter_map(host).collect();
        let database = urls.first().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        let address = format!(
            "postgres://muckwatch@{}/{database}?target_session_attrs=read-write&connect_timeout=2",
            hosts.join(",")
        );
        Self { address, client: None }
    }

    /// `None` when nobody answers now; asked again, it looks for the primary anew.
    pub(crate) async fn read(&mut self) -> Option<Vec<(Shard, Head)>> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            let (client, connection) = tokio_postgres::connect(&self.address, NoTls).await.ok()?;
            tokio::spawn(async move {
                // The connection ends when its server does.
                let _ended = connection.await;
            });
            self.client = Some(client);
        }
        let asked = self.client.as_ref()?.query("SELECT shard, head FROM engine_head WHERE head IS NOT NULL", &[]);
        let rows = tokio::time::timeout(Duration::from_secs(2), asked).await;
        let Ok(Ok(rows)) = rows else {
            self.client = None;
            return None;
        };
        let head = |row: &tokio_postgres::Row| {
            let (shard, text): (i32, String) = (row.get(0), row.get(1));
            (Shard(u16::try_from(shard).expect("a shard")), serde_json::from_str(&text).expect("a head"))
        };
        Some(rows.iter().map(head).collect())
    }
}

/// For how long each service stood still around one fault, milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standstill {
    /// Longest wait of a frame for its acknowledgement.
    pub(crate) acknowledging: i64,
    /// Longest time in which a shard committed no further tick; one or two seconds are normal.
    pub(crate) judging: i64,
    /// Longest time without a page through the balancer.
    pub(crate) pages: i64,
}

/// Reads it off.
pub(crate) fn standstill(frames: &[Frame], seen: &Seen, window: Window) -> Standstill {
    let inside =
        frames.iter().filter(|frame| frame.acknowledged_ms > window.from_ms && frame.sent_ms < window.until_ms);
    let waited =
        inside.map(|frame| frame.acknowledged_ms.min(window.until_ms) - frame.sent_ms.max(window.from_ms)).max();
    let judging = seen.judged.values().map(|moments| longest(moments, window)).max();
    Standstill {
        acknowledging: waited.unwrap_or(0),
        judging: judging.unwrap_or(0),
        pages: longest(&seen.pages, window),
    }
}

/// Longest time between two moments, as far as it lies in the window.
fn longest(moments: &[i64], window: Window) -> i64 {
    let mut worst = 0;
    for pair in moments.windows(2) {
        if pair[1] > window.from_ms && pair[0] < window.until_ms {
            worst = worst.max(pair[1].min(window.until_ms) - pair[0].max(window.from_ms));
        }
    }
    worst
}

/// The table of all faults, for people.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut kinds: BTreeMap<&str, Vec<Standstill>> = BTreeMap::new();
    for outcome in outcomes {
        kinds.entry(outcome.kind.words()).or_default().push(outcome.standstill);
    }
    let mut text = format!(
        "time without service, s: median (greatest)\n{:38} {:>5} {:>16} {:>16} {:>16}\n",
        "fault", "times", "acknowledging", "judging", "pages"
    );
    for (kind, stills) in kinds {
        let column = |of: fn(&Standstill) -> i64| {
            let mut all: Vec<i64> = stills.iter().map(of).collect();
            all.sort_unstable();
            let seconds = |place: usize| {
                all.get(place).map_or(0.0, |ms| f64::from(i32::try_from(*ms).unwrap_or(i32::MAX)) / 1000.0)
            };
            format!("{:.1} ({:.1})", seconds(all.len() / 2), seconds(all.len().saturating_sub(1)))
        };
        let columns = [column(|one| one.acknowledging), column(|one| one.judging), column(|one| one.pages)];
        writeln!(text, "{kind:38} {:>5} {:>16} {:>16} {:>16}", stills.len(), columns[0], columns[1], columns[2])
            .expect("text");
    }
    text
}

#[test]
fn a_stop_counts_only_inside_its_window() {
    // Proves: what stood still before a fault, or on account of the next one, is not put on its account.
    let window = Window { from_ms: 1000, until_ms: 5000 };
    assert_eq!(longest(&[0, 1500, 1600, 3600, 4900, 9000], window), 2000);
    assert_eq!(longest(&[0, 9000], window), 4000);
    assert_eq!(longest(&[0, 900], window), 0);
}
