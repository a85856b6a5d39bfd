//! `muckwatch import` as people run it.

use super::fixture;
use muckwatch::store::{self, map::MapStore as _};
use std::{
    path::Path,
    process::{Command, Output},
};

fn import(arguments: &[&str], folder: &Path, data: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command.arg("import").args(arguments).arg(folder).arg("--data").arg(data).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn checking_changes_nothing_and_tells_by_its_exit_code() {
    // Proves: --check ends with 0 for a good folder and 1 for a bad one, names the errors, and makes no data folder.
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    let good = import(&["--check"], &fixture("good"), &data);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good));
    let bad = import(&["--check"], &fixture("bad-cells"), &data);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad).contains("vehicles.csv 第 3 行 (line 3) plate_colour"), "{}", text(&bad));
    assert_eq!(import(&[], &work.path().join("absent"), &data).status.code(), Some(2));
    assert!(!data.exists());
}

#[tokio::test]
async fn an_import_is_recorded_once() {
    // Proves: the first import is revision 1, with its map layers in the store; the same folder again is no new revision.
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    let first = import(&["--author", "王五"], &fixture("good"), &data);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first));
    assert!(text(&first).contains("revision 1 imported") && text(&first).contains("vehicles: +4 ~0 -0"));
    let store = store::open(&data.join("muckwatch.sqlite")).await.unwrap();
    assert!(store.layers().await.unwrap().roads.is_some());
    drop(store);
    let second = import(&[], &fixture("good"), &data);
    assert!(text(&second).contains("equals revision 1") && !text(&second).contains("+4"), "{}", text(&second));
}

#[test]
fn replaying_a_folder_that_is_not_there_makes_none() {
    // Proves: a mistyped --data is said, and leaves nothing behind.
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("mistyped");
    let refused =
        Command::new(env!("CARGO_BIN_EXE_muckwatch")).arg("replay").arg("--data").arg(&data).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(text(&refused).contains("mistyped 中没有数据") && !data.exists(), "{}", text(&refused));
}

#[test]
fn a_folder_in_use_is_left_alone() {
    // Proves: while another process holds the data folder nothing is changed and the text says what to do.
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    assert_eq!(import(&[], &fixture("good"), &data).status.code(), Some(0));
    let lock = std::fs::File::open(data.join("record/lock")).unwrap();
    lock.lock().unwrap();
    let refused = import(&[], &fixture("good"), &data);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("serve --ledger"), "{}", text(&refused));
}
