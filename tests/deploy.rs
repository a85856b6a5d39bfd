//! What `deploy/` ships fits the binary: settings load, units and compose file parse, graphs and alarms show figures that exist.

use muckwatch::{
    config::{Config, check::Role},
    ops::{Ops, catalogue::Kind, checks, ready::Why},
};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};
use yaml_rust2::{Yaml, YamlLoader};

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(file)
}

fn text(file: &str) -> String {
    fs::read_to_string(deploy(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn yaml(file: &str) -> Yaml {
    YamlLoader::load_from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}")).remove(0)
}

#[test]
fn the_example_settings_serve_their_shape() {
    // Proves: each file carries the roles of its shape, and only a gateway's number is left to the machine; the house's is refused by
    // one process alone, which would ignore PostgreSQL where tools follow it.
    let none = std::iter::empty::<(String, String)>;
    let alone = Config::load(Some(&deploy("muckwatch.toml")), none()).expect("it loads");
    alone.check(Role::Serve).unwrap_or_else(|wrong| panic!("{wrong}"));
    let file = deploy("house.toml");
    let house = Config::load(Some(&file), none()).expect("it loads");
    for role in [Role::Worker, Role::Api] {
        house.check(role).unwrap_or_else(|wrong| panic!("{role:?}: {wrong}"));
    }
    let keys = |role| house.check(role).expect_err("not for it").0.iter().map(|one| one.key).collect::<Vec<_>>();
    assert_eq!(keys(Role::Gateway), ["cluster.gateway"]);
    assert_eq!(keys(Role::Serve), ["store.postgres"]);
    let numbered = [("MUCKWATCH__CLUSTER__GATEWAY".to_owned(), "1".to_owned())];
    Config::load(Some(&file), numbered.into_iter()).expect("it loads").check(Role::Gateway).expect("it has one");
}

#[test]
fn the_compose_file_has_the_whole_house() {
    // Proves: it parses, every anchor and dependency exists, the parts are as many as the head says, settings are known keys.
    let file = yaml("compose.yml");
    let services = file["services"].as_hash().expect("services");
    let names: BTreeSet<&str> = services.keys().filter_map(Yaml::as_str).collect();
    let count =
        |prefix: &str| names.iter().filter(|name| name.starts_with(prefix) && **name != "redis-cluster").count();
    let counts = ["redis-", "postgres-", "gateway-", "worker-", "api-"].map(count);
    assert_eq!(counts, [6, 2, 2, 3, 2]);
    for (name, service) in services {
        for needed in service["depends_on"].as_hash().into_iter().flat_map(|needs| needs.keys()) {
            assert!(needed.as_str().is_some_and(|needed| names.contains(needed)), "{name:?} needs {needed:?}");
        }
    }
    let environment = file["x-environment"].as_hash().expect("the environment").iter();
    let pairs = environment.map(|(name, value)| (name.as_str().expect("a name"), value.as_str().expect("a text")));
    let number = ("MUCKWATCH__CLUSTER__GATEWAY", "1");
    let variables = pairs.chain([number]).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Config::load(None, variables).expect("known keys").check(Role::Gateway).expect("a gateway starts");
}

#[test]
fn the_units_are_hardened_and_check_their_settings() {
    // Proves: each role has a unit that checks the settings of its own role first, restarts for ever and owns nothing but its folder.
    for (file, role) in [
        ("muckwatch.service", "serve"),
        ("muckwatch-gateway@.service", "gateway"),
        ("muckwatch-worker@.service", "worker"),
        ("muckwatch-api@.service", "api"),
    ] {
        let unit = text(&format!("systemd/{file}"));
        let lines: BTreeSet<&str> = unit.lines().collect();
        let (check, start) = (
            format!("ExecStartPre=/usr/bin/muckwatch config check --role {role}"),
            format!("ExecStart=/usr/bin/muckwatch {role}"),
        );
        let wanted = [
            &check,
            &start,
            "Restart=always",
            "ProtectSystem=strict",
            "DynamicUser=yes",
            "NoNewPrivileges=yes",
            "LimitNOFILE=65536",
        ];
        for line in wanted {
            assert!(lines.contains(line), "{file} lacks {line}");
        }
        let odd = unit.lines().find(|line| !(line.is_empty() || line.starts_with(['#', '[']) || line.contains('=')));
        assert_eq!(odd, None, "{file}");
    }
}

/// Names of metrics in an expression.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words.filter(|word| word.starts_with("muckwatch_")).map(str::to_owned).collect()
}

/// A running house of one process, ended with the test.
struct House(Child, String);

impl Drop for House {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("our own child ends");
    }
}

impl House {
    fn start(data: &Path) -> Self {
        let ledger = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ledger/good");
        let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
        command
            .args(["serve", "--gateway", "127.0.0.1:0", "--api", "127.0.0.1:0"])
            .arg("--data")
            .arg(data)
            .arg("--ledger")
            .arg(ledger);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("http://")).expect("it says where the pages are");
        let address = line.rsplit("http://").next().expect("an address").trim_end_matches('/').to_owned();
        Self(child, address)
    }

    /// Status line and body.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.1).expect("connected");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: balancer.example\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
        (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
    }
}

