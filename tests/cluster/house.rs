//! A house of many processes: two gateways, three workers, two apis, a balancer in front of gateways and one in front of apis, and
//! links to PostgreSQL and Redis that can be cut. And what is asked of it when it has come to rest.

use super::{
    child::Member,
    links::{Links, Near},
    one_machine,
    run::Plan,
    service::Heads,
    verdict,
};
use engines::{Engines, proxy::Proxy};
use muckwatch::{
    app::cluster::{Ground, revise},
    cli::balance::Balancer,
    clock::ClockWish,
    config::Config,
    model::{
        hex::hex,
        ids::GatewayNumber,
        input::Event,
        time::{Span, Timestamp},
    },
    record::recorded::Recorded,
    store::{episodes::EpisodeStore, import::read_folder, leases::LeaseStore},
};
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Longest wait for any one condition.
const LIMIT: Duration = Duration::from_mins(2);
/// Between two looks.
const NAP: Duration = Duration::from_millis(100);
/// Wall seconds between the founding and midnight of the played day: the processes come up meanwhile.
const HEAD_START: f64 = 10.0;
/// Inputs read from the record at once.
const PAGE: usize = 10_000;

/// File of the settings that the test and its commands use.
pub(crate) const OPERATOR: &str = "test.toml";
/// Where gateway-1 and worker-1 find the engines; everything in 127.0.0.0/8 is this machine.
const GATEWAY_OWN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const WORKER_OWN: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Where a process finds the engines.
#[derive(Clone)]
struct Reach {
    databases: Vec<String>,
    redis: Vec<String>,
}

/// The running house.
pub(crate) struct House<'a> {
    pub(crate) engines: &'a Engines,
    pub(crate) links: Links,
    ground: Ground,
    urls: Vec<String>,
    members: Vec<Member>,
    terminals: Balancer,
    pages: Balancer,
    /// When the last frame of the play is sent, by the house's clock.
    over: Timestamp,
}

impl<'a> House<'a> {
    /// Founds it on a database of its own and starts everybody.
    pub(crate) async fn start(engines: &'a Engines, plan: &Plan, folder: &Path, ledger: &Path) -> Self {
        let urls = tokio::task::block_in_place(|| engines.database());
        let reach = Reach { databases: urls.clone(), redis: engines.redis() };
        let near_gateway = Near::start(engines, &urls, GATEWAY_OWN).await;
        let near_worker = Near::start(engines, &urls, WORKER_OWN).await;
        let through = |near: &Near| Reach { databases: near.databases(&urls), redis: near.redis() };
        let settings = |name: &str, reach: &Reach, rest: &str| text(plan, folder, name, reach, rest);
        let own = folder.join(OPERATOR);
        fs::write(&own, settings("test", &reach, "")).expect("settings");
        let config = Config::load(Some(&own), std::iter::empty()).expect("settings");
        let ground = found(&config, plan, ledger).await;
        let mut members = Vec::new();
        for number in 1..=2 {
            let reach = if number == 1 { through(&near_gateway) } else { reach.clone() };
            let listen = format!("[gateway]\nlisten = \"127.0.0.1:0\"\n[cluster]\ngateway = {number}\n");
            members.push(Member::new(
                folder,
                "gateway",
                number,
                &settings(&format!("gateway-{number}"), &reach, &listen),
            ));
        }
        for number in 1..=3 {
            let reach = if number == 1 { through(&near_worker) } else { reach.clone() };
            let rest = "[cluster]\n";
            members.push(Member::new(folder, "worker", number, &settings(&format!("worker-{number}"), &reach, rest)));
        }
        for number in 1..=2 {
            let listen = "[api]\nlisten = \"127.0.0.1:0\"\n[cluster]\n";
            members.push(Member::new(folder, "api", number, &settings(&format!("api-{number}"), &reach, listen)));
        }
        for member in &mut members {
            member.start().await;
        }
        let mut gateways = addresses(&members, "gateway");
        let terminals = Proxy::start(gateways[0]).await.expect("a port");
        gateways[0] = terminals.address;
        let links = Links { gateway: near_gateway, worker: near_worker, terminals };
        let (terminals, pages) = (balancer(gateways).await, balancer(addresses(&members, "api")).await);
        Self { engines, links, ground, urls, members, terminals, pages, over: one_machine::end(plan.hours) }
    }

    /// Where terminals connect.
    pub(crate) fn terminals(&self) -> SocketAddr {
        self.terminals.address
    }

    /// Where the pages are.
    pub(crate) fn pages(&self) -> SocketAddr {
        self.pages.address
    }

    /// Address of the house's database on a PostgreSQL node, `pg1` or `pg2`.
    pub(crate) fn database_on(&self, node: &str) -> &str {
        &self.urls[usize::from(node != "pg1")]
    }

