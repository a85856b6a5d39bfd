//! A small real house: the simulator's ledger imported, some of its devices' frames in the record, judged by the worker.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use muckwatch::{
    api::{
        config::ApiConfig,
        router::router,
        state::{ApiParts, ApiState},
    },
    bus::live::{Live, LiveLimits},
    clock::{Clock, ClockKind},
    model::{
        ids::{Seq, TerminalId},
        input::{Event, LedgerRevision},
        shard::Shard,
        time::{Span, Timestamp},
    },
    record::{NewInput, config::RecordConfig, journal::Journal},
    sim::{
        calendar::Day,
        district::Demo,
        offline::{Arrival, arrivals},
        script::{Day as Played, Script, play},
        truth::{Breach, Deed},
    },
    store::{SqlStore, ledger::LedgerStore, queries::QueryLog},
    worker::{Worker, WorkerConfig, WorkerParts},
};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tower::ServiceExt;

/// Host of every request unless a test says otherwise.
pub(crate) const HOST: &str = "localhost:8080";

/// The simulated day, played once for all tests.
static PLAYED: LazyLock<(Demo, Played)> = LazyLock::new(|| {
    let demo = Demo::invent(7, Day::parse("2026-11-24").unwrap());
    let played = play(&demo);
    (demo, played)
});

/// The house and what is known of it.
pub(crate) struct House {
    pub(crate) api: ApiState,
    pub(crate) router: Router,
    pub(crate) live: Arc<Live>,
    pub(crate) clock: Clock,
    pub(crate) store: SqlStore,
    /// A yellow-label truck that drove through its closed zone.
    pub(crate) yellow: Deed,
    /// Its device.
    pub(crate) device: TerminalId,
    /// A device no ledger knows.
    pub(crate) stranger: TerminalId,
    _folder: TempDir,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The code of a problem, which must have the media type of one.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text());
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        assert_eq!(json["type"], format!("urn:muckwatch:problem:{}", json["code"].as_str().unwrap()));
        json["code"].as_str().unwrap().to_owned()
    }
}

impl House {
    pub(crate) async fn built() -> Self {
        Self::with(ApiConfig::default(), |store| Arc::new(store)).await
    }

    pub(crate) async fn with(config: ApiConfig, log: impl FnOnce(SqlStore) -> Arc<dyn QueryLog>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap();
        let small = RecordConfig { segment_bytes: 1 << 20, max_bytes: 64 << 20, ..RecordConfig::default() };
        let journal = Journal::open(&folder.path().join("record"), small).unwrap();
        let (live, clock) = (Arc::new(Live::new(LiveLimits::default())), Clock::of(ClockKind::Given));
        let cast = Cast::pick();
        let end = record(&journal, &store, &cast).await;
        clock.advance_to(end);
        judge(&journal, &store, &live).await;
        let parts = ApiParts {
            ledgers: Arc::new(store.clone()),
            episodes: Arc::new(store.clone()),
            queries: log(store.clone()),
            commands: Arc::new(store.clone()),
            record: Arc::new(journal.clone()),
            journal: Some(journal),
            live: Arc::clone(&live),
            clock: clock.clone(),
            map: Arc::new(store.clone()),
            around: None,
            config,
        };
        let api = ApiState::new(parts);
        let Cast { yellow, device, stranger, .. } = cast;
        Self { router: router(api.clone()), api, live, clock, store, yellow, device, stranger, _folder: folder }
    }

    /// The same house with other parts handed in.
    pub(crate) fn altered(self, alter: impl FnOnce(&mut ApiParts)) -> Self {
        let mut parts = self.api.parts.clone();
        alter(&mut parts);
        let api = ApiState::new(parts);
        Self { router: router(api.clone()), api, ..self }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[("host", HOST)]).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers
            .iter()
            .fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value));
        self.answer(request.body(Body::empty()).unwrap()).await
    }

    /// Sends JSON as the pages do.
    pub(crate) async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post(path).header("host", HOST).header("content-type", "application/json");
        self.answer(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    /// A good answer's JSON.
    pub(crate) async fn json(&self, path: &str) -> serde_json::Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// A bad answer's status and code.
    pub(crate) async fn problem(&self, path: &str) -> (u16, String) {
        let answer = self.get(path).await;
        (answer.status.as_u16(), answer.problem())
    }
}

/// Who is played of the day, and when.
struct Cast {
    yellow: Deed,
    device: TerminalId,
    stranger: TerminalId,
    from: Timestamp,
    to: Timestamp,
}

impl Cast {
    fn pick() -> Self {
        let (demo, played) = &*PLAYED;
        let deed = |rule| played.truth.iter().find(|deed| deed.rule == rule && !deed.ambiguous).unwrap().clone();
        let (yellow, unknown) = (deed(Breach::YellowZone), deed(Breach::UnknownTerminal));
        let ledger = demo.ledger();
        let fitted = ledger.fittings.iter().find(|row| row.vehicle.as_str() == yellow.subject.id).unwrap();
        let margin = Span::from_secs(600);
        Self {
            device: fitted.terminal,
            stranger: unknown.subject.id.parse().unwrap(),
            from: yellow.from.min(unknown.from) - margin,
            to: yellow.to.max(unknown.to) + margin,
            yellow,
        }
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let chosen = PLAYED.1.scripts.iter().filter(|script| [self.device, self.stranger].contains(&script.terminal));
        let scripts: Vec<Script> = chosen.map(|script| script.between(self.from, self.to)).collect();
        arrivals(&Played { scripts, truth: Vec::new() })
    }
}

/// Puts the ledger and the frames into store and record; returns the end of what was received.
async fn record(journal: &Journal, store: &SqlStore, cast: &Cast) -> Timestamp {
    let arrivals = cast.arrivals();
    let ledger = PLAYED.0.ledger();
    let outcome = store.import(&ledger, "test", cast.from).await.unwrap();
    let revision = outcome.entry.revision;
    let revised = Event::LedgerRevised(Arc::new(LedgerRevision { revision, author: "test".to_owned(), ledger }));
    let receipt = journal.append(vec![NewInput { received: cast.from, event: revised }]).await.unwrap();
    store.confirm(revision, receipt.first()).await.unwrap();
    let end = arrivals.last().unwrap().received + Span::from_secs(60);
    let mut inputs: Vec<NewInput> =
        arrivals.into_iter().map(|arrival| NewInput { received: arrival.received, event: arrival.event }).collect();
    inputs.push(NewInput { received: end, event: Event::Tick });
    for batch in inputs.chunks(500) {
        let receipt = journal.append(batch.to_vec()).await.unwrap();
        assert!(receipt.first() <= receipt.last());
    }
    end
}

async fn judge(journal: &Journal, store: &SqlStore, live: &Arc<Live>) {
    let parts = WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        counters: None,
        store: Arc::new(store.clone()),
        record: Arc::new(journal.clone()),
        live: Some(Arc::<Live>::clone(live)),
        config: WorkerConfig::default(),
    };
    let mut worker = Worker::restore(parts).await.unwrap();
    let inputs: Vec<_> = journal.read_from(Seq(1)).map(Result::unwrap).collect();
    worker.take(&inputs).await.unwrap();
    worker.commit().await.unwrap();
}
