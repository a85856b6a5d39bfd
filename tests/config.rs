//! `muckwatch config` as an operator sees it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn config(arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command.env_clear().arg("config").args(arguments).arg("--config").arg(file);
    command.output().expect("the binary runs")
}

#[test]
fn check_and_print_end_with_0_or_2() {
    // Proves: good settings pass with 0, bad ones end with 2 and a line that names file, line and key; what print shows loads.
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad, again) =
        (folder.path().join("good.toml"), folder.path().join("bad.toml"), folder.path().join("again.toml"));
    fs::write(&good, "[cluster]\ngateway = 1\n[worker]\ncommit_ms_max = 250\n").expect("written");
    fs::write(&bad, "[gateway]\n\nlisen = \"0.0.0.0:1\"\n").expect("written");
    assert_eq!(config(&["check"], &good).status.code(), Some(0));
    let wrong = config(&["check"], &bad);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said.starts_with(&format!("{}:3: ", bad.display())) && said.contains("`gateway.listen`"), "{said}");
    assert_eq!(config(&["print"], &bad).status.code(), Some(2));
    let shown = config(&["print"], &good);
    assert_eq!(shown.status.code(), Some(0));
    fs::write(&again, &shown.stdout).expect("written");
    assert_eq!(config(&["check"], &again).status.code(), Some(0), "{}", String::from_utf8_lossy(&shown.stdout));
    let json: serde_json::Value = serde_json::from_slice(&config(&["print", "--json"], &again).stdout).expect("JSON");
    assert_eq!(json["worker.commit_ms_max"]["value"], 250);
}

#[test]
fn a_value_is_refused_where_it_was_said() {
    // Proves: an address in the environment is named by its variable, one in the file by its line; everything comes in one run, and no
    // password is shown.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("house.toml");
    fs::write(&file, "[store]\npostgres = [\"http://u:secret@a/db\"]\n[copy]\nanswer_ms = 0\n").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command
        .env_clear()
        .env("MUCKWATCH__BUS__REDIS", "redis://u:secret@a:99999")
        .args(["config", "check", "--role", "worker"]);
    let wrong = command.arg("--config").arg(&file).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(2));
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    let at = |line: u32, key: &str| format!("{}:{line}: `{key}` ", file.display());
    let wanted = ["MUCKWATCH__BUS__REDIS: `bus.redis` ".to_owned(), at(2, "store.postgres"), at(4, "copy.answer_ms")];
    assert!(wanted.iter().all(|start| lines.iter().any(|line| line.starts_with(start.as_str()))), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
