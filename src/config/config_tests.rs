//! Loading, telling and showing.

use super::*;
use std::fs;

fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    let owned: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    owned.into_iter()
}

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("muckwatch.toml");
    fs::write(&file, text).expect("written");
    (folder, file)
}

fn refused(text: &str, variables: &[(&str, &str)]) -> String {
    let (folder, file) = written(text);
    let wrong = Config::load(Some(&file), env(variables)).expect_err("refused").to_string();
    wrong.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn defaults_then_file_then_environment() {
    // Proves: the order of origins, and that each value knows its own.
    let (_folder, file) = written("data = \"elsewhere\"\n[worker]\ncommit_ms_max = 500\nbatch_inputs_max = 7\n");
    let variables =
        [("MUCKWATCH__WORKER__COMMIT_MS_MAX", "250"), ("MUCKWATCH__API__HOSTS", "a.example, b"), ("PATH", "/bin")];
    let loaded = Loaded::read(Some(&file), env(&variables)).expect("loads");
    assert_eq!(loaded.config.data, PathBuf::from("elsewhere"));
    assert_eq!(loaded.config.worker.commit_ms_max, 250);
    assert_eq!(loaded.config.worker.commit_inputs_max, WorkerConfig::default().commit_inputs_max);
    assert_eq!(loaded.config.api.hosts, ["a.example", "b"]);
    assert_eq!(*loaded.origin("data"), Origin::File(file.clone(), 1));
    assert_eq!(*loaded.origin("worker.batch_inputs_max"), Origin::File(file, 4));
    assert_eq!(
        *loaded.origin("worker.commit_ms_max"),
        Origin::Environment("MUCKWATCH__WORKER__COMMIT_MS_MAX".to_owned())
    );
    assert_eq!(*loaded.origin("worker.commit_inputs_max"), Origin::Default);
}

#[test]
fn what_is_wrong_is_told_with_place_key_and_advice() {
    // Proves: a slip names the nearest key, a stranger all keys, a bad value its default, bad TOML its line.
    let slip = refused("[gateway]\nidle_s = 5\nlisen = \"x\"\n", &[]);
    assert_eq!(slip, "muckwatch.toml:3: there is no key `gateway.lisen`; is it `gateway.listen`?");
    let table = refused("[gatway]\n", &[]);
    assert_eq!(table, "muckwatch.toml:1: there is no key `gatway`; is it `gateway`?");
    let stranger = refused("", &[("MUCKWATCH__WORKER__THREADS", "8")]);
    assert_eq!(
        stranger,
        "MUCKWATCH__WORKER__THREADS: there is no key `worker.threads`; known here are commit_inputs_max, commit_ms_max, \
         batch_inputs_max"
    );
    let value = refused("\n\n[api]\nlisten = 8080\n", &[]);
    assert!(value.starts_with("muckwatch.toml:4: `api.listen` cannot be read: "), "{value}");
    assert!(value.ends_with("; the default is \"127.0.0.1:8080\""), "{value}");
    let negative = refused("worker.commit_ms_max = -1", &[]);
    assert!(negative.starts_with("muckwatch.toml:1: `worker.commit_ms_max` cannot be read: "), "{negative}");
    let word = refused("log = \"loud\"", &[]);
    assert!(word.contains("`log`") && word.contains("json"), "{word}");
    let whole = refused("gateway = 3", &[]);
    assert!(whole.contains("`gateway`") && whole.contains("it is a table with the keys"), "{whole}");
    let syntax = refused("data = \"a\"\nlog = \n", &[]);
    assert!(syntax.starts_with("muckwatch.toml:2: this is not TOML: "), "{syntax}");
}

#[test]
fn everything_that_cannot_be_read_is_told_at_once() {
    // Proves: unknown keys in several tables, an unknown table and a value of the wrong kind are each a line, from one run.
    let text =
        "lgo = 1\n[gateway]\nlisen = \"a\"\nlisten = \"nowhere\"\n[worker]\ncommit_ms_mx = 1\n[redis]\nurl = \"a\"\n";
    let told = refused(text, &[]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 5, "{told}");
    for key in ["lgo", "gateway.lisen", "gateway.listen", "worker.commit_ms_mx", "redis"] {
        assert!(lines.iter().any(|line| line.contains(&format!("`{key}`"))), "{key}: {told}");
    }
}

#[test]
fn what_is_printed_loads_again() {
    // Proves: the TOML form is the same settings, names each origin, and the JSON form has every key, unset ones included.
    let (_folder, file) = written("data = \"it's \\\"here\\\"\"\n[api]\nhosts = [\"a\", \"b\"]\n");
    let loaded = Loaded::read(Some(&file), env(&[("MUCKWATCH__CLUSTER__GATEWAY", "7")])).expect("loads");
    let text = loaded.to_toml();
    let (_other, again) = written(&text);
    assert_eq!(Config::load(Some(&again), env(&[])).expect("loads"), loaded.config, "{text}");
    assert!(text.contains(&format!("# {}:3\n", file.display())), "{text}");
    assert!(text.contains("# MUCKWATCH__CLUSTER__GATEWAY\n") && text.contains("# member is not set"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&loaded.to_json()).expect("JSON");
    assert_eq!(json["cluster.gateway"]["value"], 7);
    assert_eq!(json["cluster.member"]["origin"], "default");
    assert_eq!(json["api.listen"]["origin"], "default");
}
