//! What a role of the house is before it has a store: a name, an address, and what it says of itself. `/ready` answers 503 with the
//! reason from the first moment on, also while PostgreSQL or Redis is waited for.

use super::super::{AppError, bind};
use crate::{
    clock,
    config::Config,
    ops::{Ops, routes},
};
use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long answers under way have to end.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// What browsers are told meanwhile.
const STARTING: &str =
    "正在启动, 请稍候; 原因见 /ready\nstarting, come back in a moment; /ready says what it waits for\n";

/// A role before and while it runs.
#[derive(Debug)]
pub struct Porch {
    /// What it tells about itself; built up by the role.
    pub told: Arc<Ops>,
    /// Name of this process in leases: the configured one and when it started, so that a restart is another holder.
    pub member: String,
    /// Where `/health`, `/ready` and `/metrics` are.
    pub address: SocketAddr,
    /// The same socket again, for who takes it over.
    socket: std::net::TcpListener,
    serving: JoinHandle<io::Result<()>>,
    closing: CancellationToken,
}

impl Porch {
    /// Binds the address and answers there from now on.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn open(config: &Config, role: &'static str, listen: SocketAddr) -> Result<Self, AppError> {
        let (listener, address) = bind(listen, "health and metrics").await?;
        let taken = |source| AppError::Bind { address, what: "health and metrics", source };
        let socket = listener.into_std().map_err(taken)?;
        let listener = TcpListener::from_std(socket.try_clone().map_err(taken)?).map_err(taken)?;
        let member = member(config);
        let told = Arc::new(Ops::new(role, member.clone()));
        told.ready.starting("the process is still starting");
        let closing = CancellationToken::new();
        let own = routes::routes(Arc::clone(&told)).fallback(async || {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::RETRY_AFTER, "5")];
            (StatusCode::SERVICE_UNAVAILABLE, plain, STARTING).into_response()
        });
        let serving = tokio::spawn(serve(listener, own, closing.clone()));
        Ok(Self { told, member, address, socket, serving, closing })
    }

    /// Stops answering and gives the socket to the pages; who connects meanwhile waits a moment.
    ///
    /// # Errors
    /// The socket cannot be had.
    pub(super) fn hand_over(&self) -> Result<TcpListener, AppError> {
        let taken = |source| AppError::Bind { address: self.address, what: "the pages", source };
        let listener = TcpListener::from_std(self.socket.try_clone().map_err(taken)?).map_err(taken)?;
        self.closing.cancel();
        Ok(listener)
    }

    /// Stops answering.
    pub async fn close(self) {
        self.closing.cancel();
        if timeout(CLOSE_LIMIT, self.serving).await.is_err() {
            tracing::debug!("health and metrics: an answer was cut off");
        }
    }
}

async fn serve(listener: TcpListener, own: Router, closing: CancellationToken) -> io::Result<()> {
    axum::serve(listener, own).with_graceful_shutdown(closing.cancelled_owned()).await
}

/// Name of this process in leases.
pub(super) fn member(config: &Config) -> String {
    format!("{}@{:x}", config.cluster.member(), clock::wall_now().as_millis())
}
