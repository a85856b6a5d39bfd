//! Settings against each other, for one role: what each value allows alone may still be nonsense together.

use super::Config;
use crate::{api::guard::check_listen, record::RecordError};
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

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The key to change, such as `gateway.listen`.
    pub key: &'static str,
    /// What is wrong with it and what to do.
    pub reason: String,
}

/// Everything that is wrong with the settings of a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Nonsense(pub Vec<Complaint>);

impl fmt::Display for Nonsense {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|one| format!("`{}` {}", one.key, one.reason)).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl Config {
    /// Checks the settings as `role` would use them.
    ///
    /// # Errors
    /// Everything that is wrong at once, each with its key.
    pub fn check(&self, role: Role) -> Result<(), Nonsense> {
        let mut wrong = Vec::new();
        self.rooms(role, &mut wrong);
        self.addresses(role, &mut wrong);
        if role != Role::Serve {
            self.engines(role, &mut wrong);
        }
        if wrong.is_empty() { Ok(()) } else { Err(Nonsense(wrong)) }
    }

    /// What each room says of its own values.
    fn rooms(&self, role: Role, wrong: &mut Vec<Complaint>) {
        if matches!(role, Role::Serve | Role::Gateway)
            && let Err(RecordError::Config { key, reason }) = self.record.check()
        {
            let keys = ["record.segment_bytes", "record.max_bytes", "record.batch_bytes_max", "record.queue_bytes_max"];
            let key = keys.into_iter().find(|full| full.ends_with(key)).unwrap_or("record");
            complain(wrong, key, reason);
        }
        if matches!(role, Role::Serve | Role::Api)
            && let Err(error) = check_listen(self.api.listen, self.api.exposure)
        {
            complain(wrong, "api.listen", format!("is refused: {error}"));
        }
        if self.api.lost_after_s < self.api.stale_after_s {
            complain(
                wrong,
                "api.lost_after_s",
                "must not be less than api.stale_after_s: raise it, or lower that".to_owned(),
            );
        }
        if let Err(error) = self.cluster.check() {
            complain(wrong, error.key, error.reason);
        }
        if role != Role::Serve {
            if let Err(error) = self.bus.check() {
                complain(wrong, error.key, error.reason);
            }
            for error in [self.store.check(), self.copy.check()].into_iter().filter_map(Result::err) {
                complain(wrong, error.key, error.reason);
            }
        }
        let worker = &self.worker;
        let zeros = [
            ("worker.commit_inputs_max", worker.commit_inputs_max == 0),
            ("worker.commit_ms_max", worker.commit_ms_max == 0),
            ("worker.batch_inputs_max", worker.batch_inputs_max == 0),
            ("gateway.connections_max", self.gateway.connections_max == 0),
            ("api.requests_max", self.api.requests_max == 0),
        ];
        for (key, _) in zeros.into_iter().filter(|(_, zero)| *zero) {
            complain(wrong, key, "must not be 0: nothing would ever be done; leave it out for its default".to_owned());
        }
    }

    /// No two listeners of one process on one address.
    fn addresses(&self, role: Role, wrong: &mut Vec<Complaint>) {
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
                complain(wrong, key, format!("is {address}, which {other} takes already: choose another port"));
            }
        }
    }

    /// What a process of a cluster needs besides.
    fn engines(&self, role: Role, wrong: &mut Vec<Complaint>) {
        if role == Role::Gateway && self.cluster.gateway.is_none() {
            let advice = "is not set: give each gateway a number of its own, 1 to 510, and keep it";
            complain(wrong, "cluster.gateway", advice.to_owned());
        }
        if self.store.postgres.is_empty() {
            let advice = "names no machine: a process of a cluster needs PostgreSQL, such as [\"postgres://user@10.0.0.21/muckwatch\"]";
            complain(wrong, "store.postgres", advice.to_owned());
        }
        if self.bus.redis.is_empty() {
            let advice = "names no node: a process of a cluster needs Redis, such as [\"redis://10.0.0.11:6379\"]";
            complain(wrong, "bus.redis", advice.to_owned());
        }
    }
}

fn complain(wrong: &mut Vec<Complaint>, key: &'static str, reason: String) {
    wrong.push(Complaint { key, reason });
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
        config.worker.commit_ms_max = 0;
        config.cluster.shards = 0;
        assert_eq!(keys(&config, Role::Serve), ["record.max_bytes", "cluster.shards", "worker.commit_ms_max"]);
        config.bus.redis = vec!["http://a".to_owned()];
        config.store.postgres = vec!["http://a".to_owned()];
        config.copy.answer_ms = 0;
        let wanted = ["cluster.shards", "bus.redis", "store.postgres", "copy.answer_ms", "worker.commit_ms_max"];
        assert_eq!(keys(&config, Role::Worker), wanted);
    }
}
