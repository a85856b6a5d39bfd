//! One suite, many engines: what the contracts of `bus` promise, asked of the journal's own bus, of one Redis node and of a Redis
//! Cluster of three masters and three replicas. Then what only Redis can do wrong.
#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod alarms;
mod apart;
mod control;
mod engines;
mod lines;
mod links;
mod live;
mod loss;
mod policy;
mod publisher;
mod replicas;
mod resharding;
mod sample;
#[expect(dead_code, reason = "each test file uses its part of the stage")]
#[path = "../scene/mod.rs"]
mod scene;
mod settled;
mod suite;
mod unreadable;

use engines::{Bus, Which};

/// Every test of the suite on every engine.
macro_rules! suite {
    ($( $room:ident :: $test:ident ),* $(,)?) => { $(
        mod $test {
            #[tokio::test(flavor = "multi_thread")]
            async fn local() {
                super::$room::$test(super::Bus::open(super::Which::Local).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn redis() {
                if let Some(bus) = super::Bus::open(super::Which::Single).await {
                    super::$room::$test(bus).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn cluster() {
                if let Some(bus) = super::Bus::open(super::Which::Cluster).await {
                    super::$room::$test(bus).await;
                }
            }
        }
    )* };
}

suite! {
    suite::everything_is_delivered_in_order,
    suite::what_a_dead_consumer_had_comes_again,
    suite::what_is_committed_need_not_come_again,
    suite::faults_lose_nothing,
    policy::a_policy_holds_from_its_time,
    policy::a_policy_heard_late_changes_no_verdict,
}
