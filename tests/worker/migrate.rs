//! A single machine's morning moves into a house of four shards on a real PostgreSQL.

use super::Morning;
use engines::{Engines, Postgres, Redis};
use muckwatch::{
    app::{
        AppError,
        cluster::{
            Ground,
            migrate::{Moved, migrate},
        },
    },
    clock::ClockWish,
    config::Config,
    model::{
        ids::{GatewayNumber, Revision, Seq},
        input::{Event, Input, LedgerRevision},
        shard::{Shard, Shards},
        time::Timestamp,
    },
    record::{NewInput, RecordError, copied::encode, recorded::Recorded as _},
    store::{
        FILLING, SqlStore,
        commands::{CommandStore as _, CommandText, Enqueued, NewCommand, Urgency},
        episodes::{AppendNumber, EpisodeStore as _, Fence},
        frames::{
            copy::{CopyBatch, FrameCopy, Writer},
            link::Servers,
            read::PgRecord,
        },
        ledger::{LedgerStore as _, WhichRevision},
        map::MapStore as _,
        open_postgres,
        queries::{NewQuery, QueryKind, QueryLog as _},
        settings::SettingsStore as _,
    },
    worker::{Worker, WorkerConfig, WorkerParts},
};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::{Arc, OnceLock},
};

const SHARDS: u16 = 4;

pub(crate) fn database() -> Option<Vec<String>> {
    static SHARED: OnceLock<Option<Engines>> = OnceLock::new();
    SHARED.get_or_init(|| Engines::start(Redis::Absent, Postgres::Primary)).as_ref().map(Engines::database)
}

pub(crate) fn config(postgres: &[String]) -> Config {
    let mut config = Config::default();
    config.store.postgres = postgres.to_vec();
    config.cluster.shards = SHARDS;
    // Many batches and runs.
    config.copy.batch_bytes_max = 32 << 10;
    config
}

async fn moved(config: &Config, folder: &Path) -> Result<Moved, AppError> {
    migrate(config, folder, &|_| {}).await
}

