//! What PostgreSQL is asked beside the suite: many processes, and a database that is not ours.

use super::{commands, ledger, queries, server};
use muckwatch::store::{error::OpenError, inspect_postgres, open_postgres, settings::SettingsStore as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};

async fn beside(database: &[String]) -> DatabaseConnection {
    Database::connect(&database[0]).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_that_start_at_once_migrate_once() {
    // Proves: all of them open, each step ran once, and what one writes the others read.
    let Some(database) = server::database() else { return };
    let configs: Vec<_> = (0..8).map(|_| server::config(&database)).collect();
    let opened = futures_util::future::join_all(configs.iter().map(open_postgres)).await;
    let stores: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    ledger::fill(&stores[0]).await;
    for store in &stores {
        ledger::is_filled(store).await;
    }
    let count = "SELECT version FROM seaql_migrations GROUP BY version HAVING count(*) > 1";
    let ask = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, count);
    assert!(beside(&database).await.query_all_raw(ask).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_named() {
    // Proves: as on SQLite, a database that a later version wrote is not touched.
    let Some(database) = server::database() else { return };
    drop(server::open(&database).await);
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_later', 0)";
    beside(&database).await.execute_unprepared(newer).await.unwrap();
    let refused = open_postgres(&server::config(&database)).await.unwrap_err();
    assert_eq!(refused, OpenError::NewerSchema { step: "m29991231_000001_later".to_owned() });
}

#[tokio::test]
async fn to_look_at_a_database_makes_nothing_in_it() {
    // Proves: an empty database stays empty under whoever only reads it, and a full one is read as it is.
    let Some(database) = server::database() else { return };
    let config = server::config(&database);
    let refused = inspect_postgres(&config).await.unwrap_err();
    assert!(matches!(refused, OpenError::OlderSchema { missing: 1.., .. }), "{refused}");
    let tables = "SELECT 1 FROM pg_tables WHERE schemaname = 'public'";
    let ask = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, tables);
    assert!(beside(&database).await.query_all_raw(ask).await.unwrap().is_empty());
    server::open(&database).await.found("house", "h").await.unwrap();
    let seen = inspect_postgres(&config).await.unwrap();
    assert_eq!(seen.setting("house").await.unwrap(), Some("h".to_owned()));
}

#[tokio::test]
async fn what_is_append_only_refuses_change_and_deletion() {
    // Proves: not even SQL beside our interface can rewrite the query log or the history of commands, nor empty them at once.
    let Some(database) = server::database() else { return };
    let store = server::open(&database).await;
    queries::fill(&store).await;
    commands::fill(&store).await;
    let db = beside(&database).await;
    for attack in [
        "UPDATE query_log SET reason = ''",
        "DELETE FROM query_log",
        "TRUNCATE query_log",
        "UPDATE command_events SET at_ms = 0",
        "DELETE FROM command_events",
        "TRUNCATE command_events",
    ] {
        let refused = db.execute_unprepared(attack).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn a_database_in_another_order_is_refused() {
    // Proves: texts that are not ordered by byte are refused at open, and the text says how to make it right.
    let Some(database) = server::database() else { return };
    let db = beside(&database).await;
    let name = database[0].rsplit('/').next().unwrap();
    let other = format!("CREATE DATABASE {name}_other LC_COLLATE 'C.UTF-8' TEMPLATE template0");
    db.execute_unprepared(&other).await.unwrap();
    let refused = open_postgres(&server::config(&[format!("{}_other", database[0])])).await.unwrap_err();
    assert!(refused.to_string().contains("LC_COLLATE 'C'"), "{refused}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    // Proves: a wrong address is told at once and without its password; without a primary the start ends in time.
    let wrong = open_postgres(&server::config(&["postgres://u:secret@host:port/db".to_owned()])).await.unwrap_err();
    assert!(matches!(wrong, OpenError::Address { .. }) && !wrong.to_string().contains("secret"), "{wrong}");
    let nobody = muckwatch::store::config::StoreConfig { open_s: 0, ..server::config(&[]) };
    let nobody = open_postgres(&nobody).await.unwrap_err();
    assert!(matches!(nobody, OpenError::NoPrimary { machines: 0, limit_s: 0, .. }), "{nobody}");
}

#[tokio::test]
async fn a_server_that_refuses_is_told_with_its_words_and_one_that_is_away_with_its_place() {
    // Proves: a database that is not there ends the start at once with what to do; a machine where nobody listens is named.
    let Some(database) = server::database() else { return };
    let (place, _) = database[0].rsplit_once('/').unwrap();
    let patient = |url: String| muckwatch::store::config::StoreConfig { open_s: 60, ..server::config(&[url]) };
    let begun = std::time::Instant::now();
    let refused = open_postgres(&patient(format!("{place}/no_such_database"))).await.unwrap_err();
    assert!(matches!(refused, OpenError::Refused { .. }) && refused.to_string().contains("createdb"), "{refused}");
    let stranger = format!(
        "postgres://no_such_role@{}/postgres",
        place.rsplit_once('@').map_or(place, |(_, place)| place).trim_start_matches("postgres://")
    );
    let refused = open_postgres(&patient(stranger)).await.unwrap_err();
    assert!(matches!(&refused, OpenError::Refused { cause } if cause.contains("no_such_role")), "{refused}");
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
    let away = muckwatch::store::config::StoreConfig {
        open_s: 1,
        ..server::config(&["postgres://u@127.0.0.1:1/db".to_owned()])
    };
    let away = open_postgres(&away).await.unwrap_err();
    assert!(matches!(&away, OpenError::NoPrimary { causes, .. } if causes.contains("127.0.0.1:1: ")), "{away}");
}
