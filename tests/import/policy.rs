//! `muckwatch policy` as people run it.

use super::fixture;
use muckwatch::{
    app::house::House,
    clock::ClockWish,
    config::Config,
    model::{
        ids::{PolicyRevision, Seq},
        input::Event,
        time::Span,
    },
    rules::{Policy, policy::LEAD},
    store::{
        open,
        policies::{Enacted, NewPolicy, PolicyStore},
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// A data folder with a ledger.
fn house() -> (TempDir, PathBuf) {
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    let imported = run(&["import", fixture("good").to_str().unwrap()], &data);
    assert_eq!(imported.status.code(), Some(0), "{}", text(&imported));
    (work, data)
}

fn run(arguments: &[&str], data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command.args(arguments).arg("--data").arg(data).output().unwrap()
}

fn policy(arguments: &[&str], data: &Path, code: i32) -> String {
    let output = run(&[&["policy"], arguments].concat(), data);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output));
    text(&output)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Changes of the policy that the record has.
async fn recorded(data: &Path) -> Vec<PolicyRevision> {
    let config = Config { data: data.to_owned(), ..Config::default() };
    let house = House::open(&config, ClockWish::Kept).await.unwrap();
    let revision = |event| if let Event::PolicyChanged(change) = event { Some(change.revision) } else { None };
    let found = house.journal.read_from(Seq(1)).filter_map(|input| revision(input.unwrap().event)).collect();
    house.close();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_shown_checked_and_put_in_force() {
    // Proves: what is shown can be put in force again; a file that differs says where, is recorded once whatever is repeated, holds
    // not before five minutes are over, and a replay of the record with the change in it is equal.
    let (work, data) = house();
    let shown = policy(&["show"], &data, 0);
    assert!(shown.contains("never changed") && shown.contains("out_m = 80.0"), "{shown}");
    let file = work.path().join("policy.toml");
    let name = file.to_str().unwrap();
    fs::write(&file, &shown).unwrap();
    assert!(policy(&["check", name], &data, 0).contains("equal to what is in force"));
    fs::write(&file, "[off_route.params]\nout_m = 100.0\n").unwrap();
    assert!(policy(&["check", name], &data, 0).contains("off_route.params.out_m: 80.0 → 100.0"));
    assert!(recorded(&data).await.is_empty(), "nothing was changed so far");
    assert!(policy(&["set", name, "--from", "2026-11-24T00:00:00+08:00"], &data, 2).contains("too soon"));
    let set = policy(&["set", name, "--author", "王五"], &data, 0);
    assert!(set.contains("change 1") && set.contains("王五") && set.contains("recorded"), "{set}");
    assert!(policy(&["set", name], &data, 0).contains("nothing was changed"));
    let shown = policy(&["show"], &data, 0);
    assert!(shown.contains("change 1") && shown.contains("out_m = 80.0"), "not in force yet: {shown}");
    assert_eq!(recorded(&data).await, [PolicyRevision(1)]);
    let replayed = run(&["replay"], &data);
    assert_eq!(replayed.status.code(), Some(0), "{}", text(&replayed));
}

#[test]
fn a_change_taken_back_is_marked_and_named() {
    // Proves: a change that waits and is replaced by an earlier one is named by check before, by set then and by show afterwards; equal
    // numbers from an earlier time on are a change.
    let (work, data) = house();
    let file = work.path().join("policy.toml");
    let name = file.to_str().unwrap();
    fs::write(&file, "[off_route.params]\nout_m = 100.0\n").unwrap();
    let late = policy(&["set", name, "--from", "2098-01-01T00:00:00+08:00"], &data, 0);
    assert!(late.contains("change 1") && !late.contains("replaced"), "{late}");
    assert!(policy(&["show"], &data, 0).contains("not in force yet"));
    let checked = policy(&["check", name], &data, 0);
    assert!(checked.contains("would replace") && checked.contains("change 1"), "{checked}");
    let sooner = policy(&["set", name, "--from", "2097-01-01T00:00:00+08:00"], &data, 0);
    assert!(sooner.contains("change 2") && sooner.contains("are replaced") && sooner.contains("change 1"), "{sooner}");
    let shown = policy(&["show"], &data, 0);
    let marks = |number: &str| shown.lines().find(|line| line.contains(number)).unwrap().contains("never to hold");
    assert!(marks("change 1") && !marks("change 2"), "{shown}");
}

#[tokio::test]
async fn to_show_the_policy_changes_nothing() {
    // Proves: show and check bring no store up to date and make none: an older schema is named with what to do, and stays as it was.
    let (work, data) = house();
    let path = data.join("muckwatch.sqlite");
    let db = sea_orm::Database::connect(format!("sqlite://{}", path.display())).await.unwrap();
    let forget = "DELETE FROM seaql_migrations WHERE version = (SELECT max(version) FROM seaql_migrations)";
    sea_orm::ConnectionTrait::execute_unprepared(&db, forget).await.unwrap();
    db.close().await.unwrap();
    let file = work.path().join("policy.toml");
    fs::write(&file, "").unwrap();
    for command in [vec!["show"], vec!["check", file.to_str().unwrap()]] {
        for _ in 0..2 {
            let said = policy(&command, &data, 2);
            assert!(said.contains("lacks 1 schema steps") && said.contains("nothing was changed"), "{said}");
        }
    }
    let nowhere = work.path().join("nowhere");
    assert!(policy(&["show"], &nowhere, 2).contains("--data"));
    assert!(!nowhere.exists());
}

#[test]
fn a_file_that_cannot_be_used_says_where() {
    // Proves: a misspelt name and a value no rule can compare with end with exit code 1, named, in check and in set alike.
    let (work, data) = house();
    let file = work.path().join("policy.toml");
    for (wrong, named) in [
        ("[off_route.params]\nout_n = 1.0\n", "out_n"),
        ("[off_route.params]\nout_m = nan\n", "off_route.params.out_m"),
        ("[off_route.params]\nout_m = -1.0\n", "off_route.params.out_m"),
    ] {
        fs::write(&file, wrong).unwrap();
        for command in ["check", "set"] {
            let said = policy(&[command, file.to_str().unwrap()], &data, 1);
            assert!(said.contains(named) && said.contains("nothing was changed"), "{said}");
        }
    }
    assert!(policy(&["show"], &data, 0).contains("never changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_store_and_record_is_mended() {
    // Proves: a change that is stored and not recorded is recorded at the next start, one that is recorded and not noted is not
    // recorded twice.
    let (_work, data) = house();
    let store = open(&data.join("muckwatch.sqlite")).await.unwrap();
    let wanted = Policy::parse(r#"{"off_route":{"params":{"out_m":100.0}}}"#).unwrap();
    let at = muckwatch::clock::wall_now() + Span::from_secs(1);
    let (policy, hash) = (wanted.canonical(), wanted.digest());
    let order = NewPolicy { policy, hash, from: at + LEAD, author: "office".to_owned(), at };
    let Enacted::Changed(stored) = store.enact(&order).await.unwrap() else { panic!("a change") };
    assert_eq!(recorded(&data).await, [stored.revision]);
    let noted = store.policy(stored.revision).await.unwrap().unwrap();
    assert!(noted.seq.is_some());
    let db = sea_orm::Database::connect(format!("sqlite://{}", data.join("muckwatch.sqlite").display())).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&db, "UPDATE policies SET seq = NULL").await.unwrap();
    assert_eq!(recorded(&data).await, [stored.revision], "found in the record");
    assert_eq!(store.policy(stored.revision).await.unwrap(), Some(noted));
}
