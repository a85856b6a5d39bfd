//! Runs the router on a listener it is handed, until told to stop.

use super::{router::router, state::ApiState};
use axum::Router;
use std::{future::Future, io};
use tokio::net::TcpListener;

/// Serves until `shutdown` ends: then refuses new requests, ends live sessions, lets answers under way finish, and returns.
/// The caller bounds how long it waits. The address must have passed [`super::guard::check_listen`].
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    state: ApiState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_with(listener, state, Router::new(), shutdown).await
}

/// The same with paths beside ours, such as [`crate::ops::routes::routes`]; they do not pass the guard.
///
/// # Errors
/// The listener failed.
pub async fn serve_with(
    listener: TcpListener,
    state: ApiState,
    beside: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = state.stopping.clone();
    let stop = async move {
        shutdown.await;
        stopping.cancel();
    };
    axum::serve(listener, router(state).merge(beside)).with_graceful_shutdown(stop).await
}
