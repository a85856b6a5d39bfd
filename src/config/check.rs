//! Settings as a role would use them: each room's own bounds, and what each value allows alone but may be nonsense together.

use super::Config;
use crate::{
    api::guard::check_listen,
    limits::{Refusals, Refused},
};
use std::{fmt, net::SocketAddr};

/// What a process of the one binary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in one process, embedded.
    Serve,
    /// Terminals connect to it.
    Gateway,
    /// It judges.
    Worker,
    /// Pages and programs ask it.
    Api,
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Nonsense(pub Vec<Refused>);

impl fmt::Display for Nonsense {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl Nonsense {
    fn of(wrong: Vec<Refused>) -> Result<(), Self> {
        if wrong.is_empty() { Ok(()) } else { Err(Self(wrong)) }
    }
}

impl Config {
    /// Checks the settings as `role` would use them.
    ///
    /// # Errors
    /// Everything that is wrong at once, each with its key.
    pub fn check(&self, role: Role) -> Result<(), Nonsense> {
        let mut wrong = Refusals::default();
        if matches!(role, Role::Serve | Role::Api)
            && let Err(error) = check_listen(self.api.listen, self.api.exposure)
        {
            wrong.add("api.listen", format!("is refused: {error}"));
        }
        self.addresses(role, &mut wrong);
        if role == Role::Serve {
            self.alone(&mut wrong);
        } else {
            self.engines(role, &mut wrong);
        }
        Nonsense::of(self.values().into_iter().chain(wrong.told()).collect())
    }

    /// Checks each room's own values, whatever the role: for tools.
    ///
    /// # Errors
    /// Everything that is out of its bounds at once, each with its key.
    pub fn check_values(&self) -> Result<(), Nonsense> {
        Nonsense::of(self.values())
    }

    fn values(&self) -> Vec<Refused> {
        let rooms = [
            self.api.check(),
            self.bus.check(),
            self.cluster.check(),
            self.copy.check(),
            self.gateway.check(),
            self.record.check(),
            self.store.check(),
            self.worker.check(),
        ];
        rooms.concat()
    }

    /// What one process alone must not be given: tools would follow it to another store than its own.
    fn alone(&self, wrong: &mut Refusals) {
        if !self.store.postgres.is_empty() {
            let advice = "names PostgreSQL, but one process alone keeps everything in its data folder: leave it out, or run the roles \
                          gateway, worker and api (`muckwatch migrate-to postgres` moves what there is)";
            wrong.add("store.postgres", advice);
        }
    }

    /// No two listeners of one process on one address.
    fn addresses(&self, role: Role, wrong: &mut Refusals) {
        let (terminals, pages) = (("gateway.listen", self.gateway.listen), ("api.listen", self.api.listen));
        let ops = ("cluster.ops", self.cluster.ops);
        let used = match role {
            Role::Serve => vec![terminals, pages],
            Role::Gateway => vec![terminals, ops],
            Role::Worker => vec![ops],
            Role::Api => vec![pages],
        };
        for (place, (key, address)) in used.iter().enumerate() {
            let before = used.iter().take(place).find(|(_, other)| clash(*address, *other));
            if let Some((other, _)) = before {
                wrong.add(key, format!("is {address}, which {other} takes already: choose another port"));
            }
        }
    }

