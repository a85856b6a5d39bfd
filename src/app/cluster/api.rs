//! An api of the house: pages and resources over the shared store, the copied record and a live board of its own.

use super::{
    super::{
        AppError, bind,
        watch::{require_live, require_store, watch_api, watch_live},
    },
    Ground, Tasks, ending,
};
use crate::{
    api::{
        self,
        guard::check_listen,
        state::{ApiParts, ApiState},
    },
    bus::{
        alarms,
        live::{Live, LiveLimits},
        redis::watch::{self, WatchParts},
    },
    config::Config,
    ops::{Ops, routes::routes},
};
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// A running api.
#[derive(Debug)]
pub struct ApiRole {
    /// Where the pages are.
    pub api: SocketAddr,
    tasks: Tasks,
    stop: CancellationToken,
}

impl ApiRole {
    /// Binds the address and starts the live view.
    ///
    /// # Errors
    /// The address cannot be had or is refused.
    pub async fn start(config: &Config, ground: &Ground) -> Result<Self, AppError> {
        check_listen(config.api.listen, config.api.exposure)?;
        let (pages, api) = bind(config.api.listen, "the pages").await?;
        let (live, stop) = (Arc::new(Live::new(LiveLimits::default())), CancellationToken::new());
        let state = ApiState::new(parts(config, ground, Arc::clone(&live)));
        let mut tasks = Tasks::default();
        let told = Arc::new(Ops::new("api", ground.member.clone()));
        watch_api(&told, &state);
        watch_live(&told, &live);
        require_live(&told, &live);
        require_store(&told, ground.store.clone());
        let watched = WatchParts {
            house: config.cluster.house.clone(),
            shards: ground.shards,
            config: config.bus.clone(),
            live: Arc::clone(&live),
        };
        tasks.start("the live view", ending("the live view", watch::run(watched, stop.clone())));
        tasks.start("the alarms", alarms::run(ground.store.clone(), live, stop.clone()));
        let end = stop.clone();
        tasks.start("the pages", async move {
            if let Err(error) = api::serve::serve_with(pages, state, routes(told), end.cancelled_owned()).await {
                tracing::error!(%error, "the pages ended");
            }
        });
        Ok(Self { api, tasks, stop })
    }

    /// Waits until a part ends that must not, and says which.
    pub async fn failed(&mut self) -> AppError {
        self.tasks.failed().await
    }

    /// Lets answers under way finish.
    pub async fn stop(mut self) {
        self.tasks.finish(&self.stop).await;
    }
}

fn parts(config: &Config, ground: &Ground, live: Arc<Live>) -> ApiParts {
    ApiParts {
        ledgers: ground.store.clone(),
        episodes: ground.store.clone(),
        queries: ground.store.clone(),
        commands: ground.store.clone(),
        record: ground.record.clone(),
        journal: None,
        live,
        clock: ground.clock.clone(),
        base_map: Some(config.data.join("map")),
        config: config.api.clone(),
    }
}