    /// A reader of the shards' heads.
    pub(crate) fn heads(&self) -> Heads {
        Heads::new(&self.urls)
    }

    /// The nth member of a role, from 0.
    pub(crate) fn nth(&mut self, role: &str, number: i64) -> &mut Member {
        let name = format!("{role}-{}", number + 1);
        self.members.iter_mut().find(|member| member.name == name).expect("a member")
    }

    /// Fails when a member has ended by itself.
    pub(crate) fn check(&mut self) {
        self.members.iter_mut().for_each(Member::check);
    }

    /// Stops everybody in order.
    pub(crate) async fn stop(mut self) {
        for member in &mut self.members {
            member.stop().await;
        }
    }

    /// Waits until it holds.
    pub(crate) async fn until(&self, what: &str, mut holds: impl AsyncFnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self).await {
            assert!(begun.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
            sleep(NAP).await;
        }
    }

    /// Waits until a worker holds a shard.
    pub(crate) async fn until_holds_some(&self, worker: &str) {
        let what = format!("{worker} holds a shard");
        self.until(&what, async |house| house.holders().await.iter().any(|holder| is(holder, worker))).await;
    }

    /// Waits until all shards are held by others than that worker.
    pub(crate) async fn until_others_hold_all(&self, worker: &str) {
        let shards = usize::from(self.ground.shards.count());
        let what = format!("others than {worker} hold all shards");
        self.until(&what, async |house| {
            let holders = house.holders().await;
            holders.len() == shards && !holders.iter().any(|holder| is(holder, worker))
        })
        .await;
    }

    /// Waits until a lease lives or is over.
    pub(crate) async fn until_lease(&self, name: &str, lives: bool) {
        let what = format!("the lease {name} lives: {lives}");
        self.until(&what, async |house| {
            house.ground.store.last(name).await.is_ok_and(|lease| lease.is_some_and(|lease| lease.left_ms > 0) == lives)
        })
        .await;
    }

    /// Waits until a gateway has recorded and copied so much more, or the play is over and nothing more comes.
    pub(crate) async fn until_records(&self, gateway: u16, more: u64) {
        let before = self.head(gateway).await;
        let what = format!("gateway {gateway} records beyond {before}");
        self.until(&what, async |house| house.is_over() || house.head(gateway).await >= before + more).await;
    }

    /// Waits until what a gateway has copied by now is judged.
    pub(crate) async fn until_judged(&self, gateway: u16) {
        let copied = self.head(gateway).await;
        let what = format!("gateway {gateway} is judged up to {copied}");
        self.until(&what, async |house| {
            let cursors = house.ground.store.cursors().await.unwrap_or_default();
            cursors.iter().any(|(_, cursor)| cursor.number(GatewayNumber(gateway)) >= copied)
        })
        .await;
    }

    /// Waits until all gateways together have copied so much more, or the play is over.
    pub(crate) async fn until_copied(&self, more: u64) {
        let all = async |house: &Self| house.head(1).await + house.head(2).await;
        let before = all(self).await;
        self.until("copies go on", async |house| house.is_over() || all(house).await >= before + more).await;
    }

    /// Waits until a gateway records nothing while another goes on, or the play is over and nothing more comes.
    pub(crate) async fn until_stands(&self, gateway: u16, other: u16, more: u64) {
        let mut since = (self.head(gateway).await, self.head(other).await);
        let what = format!("gateway {gateway} stands still at {}", since.0);
        self.until(&what, async |house| {
            let now = (house.head(gateway).await, house.head(other).await);
            if now.0 != since.0 {
                since = now;
            }
            house.is_over() || now.1 >= since.1 + more
        })
        .await;
    }