/// What a served morning has besides its frames: a second ledger that nobody has judged by yet, a query, a text, clock and secret.
async fn live_in(morning: &Morning) {
    let folder = morning.folder.path();
    let worker = morning.worker().await;
    let frames = morning.frames(worker.cursor());
    morning.drain(worker, frames).await;
    let found = morning.store.load(WhichRevision::Latest).await.expect("readable").expect("a ledger");
    let (mut ledger, at) = (found.ledger, Timestamp::from_millis(found.entry.at.as_millis() + 1));
    ledger.companies[0].name.push_str(" (renamed)");
    let entry = morning.store.import(&ledger, "test", at).await.expect("imported").entry;
    assert_eq!(entry.revision, Revision(2));
    let revision = LedgerRevision { revision: entry.revision, author: entry.author, ledger };
    let event = Event::LedgerRevised(Arc::new(revision));
    let receipt = morning.journal.append(vec![NewInput { received: at, event }]).await.expect("recorded");
    morning.store.confirm(Revision(2), receipt.first()).await.expect("confirmed");
    morning.store.append(&query(at)).await.expect("logged");
    let text =
        CommandText {
            words: "请按核准路线行驶".to_owned(), urgency: Urgency::Notice, shown: true, spoken: false
        };
    let order = NewCommand {
        key: "one".to_owned(),
        terminal: "13900000001".parse().expect("digits"),
        text,
        reason: "test".to_owned(),
        actor: "test".to_owned(),
        created: at,
        expires: Timestamp::FOREVER,
        attempts_max: 3,
    };
    assert!(matches!(morning.store.enqueue(&order).await.expect("queued"), Enqueued::Queued(_)));
    fs::write(folder.join("clock.json"), r#"{"kind":"given"}"#).expect("written");
    fs::write(folder.join("gateway.secret"), [7_u8; 32]).expect("written");
    fs::write(folder.join("gateway.identity"), "morning").expect("written");
    // As a version before the store kept them left them.
    fs::create_dir(folder.join("map")).expect("made");
    fs::write(folder.join("map/roads.geojson"), "{}").expect("written");
}

fn query(at: Timestamp) -> NewQuery {
    let (actor, subject, reason) = ("test".to_owned(), "京A12345".to_owned(), "complaint".to_owned());
    NewQuery {
        key: format!("look at {}", at.as_millis()),
        at,
        actor,
        kind: QueryKind::Plate,
        subject,
        reason,
        detail: String::new(),
    }
}

fn servers(config: &Config) -> Servers {
    Servers::new(&config.store, &config.copy).expect("addresses")
}

/// What a run that was cut off leaves: the mark, and the first inputs.
async fn half_moved(config: &Config, morning: &Morning) {
    let store = open_postgres(&config.store).await.expect("opens");
    store.found(FILLING, &format!("morning {SHARDS}")).await.expect("marked");
    let inputs: Vec<Input> =
        morning.journal.read_from(Seq(1)).take(100).map(|input| input.expect("readable")).collect();
    let fence = Fence { token: 1, holder: format!("morning {SHARDS}") };
    let writer = Writer { gateway: GatewayNumber::ALONE, fence };
    let copy = FrameCopy::open(&servers(config), &config.copy, writer).await;
    let batch = CopyBatch { first: 1, last: 100, body: encode(&inputs) };
    copy.expect("opens").insert(&batch).await.expect("copied");
}

/// The workers of all shards restore, which rebuilds and commits.
async fn rebuild(config: &Config, store: &Arc<SqlStore>, shards: Shards) {
    let record = PgRecord::new(&servers(config), &config.copy, shards);
    let record = Arc::new(record);
    for shard in shards.all() {
        let parts = WorkerParts {
            shard,
            fence: Some(Fence { token: 1, holder: "one".to_owned() }),
            store: store.clone(),
            record: record.clone(),
            live: None,
            counters: None,
            config: WorkerConfig::default(),
        };
        let worker = Worker::restore(parts).await.expect("rebuilt");
        assert_eq!(worker.head().ledger, Revision(2));
    }
}

fn command(folder: &Path, settings: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command.args(["migrate-to", "postgres", "--data"]).arg(folder).arg("--config").arg(settings).args(more);
    command.output().expect("runs")
}

/// Exit codes of `--check-only` on what was moved, with one letter of one row changed, and with it back.
async fn checked(folder: &Path, settings: &Path, urls: &[String]) -> Vec<i32> {
    let (operator, connection) = tokio_postgres::connect(&urls[0], tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    let mut codes = Vec::new();
    let change = |to| format!("UPDATE ledger_companies SET name = {to} WHERE row_id = 1");
    for sql in ["SELECT 1".to_owned(), change("name || 'x'"), change("left(name, -1)")] {
        operator.batch_execute(&sql).await.expect("done");
        let said = tokio::task::block_in_place(|| command(folder, settings, &["--check-only"]));
        codes.push(said.status.code().expect("ended by itself"));
    }
    codes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_morning_moves_into_a_house_and_is_rebuilt_there() {
    // Proves: after a run that was cut off, migrating moves everything; rebuilt by four workers the house says what the single
    // machine said and corrects nothing; numbers go on; the check alone finds one letter that was changed; a running source, a second run and a used house are refused.
    let Some(urls) = tokio::task::block_in_place(database) else { return };
    let (config, morning) = (config(&urls), Morning::record().await);
    live_in(&morning).await;
    half_moved(&config, &morning).await;
    let running = moved(&config, morning.folder.path()).await;
    assert!(matches!(running, Err(AppError::Record(RecordError::InUse { .. }))), "{running:?}");
    assert!(matches!(Ground::open(&config, ClockWish::Kept).await.map(|_| ()), Err(AppError::House(_))), "half moved");
    let (before, changed) = (morning.found().await, morning.store.changed_after(AppendNumber(0), u32::MAX).await);
    let sample: Vec<Input> =
        morning.journal.read_from(Seq(1)).step_by(997).map(|input| input.expect("readable")).collect();
    morning.journal.close();
    let Morning { folder, journal, store, expected } = morning;
    drop((journal, store));

    let said = moved(&config, folder.path()).await.expect("moved");
    assert!(
        said.is_equal() && said.frames() > 10_000 && said.shards.iter().all(|(_, here, _)| here.frames > 0),
        "{said:?}"
    );
    let of = |table: &str| said.tables.iter().find(|(name, ..)| *name == table).expect("a table").2.rows;
    assert!(of("ledger_companies") > 1 && of("registrations") > 0 && of("episode_corrections") > 0, "{said:?}");
    assert_eq!((of("ledger_revisions"), of("query_log"), of("commands"), of("command_events")), (2, 1, 1, 1));

    let settings = folder.path().join("house.toml");
    fs::write(&settings, format!("[store]\npostgres = {urls:?}\n[cluster]\nshards = {SHARDS}\n")).expect("written");
    assert_eq!(checked(folder.path(), &settings, &urls).await, [0, 1, 0]);

    let shards = Shards::new(SHARDS).expect("a count");
    let ground = Ground::open(&config, ClockWish::Kept).await.expect("founded");
    assert_eq!((ground.shards, ground.clock.kind().word()), (shards, "given"));
    assert_eq!(ground.store.layers().await.expect("readable").roads.as_deref(), Some("{}"));
    let secret = serde_json::to_string(&[7_u8; 32]).expect("numbers");
    assert_eq!(ground.store.setting("codes").await.expect("readable"), Some(secret));
    assert_eq!((&before, &ground.store.canonical().await.expect("readable")), (&expected, &expected));
    assert!(ground.store.load_snapshot(Shard(3)).await.expect("readable").expect("a head").terminals.is_empty());
    rebuild(&config, &ground.store, shards).await;
    assert_eq!(ground.store.canonical().await.expect("readable"), expected);
    assert_eq!(ground.store.changed_after(AppendNumber(0), u32::MAX).await, changed, "nothing was corrected");
    for input in sample.iter().filter(|input| matches!(input.event, Event::Frame(_))) {
        assert_eq!(ground.record.frame(input.seq).await.expect("readable").as_ref(), Some(input));
    }
    let next = ground.store.append(&query(Timestamp::from_millis(0))).await.expect("numbered on");
    assert_eq!(next.0, 2);
    let first = ground.store.load(WhichRevision::Number(Revision(1))).await.expect("readable").expect("the history");
    assert!(!first.ledger.companies[0].name.ends_with("(renamed)"));
    let again = ground.store.import(&first.ledger, "test", Timestamp::from_millis(0)).await.expect("imported");
    assert_eq!(again.entry.revision, Revision(3));

    let second = tokio::task::block_in_place(|| command(folder.path(), &settings, &[]));
    let text = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && text.contains("filled by a migration already"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_in_use_and_a_folder_without_data_are_refused() {
    // Proves: a house that somebody founded, or into which another folder was half moved, is left as it is; so is an empty folder.
    let Some(urls) = tokio::task::block_in_place(database) else { return };
    let (used, morning) = (config(&urls), Morning::record().await);
    live_in(&morning).await;
    morning.journal.close();
    let Morning { folder, journal, store, .. } = morning;
    drop((journal, store));
    let empty = tempfile::tempdir().expect("a folder");
    let refused = moved(&used, empty.path()).await.expect_err("no installation").to_string();
    assert!(refused.contains("check --data") && fs::read_dir(empty.path()).expect("readable").next().is_none());
    drop(Ground::open(&used, ClockWish::Wall).await.expect("founded"));
    let refused = moved(&used, folder.path()).await.expect_err("in use").to_string();
    assert!(refused.contains("not empty") && refused.contains("settings"), "{refused}");

    let Some(urls) = tokio::task::block_in_place(database) else { return };
    let others = config(&urls);
    let store = open_postgres(&others.store).await.expect("opens");
    store.found(FILLING, "another 4").await.expect("marked");
    let refused = moved(&others, folder.path()).await.expect_err("another's").to_string();
    assert!(refused.contains("another folder"), "{refused}");
    assert!(store.census().await.expect("readable").iter().all(|(_, rows)| *rows == 0));
}
