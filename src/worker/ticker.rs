//! The house's ticker: one among all workers, by a lease of its own. Once a second of wall time it says on every shard's stream
//! what time it is, which ledger revision and which policy are the newest, and up to where gateways were copied that are gone or do
//! not reach the bus: workers read those from the copy.
//!
//! What it says is level-triggered: an entry that is lost is made good by the next, and a stream that nobody reads gets none while
//! it is at its limit. Whose wall clock is off the store's by more than `clock::off::OFF_MAX_MS` is not the ticker, nor whom the
//! bus does not hear. Its lease's token is in every entry, so that a ticker that was paused and replaced is not listened to.

use super::silence::Silence;
use crate::{
    bus::{
        entry::{Control, Entry},
        frames::BusError,
        publish::{Publish, answers},
    },
    clock::{
        Clock,
        off::{OffClock, Sighting},
    },
    model::{
        ids::{GatewayNumber, PolicyRevision, Revision},
        shard::{Shard, Shards},
        time::Timestamp,
    },
    ops::checks,
    record::recorded::Recorded,
    store::{
        error::StoreError,
        leases::{Lease, LeaseStore},
        ledger::LedgerStore,
        policies::PolicyStore,
        reports::ReportStore,
    },
    telemetry::Outage,
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);
/// How long what a stream said of its room holds: it is overshot by ten entries at most.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// How long the lease has to be given back at the end.
const GIVE_BACK_LIMIT: Duration = Duration::from_secs(3);
/// How long nothing it says may reach the bus before another is to try.
const UNHEARD_LIMIT: Duration = Duration::from_secs(5);
/// How old what a gateway says of itself may be: it says so every other second.
const SAID_LATELY: Duration = Duration::from_secs(10);
/// The lease of the one ticker.
pub const LEASE: &str = "ticker";

/// What a ticker is built of.
pub struct TickerParts {
    /// Who is the ticker, and which gateways live.
    pub leases: Arc<dyn LeaseStore>,
    /// Which ledger revision is the newest.
    pub ledgers: Arc<dyn LedgerStore>,
    /// Which policy is the newest.
    pub policies: Arc<dyn PolicyStore>,
    /// Up to where gateways were copied.
    pub record: Arc<dyn Recorded>,
    /// What gateways say of themselves.
    pub reports: Arc<dyn ReportStore>,
    /// The streams.
    pub publish: Box<dyn Publish + Sync>,
    /// The house's clock.
    pub clock: Clock,
    /// The wall clock of this machine.
    pub wall: fn() -> Timestamp,
    /// How far that one is off the store's, told to whoever asks.
    pub off: Arc<OffClock>,
    /// All shards.
    pub shards: Shards,
    /// Name of this process in leases.
    pub member: String,
    /// How long the lease lasts without being renewed.
    pub lease: Duration,
}

/// Ticks while it holds the lease, and tries to get it while it does not. Gives it back at the end.
pub async fn run(mut parts: TickerParts, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut rooms, mut unheard) = (Rooms::default(), Unheard::default());
    let (mut store, mut bus) = (Outage::new("the store: no ticks"), Outage::new("the bus: no ticks"));
    let mut clock = Outage::of_trouble("the clock is wrong");
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        // A store or a Redis that does not answer would hold up the end for as long as each call is waited for.
        match stop.run_until_cancelled(parts.is_aside(&mut unheard)).await {
            None => break,
            Some(true) => continue,
            Some(false) => {}
        }
        let control = match stop.run_until_cancelled(parts.beat()).await {
            None => break,
            Some(Ok(control)) => control,
            Some(Err(error)) => {
                store.failed(&error);
                continue;
            }
        };
        store.over();
        match parts.off.complaint() {
            Some(complaint) => clock.failed(&complaint.en),
            None => clock.over(),
        }
        let Some(control) = control else { continue };
        match stop.run_until_cancelled(parts.say(&control, &mut rooms)).await {
            Some(Err(error)) => {
                bus.failed(&error);
                unheard.silence.goes_on();
            }
            Some(Ok(())) => {
                bus.over();
                unheard.silence.over();
            }
            None => break,
        }
    }
    if timeout(GIVE_BACK_LIMIT, parts.leases.leave(LEASE, &parts.member)).await.is_err() {
        tracing::warn!(lease = LEASE, "not given back in time; it runs out by itself");
    }
}

impl TickerParts {
    /// Whether ticking is left to others, because nothing that was said here reached the bus for a while and it does not answer yet.
    async fn is_aside(&mut self, unheard: &mut Unheard) -> bool {
        if !unheard.silence.is_longer_than(UNHEARD_LIMIT) {
            return false;
        }
        if !unheard.is_aside {
            self.leases.leave(LEASE, &self.member).await;
            unheard.is_aside = true;
            return true;
        }
        if !answers(self.publish.as_mut(), self.shards).await {
            return true;
        }
        *unheard = Unheard::default();
        false
    }

