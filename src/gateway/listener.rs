//! Accepting, within the limits of many; stopping, within a limit of time.

use super::{Shared, connection};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Pause after a failed accept (no file descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// File descriptors that connections never take: the record's segments, the store and the pages need them.
const DESCRIPTORS_KEPT: usize = 256;

/// Accepts until `stop`, then waits for the connections.
pub(super) async fn serve(shared: &Arc<Shared>, listener: TcpListener, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    let most = connections_most(shared.config.connections_max, descriptors());
    if most < shared.config.connections_max {
        tracing::warn!(
            most,
            wanted = shared.config.connections_max,
            "fewer connections than configured: raise the limit of open files (ulimit -n)"
        );
    }
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => note(ended),
            accepted = listener.accept() => match accepted {
                Ok(_) if connections.len() >= most => shared.counters.refused_connections.one(),
                Ok((stream, peer)) => admit(shared, &mut connections, (stream, peer), &stop),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    drain(&mut connections, Duration::from_secs(shared.config.drain_s)).await;
}

/// Connections that fit under the limit of open files and leave something for the rest of the house.
fn connections_most(configured: usize, descriptors: Option<usize>) -> usize {
    let fitting = descriptors.map_or(configured, |all| all.saturating_sub(DESCRIPTORS_KEPT).max(all / 2));
    configured.min(fitting)
}

/// How many files this process may have open; `None` where the system does not say.
fn descriptors() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Starts a connection's task unless its address is reached; a refused one is hung up on.
fn admit(
    shared: &Arc<Shared>,
    connections: &mut JoinSet<()>,
    (stream, peer): (TcpStream, SocketAddr),
    stop: &CancellationToken,
) {
    let address = peer.ip().to_canonical();
    let Some(place) = shared.roll.admit(address, shared.config.connections_per_address_max) else {
        shared.counters.refused_address.one();
        return;
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "answers may be delayed");
    }
    let (shared, stop) = (Arc::clone(shared), stop.clone());
    connections.spawn(async move {
        let _place = place;
        connection::attend(&shared, stream, peer.to_string(), stop).await;
    });
}

async fn drain(connections: &mut JoinSet<()>, limit: Duration) {
    let all = async {
        while let Some(ended) = connections.join_next().await {
            note(ended);
        }
    };
    if timeout(limit, all).await.is_err() {
        tracing::warn!(left = connections.len(), "connections did not end in time and are cut off");
        connections.shutdown().await;
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a connection's task panicked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_house() {
        // Proves: a crowd of connections cannot take the files that the record, the store and the pages must open.
        assert_eq!(connections_most(20_000, Some(1024)), 768);
        assert_eq!(connections_most(20_000, Some(256)), 128);
        assert_eq!(connections_most(100, Some(1024)), 100);
        assert_eq!(connections_most(20_000, None), 20_000);
        if cfg!(target_os = "linux") {
            assert!(descriptors().is_some_and(|all| all > 0));
        }
    }
}