    /// What a process of a cluster needs besides.
    fn engines(&self, role: Role, wrong: &mut Refusals) {
        if role == Role::Gateway && self.cluster.gateway.is_none() {
            let advice = "is not set: give each gateway a number of its own, 1 to 510, and keep it";
            wrong.add("cluster.gateway", advice);
        }
        if self.store.postgres.is_empty() {
            let advice = "names no machine: a process of a cluster needs PostgreSQL, such as [\"postgres://user@10.0.0.21/muckwatch\"]";
            wrong.add("store.postgres", advice);
        }
        if self.bus.redis.is_empty() {
            let advice = "names no node: a process of a cluster needs Redis, such as [\"redis://10.0.0.11:6379\"]";
            wrong.add("bus.redis", advice);
        }
    }
}

/// Whether both cannot be listened on; port 0 is a free one each time.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    let same = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(config: &Config, role: Role) -> Vec<&'static str> {
        config.check(role).map_or_else(|wrong| wrong.0.iter().map(|one| one.key).collect(), |()| Vec::new())
    }

    #[test]
    fn the_defaults_serve_and_a_gateway_needs_its_number() {
        // Proves: what is out of the box runs on one machine; what cannot have a default is asked for, by the role that needs it.
        let config = Config::default();
        assert_eq!(keys(&config, Role::Serve), Vec::<&str>::new());
        assert!(keys(&config, Role::Gateway).contains(&"cluster.gateway"));
        assert!(!keys(&config, Role::Worker).contains(&"cluster.gateway"));
        assert_eq!(keys(&config, Role::Api), ["store.postgres", "bus.redis"]);
    }

    #[test]
    fn two_rooms_on_one_port_are_seen_where_they_meet() {
        // Proves: a clash counts in the process that has both listeners, whatever address stands before the port.
        let mut config = Config::default();
        config.gateway.listen = "0.0.0.0:8080".parse().expect("an address");
        assert_eq!(keys(&config, Role::Serve), ["api.listen"]);
        assert!(!keys(&config, Role::Gateway).contains(&"cluster.ops"));
        config.gateway.listen = "127.0.0.2:8080".parse().expect("an address");
        assert_eq!(keys(&config, Role::Serve), Vec::<&str>::new());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        // Proves: one run of the check names each key to change.
        let mut config = Config::default();
        config.record.max_bytes = 1;
        config.record.retry_ms = u64::MAX;
        config.worker.commit_ms_max = 0;
        config.cluster.shards = 0;
        config.bus.redis = vec!["http://a".to_owned()];
        config.copy.answer_ms = 0;
        config.gateway.idle_s = u64::MAX;
        config.gateway.write_s = u64::MAX;
        let mut wanted = vec![
            "bus.redis",
            "cluster.shards",
            "copy.answer_ms",
            "gateway.idle_s",
            "gateway.write_s",
            "record.max_bytes",
            "record.retry_ms",
            "worker.commit_ms_max",
        ];
        assert_eq!(keys(&config, Role::Serve), wanted);
        wanted.push("store.postgres");
        assert_eq!(keys(&config, Role::Worker), wanted);
    }

    #[test]
    fn one_process_alone_is_given_no_other_store() {
        // Proves: settings that `serve` would ignore and tools would follow are refused by `serve`.
        let mut config = Config::default();
        config.store.postgres = vec!["postgres://u@a/db".to_owned()];
        assert_eq!(keys(&config, Role::Serve), ["store.postgres"]);
    }

    #[test]
    fn no_number_is_too_large_to_be_refused() {
        // Proves: the greatest number there is, in any key that takes one, is refused or harmless to every timer and buffer: nothing that
        // is counted in seconds, milliseconds or bytes passes with it.
        let text = toml::to_string(&Config::default()).expect("defaults are TOML");
        let harmless = ["gateway.foreign_frames_max", "gateway.junk_bytes_max"];
        let (mut room, mut tried) = (String::new(), 0);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix('[') {
                room = name.trim_end_matches(']').to_owned();
            }
            let Some((key, value)) = line.split_once(" = ") else { continue };
            let full = format!("{room}.{key}");
            if value.parse::<u64>().is_err() || harmless.contains(&full.as_str()) {
                continue;
            }
            let greatest = [i64::MAX.to_string(), u32::MAX.to_string(), u16::MAX.to_string()];
            let read = |huge: &String| toml::from_str::<Config>(&format!("[{room}]\n{key} = {huge}\n")).ok();
            let config = greatest.iter().find_map(read).expect("a number");
            let told = config.check_values().map_or_else(|wrong| wrong.0, |()| Vec::new());
            assert!(told.iter().any(|one| one.key == full), "{full} passes with the greatest number");
            tried += 1;
        }
        assert!(tried > 50, "only {tried} keys take a number");
    }
}
