//! What every role stands on.

use super::{super::AppError, porch, porch::Porch};
use crate::{
    bus::house::HouseOnBus,
    chance,
    clock::{Clock, ClockKind, ClockWish},
    config::Config,
    model::{
        ids::{GatewayNumber, Revision, Seq},
        ledger::Ledger,
        shard::Shards,
    },
    store::{
        FILLED, FILLING, SqlStore,
        config::StoreConfig,
        error::OpenError,
        frames::{link::Servers, read::PgRecord},
        ledger::{ImportOutcome, LedgerStore as _},
        open_postgres,
        settings::SettingsStore,
    },
    telemetry::Outage,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long a process that starts waits for a database that does not answer: a fail-over takes that long.
const PATIENCE: Duration = Duration::from_mins(1);
/// Most seconds of one attempt, after which it is said what is waited for.
const ATTEMPT_S: u64 = 3;
/// How long it waits between two attempts.
const PAUSE: Duration = Duration::from_secs(1);
/// Random bytes of a house's id; some houses on one Redis never draw the same.
const HOUSE_ID_BYTES: usize = 8;

/// Store, clock and record of a house.
#[derive(Clone)]
pub struct Ground {
    /// Ledger, episodes, leases, settings, commands.
    pub store: Arc<SqlStore>,
    /// The PostgreSQL machines as the record asks them.
    pub servers: Servers,
    /// The copied record.
    pub record: Arc<PgRecord>,
    /// The house's clock.
    pub clock: Clock,
    /// What the house is called in Redis.
    pub house: HouseOnBus,
    /// The house's shards.
    pub shards: Shards,
    /// Name of this process in leases: the configured one and when it started, so that a restart is another holder.
    pub member: String,
}

impl Ground {
    /// Opens store and record; the first process of a house founds it: shards and clock are fixed then.
    ///
    /// # Errors
    /// The store does not answer for a minute, has a newer schema, or the house was founded with other settings.
    pub async fn open(config: &Config, wish: ClockWish) -> Result<Self, AppError> {
        Self::told(config, wish, &|_| {}).await
    }

    async fn told(
        config: &Config,
        wish: ClockWish,
        waiting: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Self, AppError> {
        let store = Arc::new(patiently(config, waiting).await?);
        refuse_half_filled(&store).await?;
        refuse_other_house(&store, &config.cluster.house).await?;
        let house = HouseOnBus::new(&config.cluster.house, &house_id(&*store).await?);
        let shards = shards(&store, config.cluster.shards).await?;
        let clock = clock(&store, wish).await?;
        let servers = Servers::new(&config.store, &config.copy)?;
        let record = Arc::new(PgRecord::new(&servers, &config.copy, shards));
        let member = porch::member(config);
        Ok(Self { store, servers, record, clock, house, shards, member })
    }

    /// The same for a role, which is known by its porch's name and says there what it waits for.
    ///
    /// # Errors
    /// As [`Ground::open`].
    pub async fn under(porch: &Porch, config: &Config, wish: ClockWish) -> Result<Self, AppError> {
        let ground = Self::told(config, wish, &|reason| porch.told.ready.starting(reason)).await?;
        Ok(Self { member: porch.member.clone(), ..ground })
    }
}

async fn patiently(config: &Config, waiting: &(dyn Fn(String) + Send + Sync)) -> Result<SqlStore, AppError> {
    let machines = config.store.postgres.len();
    tracing::info!(machines, "looking for the PostgreSQL primary");
    waiting(format!("looking for the PostgreSQL primary among {machines} machines"));
    let once = StoreConfig { open_s: config.store.open_s.min(ATTEMPT_S), ..config.store.clone() };
    Ok(persist(&mut Outage::new("PostgreSQL"), waiting, async || open_postgres(&once).await).await?)
}

/// Opens it until it is open, refuses, or was away for too long.
async fn persist<T>(
    outage: &mut Outage,
    waiting: &(dyn Fn(String) + Send + Sync),
    open: impl AsyncFn() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let begun = Instant::now();
    loop {
        match open().await {
            Err(error @ (OpenError::Store { .. } | OpenError::NoPrimary { .. })) if begun.elapsed() < PATIENCE => {
                outage.failed(&error);
                waiting(format!("waiting for PostgreSQL: {error}"));
                sleep(PAUSE).await;
            }
            Ok(opened) => {
                outage.over();
                return Ok(opened);
            }
            Err(error) => return Err(error),
        }
    }
}

/// A house into which a single machine's data are being moved is nobody's yet: founded now, it would never get them.
async fn refuse_half_filled(settings: &SqlStore) -> Result<(), AppError> {
    if settings.setting(FILLING).await?.is_some() && settings.setting(FILLED).await?.is_none() {
        return Err(AppError::House(
            "a single machine's data are being moved into this house: let `muckwatch migrate-to postgres` end, or run it again"
                .to_owned(),
        ));
    }
    Ok(())
}

/// One database is one house: another name would put its entries where nobody reads them.
async fn refuse_other_house(settings: &SqlStore, name: &str) -> Result<(), AppError> {
    let found = settings.found("house", name).await?;
    if found == name {
        return Ok(());
    }
    Err(AppError::House(format!(
        "this database is the house `{found}`, and cluster.house is `{name}`: use that name, or a database of its own"
    )))
}

/// The id of the database's house, drawn by the first process: names of houses are chosen by people, who may choose one twice.
async fn house_id(settings: &dyn SettingsStore) -> Result<String, AppError> {
    let failed = |source| AppError::House(format!("the house's id was not drawn: {source}"));
    settings.found("house_id", &chance::name::<HOUSE_ID_BYTES>().map_err(failed)?).await.map_err(AppError::from)
}

/// How many shards the house has: what the first process said.
async fn shards(settings: &SqlStore, wish: u16) -> Result<Shards, AppError> {
    let found = settings.found("shards", &wish.to_string()).await?;
    if found != wish.to_string() {
        tracing::warn!(
            found,
            wish,
            "the house has its number of shards since it was founded; cluster.shards counts for nothing now"
        );
    }
    let broken = || AppError::House(format!("the setting `shards` is `{found}`, which is no number of shards"));
    found.parse().ok().and_then(Shards::new).ok_or_else(broken)
}

/// The clock of the house: what the first process said.
async fn clock(settings: &SqlStore, wish: ClockWish) -> Result<Clock, AppError> {
    let first = ClockKind::first(wish)?;
    let text = serde_json::to_string(&first).map_err(|error| AppError::House(error.to_string()))?;
    let found = match settings.setting("clock").await? {
        Some(kept) => kept,
        None => settings.found("clock", &text).await?,
    };
    let kind = clock_kind(&found)?;
    if kind.suits(wish) {
        return Ok(Clock::of(kind));
    }
    Err(AppError::House(format!(
        "the house was founded with a {} clock and cannot go on with another: start without clock options, or found another house",
        kind.word()
    )))
}

/// The clock of a house as its setting `clock` has it.
pub(in crate::app) fn clock_kind(kept: &str) -> Result<ClockKind, AppError> {
    serde_json::from_str(kept).map_err(|error| AppError::House(format!("the setting `clock` cannot be read: {error}")))
}

/// Makes `ledger` the newest revision of the house; the ticker tells the workers within a second or two.
///
/// # Errors
/// Two rows have one identity, or the store refuses.
pub async fn revise(ground: &Ground, ledger: &Ledger, author: &str) -> Result<ImportOutcome, AppError> {
    let outcome = ground.store.import(ledger, author, ground.clock.now()).await?;
    let Revision(number) = outcome.entry.revision;
    let seq = Seq::of(GatewayNumber::CONTROL, u64::from(number));
    ground.store.confirm(outcome.entry.revision, seq).await?;
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn giving_up_is_no_answer() {
        // Proves: a start that is given up after failures ends the outage as one that goes on; one that opens ends it.
        let tries = AtomicUsize::new(0);
        let away = || OpenError::NoPrimary { machines: 1, limit_s: 1, causes: String::new() };
        let mut outage = Outage::new("a start");
        let ends_with = async |outage: &mut Outage, end: fn() -> Result<(), OpenError>| {
            let open =
                async || if tries.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { Err(away()) } else { end() };
            persist(outage, &|_| {}, open).await
        };
        let refused = || Err(OpenError::Refused { cause: "password".to_owned() });
        ends_with(&mut outage, refused).await.expect_err("refused");
        assert!(outage.goes_on());
        ends_with(&mut outage, || Ok(())).await.expect("opened");
        assert!(!outage.goes_on());
    }
}
