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

/// Accepts until `stop`, then waits for the connections.
pub(super) async fn serve(shared: &Arc<Shared>, listener: TcpListener, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => note(ended),
            accepted = listener.accept() => match accepted {
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

/// Starts a connection's task unless a limit is reached; a refused one is hung up on.
fn admit(
    shared: &Arc<Shared>,
    connections: &mut JoinSet<()>,
    (stream, peer): (TcpStream, SocketAddr),
    stop: &CancellationToken,
) {
    if connections.len() >= shared.config.connections_max {
        shared.counters.refused_connections.one();
        return;
    }
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