#[test]
fn a_running_process_tells_what_graphs_and_alarms_show() {
    // Proves: each metric of the dashboard and of the alarms is in the catalogue, and a process that serves exposes all of its own;
    // health and readiness answer whatever Host a balancer uses.
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::start(folder.path());
    assert!(house.get("/ready").0.contains("200"), "{:?}", house.get("/ready"));
    assert!(house.get("/health").1.contains("\"role\":\"serve\""));
    let exposed = house.get("/metrics").1;
    let dashboard: serde_json::Value = serde_json::from_str(&text("grafana/muckwatch.json")).expect("JSON");
    let mut shown = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        for target in panel["targets"].as_array().into_iter().flatten() {
            shown.extend(metrics_in(target["expr"].as_str().expect("an expression")));
        }
    }
    assert!(shown.len() > 30, "{shown:?}");
    for group in yaml("muckwatch.rules.yml")["groups"].as_vec().expect("groups") {
        for rule in group["rules"].as_vec().expect("rules") {
            shown.extend(metrics_in(rule["expr"].as_str().expect("an expression")));
        }
    }
    yaml("prometheus.yml")["scrape_configs"].as_vec().expect("jobs");
    for name in shown {
        let bare = name.trim_start_matches("muckwatch_").trim_end_matches("_total").trim_end_matches("_bucket");
        let known = muckwatch::ops::catalogue::meaning(bare).unwrap_or_else(|| panic!("{name} does not exist"));
        let ending = match known.kind {
            Kind::Counter => "_total",
            Kind::Histogram => "_bucket",
            Kind::Gauge => "",
        };
        assert_eq!(name, format!("muckwatch_{bare}{ending}"));
        let line = exposed.lines().any(|line| line.starts_with(&format!("{name}{{")));
        assert!(line || is_of_a_cluster(bare), "{name} is not exposed:\n{exposed}");
    }
}

/// The expression of an alarm.
fn alarm(name: &str) -> String {
    let file = yaml("muckwatch.rules.yml");
    let mut rules =
        file["groups"].as_vec().expect("groups").iter().filter_map(|group| group["rules"].as_vec()).flatten();
    let rule = rules.find(|rule| rule["alert"].as_str() == Some(name)).unwrap_or_else(|| panic!("no alarm {name}"));
    rule["expr"].as_str().expect("an expression").to_owned()
}

/// For which checks an expression `muckwatch_check{check=~"ONE|OTHER"} == 0` or `muckwatch_check == 0` is true of what is exposed.
fn checks_that_fire(expression: &str, exposed: &str) -> Vec<String> {
    let selector =
        expression.strip_prefix("muckwatch_check").and_then(|it| it.strip_suffix(" == 0")).expect("its form");
    let wanted =
        selector.strip_prefix("{check=~\"").map(|it| it.trim_end_matches("\"}").split('|').collect::<Vec<_>>());
    let fails = |line: &str| Some(line.strip_prefix("muckwatch_check{check=\"")?.strip_suffix("\"} 0.0")?.to_owned());
    let is_wanted = |name: &String| wanted.as_ref().is_none_or(|wanted| wanted.contains(&name.as_str()));
    exposed.lines().filter_map(fails).filter(is_wanted).collect()
}

#[tokio::test]
async fn the_alarms_fire_while_nothing_is_acknowledged() {
    // Proves: what a gateway exposes whose copy stands still makes the alarm for unacknowledged terminals true, and one whose bus stands
    // still only the alarm for any check; nothing fires for one that is well.
    use tower::ServiceExt as _;
    for (failing, acknowledging, any) in
        [(checks::COPY, 1, 1), (checks::JOURNAL, 1, 1), (checks::BUS, 0, 1), ("", 0, 0)]
    {
        let ops = Arc::new(Ops::new("gateway", "one".to_owned()));
        for name in [checks::BUS, checks::COPY, checks::JOURNAL, checks::STORE] {
            let said = move || if name == failing { Err(Why::new("停", "it stands")) } else { Ok(()) };
            ops.ready.wish_that(name, said);
        }
        let request = axum::http::Request::get("/metrics").body(axum::body::Body::empty()).expect("a request");
        let answer = muckwatch::ops::routes::routes(ops).oneshot(request).await.expect("infallible");
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
        let exposed = String::from_utf8(body.to_vec()).expect("text");
        let fired = ["MuckwatchNotAcknowledging", "MuckwatchCheckFails"]
            .map(|name| checks_that_fire(&alarm(name), &exposed).len());
        assert_eq!(fired, [acknowledging, any], "{failing}: {exposed}");
    }
    assert!(alarm("MuckwatchShardsUnjudged").contains("or vector(0)"), "without any worker it fires too");
}

#[test]
fn redis_is_recommended_as_it_was_tried() {
    // Proves: each setting of the engines that tests run on stands in the installation's guide, and those of a cluster in compose.yml.
    let guide = fs::read_to_string(deploy("../docs/OPERATING.md")).expect("the guide");
    let (engines, compose) = (text("engines.sh"), text("compose.yml"));
    let guide = guide.split("**Founding Redis**").nth(1).and_then(|it| it.split("**Several processes").next());
    let guide = guide.expect("its part of Redis");
    let names = ["node-timeout ", "require-full-coverage ", "allow-replica-migration "];
    for name in names.map(|name| format!("cluster-{name}")) {
        let tried =
            engines.lines().find(|line| line.starts_with(&name)).unwrap_or_else(|| panic!("{name}is not tried"));
        assert!(guide.lines().any(|line| line == tried), "OPERATING, 3 lacks `{tried}`");
        let (key, value) = tried.split_once(' ').expect("a key and a value");
        assert!(compose.contains(&format!("\"--{key}\", \"{value}\"")), "compose.yml lacks `{tried}`");
    }
}

/// Figures that only processes of a cluster have.
fn is_of_a_cluster(name: &str) -> bool {
    ["bus_", "clock_", "copy_", "crew_", "house_", "stream_", "worker_"].iter().any(|prefix| name.starts_with(prefix))
}