    /// What there is to say now; `None` when another is the ticker, or must be.
    async fn beat(&self) -> Result<Option<Control>, StoreError> {
        let Some((lease, at)) = self.lease().await? else { return Ok(None) };
        let newest = self.ledgers.revisions(None, 1).await?;
        let revision = newest.first().map_or(Revision(0), |entry| entry.revision);
        let newest = self.policies.policies(None, 1).await?;
        let policy = newest.first().map_or(PolicyRevision(0), |stored| stored.revision);
        let heads = self.unheard_gateways().await?;
        // The time is that of the moment at which the clock was seen to be right: it may have been set since.
        Ok(Some(Control { token: lease.token, at, revision, policy, heads }))
    }

    /// The ticker's lease and the time; `None` when another has it, or when the clock here is off: workers take no time that is older
    /// than one they heard, so that one tick of the future would silence the house until then.
    async fn lease(&self) -> Result<Option<(Lease, Timestamp)>, StoreError> {
        // One whose clock is off only looks on until it is right, and leaves the lease to the others.
        if self.off.complaint().is_none() {
            let asked = (self.wall)();
            if let Some(lease) = self.leases.acquire(LEASE, &self.member, self.lease).await? {
                let at = self.clock.now();
                self.see(asked, &lease);
                if self.off.complaint().is_none() {
                    return Ok(Some((lease, at)));
                }
                self.leases.release(&lease).await?;
                return Ok(None);
            }
        }
        let asked = (self.wall)();
        if let Some(lease) = self.leases.last(LEASE).await? {
            self.see(asked, &lease);
        }
        Ok(None)
    }

    fn see(&self, asked: Timestamp, lease: &Lease) {
        self.off.see(Sighting { asked, store: lease.now, answered: (self.wall)() });
    }

    /// Gateways that were copied from and bring nothing to the bus: those whose lease is gone, and those that live and say that the bus
    /// does not take what they publish.
    async fn unheard_gateways(&self) -> Result<Vec<(GatewayNumber, u64)>, StoreError> {
        let alive = self.leases.live("gateway/").await?;
        let lives = |gateway: GatewayNumber| alive.iter().any(|lease| lease.name == format!("gateway/{gateway}"));
        let said = self.reports.reports(SAID_LATELY).await?;
        let misses_the_bus = |gateway: GatewayNumber| {
            let name = gateway.to_string();
            let own = said.iter().filter(|heard| heard.report.is_of("gateway", &name) && heard.is_within(SAID_LATELY));
            own.into_iter().any(|heard| heard.report.failing.contains_key(checks::BUS))
        };
        match self.record.heads().await {
            Ok(heads) => {
                Ok(heads.into_iter().filter(|(gateway, _)| !lives(*gateway) || misses_the_bus(*gateway)).collect())
            }
            Err(error) => Err(StoreError::Unavailable { cause: error.to_string() }),
        }
    }

    /// What does not reach a stream is made good by the next.
    async fn say(&mut self, control: &Control, rooms: &mut Rooms) -> Result<(), BusError> {
        let mut entries: Vec<(Shard, Entry)> = Vec::new();
        for shard in self.shards.all() {
            if rooms.has(self.publish.as_mut(), shard, Instant::now()).await {
                entries.push((shard, Entry::Control(control.clone())));
            }
        }
        self.publish.publish(&entries).await
    }
}

/// Since when nothing that was said reached the bus, and whether another may try meanwhile.
#[derive(Debug, Default)]
struct Unheard {
    silence: Silence,
    is_aside: bool,
}

/// Of each shard when its stream was asked for room, and whether it had any.
#[derive(Debug, Default)]
struct Rooms(BTreeMap<Shard, (Instant, bool)>);

impl Rooms {
    /// Whether a stream has room, as far as is known; asks seldom. One that does not answer counts as having some: what is put
    /// there says what is wrong.
    async fn has(&mut self, publish: &mut dyn Publish, shard: Shard, now: Instant) -> bool {
        if let Some((asked, has)) = self.0.get(&shard)
            && now.duration_since(*asked) < ASK_EVERY
        {
            return *has;
        }
        let Ok(room) = publish.room(shard).await else { return true };
        if room == 0 {
            tracing::warn!(shard = shard.0, "no tick: the shard's stream is at bus.stream_entries_max");
        }
        self.0.insert(shard, (now, room > 0));
        room > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;

    /// Streams with this much room; it counts how often it was asked.
    struct Streams {
        room: u64,
        asked: usize,
    }

    #[async_trait]
    impl Publish for Streams {
        async fn publish(&mut self, _: &[(Shard, Entry)]) -> Result<(), BusError> {
            Ok(())
        }

        async fn room(&mut self, _: Shard) -> Result<u64, BusError> {
            self.asked += 1;
            Ok(self.room)
        }
    }

    #[tokio::test]
    async fn a_full_stream_is_left_out_until_it_has_room() {
        // Proves: a stream at its limit gets no tick and is asked again every ten seconds, not every second.
        let (start, mut rooms) = (Instant::now(), Rooms::default());
        let mut streams = Streams { room: 0, asked: 0 };
        for second in 0..20 {
            assert!(!rooms.has(&mut streams, Shard(3), start + Duration::from_secs(second)).await);
        }
        assert_eq!(streams.asked, 2);
        streams.room = 1;
        assert!(rooms.has(&mut streams, Shard(3), start + Duration::from_secs(20)).await);
        assert!(rooms.has(&mut streams, Shard(3), start + Duration::from_secs(29)).await);
        assert_eq!(streams.asked, 3);
    }
}
