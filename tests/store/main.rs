//! One suite, many engines: what the contracts of `store` promise, asked of every engine behind them.
//! Another engine is added with one more `suite!` line and a function that opens it empty.
#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod commands;
mod episodes;
mod fail_over;
mod faults;
mod house;
mod leases;
mod ledger;
mod pace;
mod policies;
mod postgres_only;
mod queries;
mod sample;
mod server;
mod settings;
mod shards;

use muckwatch::store::SqlStore;
use tempfile::TempDir;

/// A new store and what must live as long as it.
struct Opened {
    store: SqlStore,
    _folder: Option<TempDir>,
}

/// `None` where the engine is not installed.
async fn sqlite() -> Option<Opened> {
    let folder = tempfile::tempdir().unwrap();
    let store = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap();
    Some(Opened { store, _folder: Some(folder) })
}

async fn postgres() -> Option<Opened> {
    let store = server::open(&server::database()?).await;
    Some(Opened { store, _folder: None })
}

/// Every test of the suite, on every engine, each on a store of its own.
macro_rules! suite {
    ($( $room:ident :: $test:ident ),* $(,)?) => {
        suite! { sqlite: $( $room::$test, )* }
        suite! { postgres: $( $room::$test, )* }
    };
    ($engine:ident: $( $room:ident :: $test:ident, )*) => {
        mod $engine {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(opened) = super::$engine().await else { return };
                    super::$room::$test(&opened.store).await;
                }
            )*
        }
    };
}

suite! {
    ledger::a_ledger_comes_back_as_it_went_in,
    ledger::an_equal_ledger_makes_no_revision,
    ledger::a_change_supersedes_and_keeps,
    ledger::history_shows_what_was_known_when,
    ledger::an_unconfirmed_revision_is_pending,
    ledger::two_rows_of_one_identity_are_refused,
    episodes::a_row_keeps_its_place_and_all_its_corrections,
    episodes::a_commit_repeated_is_done_once,
    episodes::a_stale_or_skipping_worker_is_refused,
    episodes::two_live_rows_never_overlap,
    episodes::a_row_cannot_grow_before_it_opens,
    episodes::a_number_that_is_none_is_not_stored,
    episodes::a_snapshot_is_what_the_last_commit_left,
    episodes::savepoints_are_found_around_an_instant,
    episodes::past_rows_leave_out_what_is_settled,
    episodes::lists_filter_and_go_on,
    shards::shards_are_claimed_and_counted_apart,
    shards::the_fence_is_the_leases_token,
    shards::an_equal_token_of_another_holder_is_refused,
    shards::a_retry_gets_its_numbers_though_others_wrote,
    shards::a_rebuilt_shard_leaves_the_others_alone,
    shards::an_overlap_of_two_shards_passes,
    shards::a_poller_misses_no_number,
    shards::a_paused_worker_is_fenced_off_by_the_next_lease,
    leases::a_lease_has_one_holder,
    leases::a_lease_ends_by_the_stores_clock,
    leases::a_released_lease_is_free_and_its_token_stays,
    leases::live_leases_are_listed_by_name,
    leases::leases_of_workers_that_ended_are_forgotten,
    leases::of_two_that_ask_at_once_one_gets_it,
    house::a_process_is_known_by_its_newest_report,
    house::a_layer_that_is_absent_stays,
    settings::the_first_value_stays,
    policies::changes_are_numbered_and_kept,
    policies::what_is_not_recorded_is_named,
    policies::a_failed_order_repeated_is_done_once,
    queries::lines_come_back_newest_first,
    queries::a_look_is_logged_once,
    commands::an_order_is_made_once,
    commands::a_command_goes_its_way_and_every_step_is_kept,
    commands::of_many_gateways_one_takes,
    commands::an_answer_of_an_older_delivery_counts,
    commands::a_connection_lost_gives_back_at_once,
    commands::what_is_over_expires_once,
    commands::open_commands_are_bounded,
    commands::lists_go_on_and_tell_terminals_apart,
    pace::a_thousand_terminals_a_second_are_no_burden,
    pace::a_city_is_imported_while_one_waits,
    faults::a_failed_call_retried_ends_the_same,
    faults::a_lost_answer_logs_a_query_once,
    faults::a_command_survives_failed_calls,
}

#[tokio::test]
async fn a_store_opens_again_with_what_it_held() {
    // Proves: closing and opening loses nothing and runs no step twice.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    ledger::fill(&muckwatch::store::open(&path).await.unwrap()).await;
    ledger::is_filled(&muckwatch::store::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_named() {
    // Proves: a store that a later version wrote is not touched, and the text says which step is unknown.
    use muckwatch::store::error::OpenError;
    use sea_orm::ConnectionTrait as _;
    let folder = tempfile::tempdir().unwrap();
    drop(muckwatch::store::open(&folder.path().join("store.db")).await.unwrap());
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let db = sea_orm::Database::connect(url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)";
    db.execute_unprepared(newer).await.unwrap();
    let refused = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap_err();
    assert_eq!(refused, OpenError::NewerSchema { step: "m29991231_000001_later".to_owned() });
}

#[tokio::test]
async fn what_is_append_only_refuses_change_and_deletion() {
    // Proves: not even SQL beside our interface can rewrite the query log or the history of commands.
    use sea_orm::ConnectionTrait as _;
    let folder = tempfile::tempdir().unwrap();
    let store = muckwatch::store::open(&folder.path().join("store.db")).await.unwrap();
    queries::fill(&store).await;
    commands::fill(&store).await;
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let db = sea_orm::Database::connect(url).await.unwrap();
    for attack in [
        "UPDATE query_log SET reason = ''",
        "DELETE FROM query_log",
        "UPDATE command_events SET at_ms = 0",
        "DELETE FROM command_events",
    ] {
        let refused = db.execute_unprepared(attack).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}
