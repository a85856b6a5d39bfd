//! Links of processes to the engines, through proxies that can be cut.

use engines::{
    Engines,
    proxy::{Link, Proxy},
};
use std::net::{Ipv4Addr, SocketAddr};

/// Links that can be cut.
pub(crate) struct Links {
    /// Of gateway-1.
    pub(crate) gateway: Near,
    /// Of worker-1.
    pub(crate) worker: Near,
    /// From terminals to gateway-1.
    pub(crate) terminals: Proxy,
}

/// All links of one process to the engines.
pub(crate) struct Near {
    /// To each PostgreSQL node.
    postgres: Vec<Proxy>,
    /// To each Redis node. They listen on a loopback address of the process's own and on the node's port: the nodes say only their
    /// ports, so who comes by that address learns no other.
    redis: Vec<Proxy>,
}

impl Near {
    /// In front of these databases and of all Redis nodes; `own` is nobody else's address.
    pub(crate) async fn start(engines: &Engines, databases: &[String], own: Ipv4Addr) -> Self {
        let (mut postgres, mut redis) = (Vec::new(), Vec::new());
        for url in databases {
            postgres.push(Proxy::start(target(url)).await.expect("a port"));
        }
        for url in engines.redis() {
            let node = target(&url);
            redis.push(Proxy::start_at(SocketAddr::from((own, node.port())), node).await.expect("a port"));
        }
        Self { postgres, redis }
    }

    /// The addresses of the databases through these links.
    pub(crate) fn databases(&self, urls: &[String]) -> Vec<String> {
        let swap = |(url, link): (&String, &Proxy)| {
            let (user, rest) = url.split_once('@').expect("a user");
            let (_, database) = rest.split_once('/').expect("a database");
            format!("{user}@{}/{database}", link.address)
        };
        urls.iter().zip(&self.postgres).map(swap).collect()
    }

    /// The addresses of the Redis nodes through these links.
    pub(crate) fn redis(&self) -> Vec<String> {
        self.redis.iter().map(|link| format!("redis://{}", link.address)).collect()
    }

    /// Changes the links to PostgreSQL.
    pub(crate) fn set_postgres(&self, state: Link) {
        self.postgres.iter().for_each(|link| link.set(state));
    }

    /// Changes the links to Redis.
    pub(crate) fn set_redis(&self, state: Link) {
        self.redis.iter().for_each(|link| link.set(state));
    }

    /// Changes all of them.
    pub(crate) fn set(&self, state: Link) {
        self.set_postgres(state);
        self.set_redis(state);
    }
}

fn target(url: &str) -> SocketAddr {
    let host = url.split(['@', '/']).find(|part| part.starts_with("127.")).expect("an address");
    host.parse().expect("an address")
}
