//! Every way to look is answered from an index: no list reads the whole table, and none sorts.

use super::*;
use crate::{
    cases::row::EpisodeState,
    model::ids::VehicleId,
    rules::RuleId,
    store::{episodes::EpisodeFilter, sql::open},
};
use sea_orm::{ConnectionTrait as _, DbBackend, QueryTrait as _, Statement};

/// SQLite's plan for a query, one step a line.
async fn plan(store: &SqlStore, query: Select<episode::Entity>) -> String {
    let mut asked: Statement = query.limit(50).build(DbBackend::Sqlite);
    asked.sql = format!("EXPLAIN QUERY PLAN {}", asked.sql);
    let steps = store.readers().expect("readers").query_all_raw(asked).await.expect("a plan");
    steps.iter().map(|step| step.try_get::<String>("", "detail").expect("a step")).collect::<Vec<_>>().join("\n")
}

fn filters() -> Vec<(&'static str, EpisodeFilter)> {
    let all = EpisodeFilter::default();
    let terminal: TerminalId = "1".parse().expect("a terminal");
    vec![
        ("sqlite_autoindex_episodes_2", all.clone()),
        ("episodes_by_rule", EpisodeFilter { rule: Some(RuleId::OffRoute), ..all.clone() }),
        ("episodes_by_state", EpisodeFilter { state: Some(EpisodeState::Lead), ..all.clone() }),
        ("episodes_by_vehicle", EpisodeFilter { vehicle: Some(VehicleId::new("V-1")), ..all.clone() }),
        ("episodes_by_terminal", EpisodeFilter { terminal: Some(terminal), ..all.clone() }),
        ("episodes_by_open", EpisodeFilter { progress: Some(Progress::Open), ..all }),
    ]
}

#[tokio::test]
async fn every_list_has_its_index() {
    // Proves: each filter of the list is read in order from the index made for it, with and without a cursor.
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store.db")).await.expect("a store");
    for (index, filter) in filters() {
        for before in [None, Some(AppendNumber(7))] {
            let plan = plan(&store, list_query(&filter, before).expect("a query")).await;
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn a_rejudgement_reads_one_terminal_only() {
    // Proves: the rows of the past are found through an index of the terminal.
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store.db")).await.expect("a store");
    for from in [None, Some(Timestamp::from_millis(0))] {
        let plan = plan(&store, past_query("1".parse().expect("a terminal"), from)).await;
        assert!(plan.contains("SEARCH episodes USING INDEX episodes_by_"), "{plan}");
    }
}