    /// The house's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.ground.clock.now()
    }

    fn is_over(&self) -> bool {
        self.now() >= self.over
    }

    /// The last number of a gateway that is copied; 0 while nobody says.
    async fn head(&self, gateway: u16) -> u64 {
        let heads = self.ground.record.heads().await.unwrap_or_default();
        heads.into_iter().find(|(number, _)| number.0 == gateway).map_or(0, |(_, head)| head)
    }

    /// Names of the leases that gateways and workers hold.
    pub(crate) async fn held(&self) -> Vec<String> {
        let mut held = Vec::new();
        for role in ["gateway/", "worker/"] {
            let live = self.ground.store.live(role).await.unwrap_or_default();
            held.extend(live.into_iter().map(|lease| lease.name));
        }
        held
    }

    async fn holders(&self) -> Vec<String> {
        let live = self.ground.store.live("shard/").await.unwrap_or_default();
        live.into_iter().map(|lease| lease.holder).collect()
    }

    /// Waits until everything recorded is judged, nothing waits to be judged again, and every shard has had a tick at or after `at`.
    pub(crate) async fn settle(&mut self, at: Timestamp) {
        let mut heads = self.heads();
        let begun = Instant::now();
        loop {
            self.check();
            let unsettled = self.unsettled(&mut heads, at).await;
            let Some(why) = unsettled else { return };
            assert!(begun.elapsed() < LIMIT, "not settled within {LIMIT:?}: {why}");
            sleep(NAP).await;
        }
    }

    async fn unsettled(&self, heads: &mut Heads, at: Timestamp) -> Option<String> {
        let Some(judged) = heads.read().await else { return Some("the store does not answer".to_owned()) };
        if judged.len() != usize::from(self.ground.shards.count()) {
            return Some(format!("{} shards have been judged", judged.len()));
        }
        let Ok(recorded) = self.ground.record.heads().await else {
            return Some("the record does not answer".to_owned());
        };
        for (shard, head) in judged {
            if head.last_tick.is_none_or(|tick| tick < at) || !head.queue.is_empty() {
                let (tick, queued) = (head.last_tick, head.queue.len());
                return Some(format!("{shard:?}: last tick {tick:?}, {queued} to be judged again"));
            }
            for (gateway, number) in &recorded {
                let after = head.cursor.number(*gateway);
                let waits = self.ground.record.inputs_of(shard, *gateway, after, *number, 1).await;
                if !waits.as_ref().is_ok_and(Vec::is_empty) {
                    return Some(format!("{shard:?}: beyond {after} of {gateway:?} there is {waits:?}"));
                }
            }
        }
        None
    }

    /// Waits until the canonical list is the reference's, which it is at once or some ticks later; no episode may be there twice.
    pub(crate) async fn agrees_with(&self, reference: &[String]) {
        let begun = Instant::now();
        loop {
            let canonical = self.ground.store.canonical().await.expect("the store answers");
            verdict::assert_no_overlap(&canonical);
            let Some(difference) = verdict::difference(reference, &verdict::listed(&canonical)) else { return };
            assert!(begun.elapsed() < LIMIT / 4, "one machine found otherwise: {difference}");
            sleep(NAP).await;
        }
    }

    /// Every frame in the record, hex.
    pub(crate) async fn recorded(&self) -> BTreeSet<String> {
        let mut frames = BTreeSet::new();
        for (gateway, last) in self.ground.record.heads().await.expect("the record answers") {
            for shard in self.ground.shards.all() {
                let mut after = 0;
                loop {
                    let page = self
                        .ground
                        .record
                        .inputs_of(shard, gateway, after, last, PAGE)
                        .await
                        .expect("the record answers");
                    let Some(end) = page.last() else { break };
                    after = end.seq.number();
                    let raw = page.iter().filter_map(|input| match &input.event {
                        Event::Frame(frame) => Some(hex(&frame.raw)),
                        _ => None,
                    });
                    frames.extend(raw);
                }
            }
        }
        frames
    }
}

/// A lease's holder is the member's name and when it started.
fn is(holder: &str, member: &str) -> bool {
    holder.strip_prefix(member).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
}

/// The first process of a house says its clock; then the ledger is imported.
async fn found(config: &Config, plan: &Plan, ledger: &Path) -> Ground {
    #[expect(clippy::cast_possible_truncation, reason = "some minutes")]
    let early = Span::from_secs((HEAD_START * plan.factor) as i64);
    let start = one_machine::end(0) - early;
    let wish = ClockWish::Scaled { start, factor: plan.factor };
    let ground = Ground::open(config, wish).await.expect("a new house");
    let imported = read_folder(ledger).expect("the district's ledger");
    revise(&ground, &imported.ledger, "test").await.expect("a first revision");
    ground
}

fn addresses(members: &[Member], role: &str) -> Vec<SocketAddr> {
    let mine = members.iter().filter(|member| member.name.starts_with(role));
    mine.map(|member| member.address.expect("it listens")).collect()
}

async fn balancer(backends: Vec<SocketAddr>) -> Balancer {
    Balancer::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), backends).await.expect("a port")
}

/// A member's settings; `rest` ends inside `[cluster]`, or is empty.
fn text(plan: &Plan, folder: &Path, name: &str, reach: &Reach, rest: &str) -> String {
    let cluster = if rest.is_empty() { "[cluster]\n" } else { rest };
    let data = toml::Value::from(folder.join(name).display().to_string());
    let Reach { databases, redis } = reach;
    format!(
        "data = {data}\n[store]\npostgres = {databases:?}\n[bus]\nredis = {redis:?}\n{cluster}house = {:?}\nmember = {name:?}\nops = \"127.0.0.1:0\"\n",
        plan.name
    )
}
