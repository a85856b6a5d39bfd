//! One suite, many engines: what the contracts of `bus` promise, asked of the journal's own bus, of one Redis node and of a Redis
//! Cluster of three masters and three replicas. Then what only Redis can do wrong.
#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod alarms;
mod control;
mod engines;
mod links;
mod live;
mod loss;
mod publisher;
mod replicas;
mod sample;
mod suite;
mod unreadable;

use engines::{Bus, Which};

/// Every test of the suite on every engine.
macro_rules! suite {
    ($( $test:ident ),* $(,)?) => { $(
        mod $test {
            #[tokio::test(flavor = "multi_thread")]
            async fn local() {
                super::suite::$test(super::Bus::open(super::Which::Local).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn redis() {
                if let Some(bus) = super::Bus::open(super::Which::Single).await {
                    super::suite::$test(bus).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn cluster() {
                if let Some(bus) = super::Bus::open(super::Which::Cluster).await {
                    super::suite::$test(bus).await;
                }
            }
        }
    )* };
}

suite! {
    everything_is_delivered_in_order,
    what_a_dead_consumer_had_comes_again,
    what_is_committed_need_not_come_again,
    faults_lose_nothing,
}
