//! An api of the house: pages and resources over the shared store, the copied record and a live board of its own.

use super::{
    super::{
        AppError, map,
        watch::{watch_api, watch_clock, watch_house, watch_live},
        watch_around::watch_around,
    },
    Ground, Porch, Tasks, ending, reporter,
};
use crate::{
    api::{
        self,
        guard::check_listen,
        state::{ApiParts, ApiState},
    },
    bus::{
        alarms,
        around::Around,
        live::{Live, LiveLimits},
        policies,
        redis::watch::{self, WatchParts},
    },
    config::Config,
    ops::routes::routes,
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
    /// Takes the porch's address over and starts the live view.
    ///
    /// # Errors
    /// The address cannot be had or is refused.
    pub async fn start(config: &Config, ground: &Ground, porch: &Porch) -> Result<Self, AppError> {
        check_listen(config.api.listen, config.api.exposure)?;
        map::adopt(&config.data, &*ground.store).await?;
        let (live, around) = (Arc::new(Live::new(LiveLimits::default())), Arc::new(Around::default()));
        let (stop, told) = (CancellationToken::new(), Arc::clone(&porch.told));
        let state = ApiState::new(parts(config, ground, Arc::clone(&live), Arc::clone(&around)));
        let mut tasks = Tasks::default();
        told.clear();
        watch_api(&told, &state);
        watch_live(&told, &live);
        watch_house(&told, ground.shards);
        watch_around(&told, &live, &around, (ground.store.clone(), ground.clock.clone()));
        let watched = WatchParts {
            house: ground.house.clone(),
            shards: ground.shards,
            config: config.bus.clone(),
            live: Arc::clone(&live),
            around: Arc::clone(&around),
        };
        tasks.start("the live view", ending("the live view", watch::run(watched, stop.clone())));
        tasks.start("the alarms", alarms::run(ground.store.clone(), Arc::clone(&live), stop.clone()));
        tasks.start("the policies", policies::run(ground.store.clone(), live, stop.clone()));
        let off = Arc::clone(around.clock());
        watch_clock(&told, Arc::clone(&off));
        tasks.start("what the house says", reporter::hear(around, ground.store.clone(), stop.clone()));
        let (name, store) = (config.cluster.member(), (ground.store.clone(), off));
        tasks.start("the reports", reporter::tell(Arc::clone(&told), name, store, stop.clone()));
        told.ready.started();
        let (pages, end) = (porch.hand_over()?, stop.clone());
        tasks.start("the pages", async move {
            if let Err(error) = api::serve::serve_with(pages, state, routes(told), end.cancelled_owned()).await {
                tracing::error!(%error, "the pages ended");
            }
        });
        Ok(Self { api: porch.address, tasks, stop })
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

fn parts(config: &Config, ground: &Ground, live: Arc<Live>, around: Arc<Around>) -> ApiParts {
    ApiParts {
        ledgers: ground.store.clone(),
        episodes: ground.store.clone(),
        queries: ground.store.clone(),
        commands: ground.store.clone(),
        record: ground.record.clone(),
        journal: None,
        live,
        clock: ground.clock.clone(),
        map: ground.store.clone(),
        around: Some(around),
        config: config.api.clone(),
    }
}
