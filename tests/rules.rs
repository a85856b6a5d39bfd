//! Guilty and innocent tracks per rule, from `fixtures/rules/<rule>/*.json`.

#[expect(dead_code, reason = "each test file uses its part of the stage")]
mod scene;

use muckwatch::{
    cases::row::EpisodeRow,
    engine::{canonical::canonical, judge::judge},
    model::time::Span,
    rules::{SPECS, observation::Object},
};
use scene::{Expected, Scene, worker::Bench};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn fixtures(rule: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules").join(rule);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("{}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

fn load(path: &Path) -> Scene {
    serde_json::from_str(&fs::read_to_string(path).expect("a readable file"))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn told(scene: &Scene, row: &EpisodeRow) -> Expected {
    let second = |at| (scene.zero().since(at).as_millis() / -1000, Span::default()).0;
    let found = &row.found;
    Expected {
        rule: found.rule.code().to_owned(),
        object: match &found.object {
            Object::Nothing => None,
            Object::Company(id) => Some(id.to_string()),
            Object::Site(id) => Some(id.to_string()),
            Object::Zone(id) => Some(id.to_string()),
        },
        s: [second(found.start()), second(found.end_or_last())],
        grade: found.stretch.grade.code().to_owned(),
        reason: found.stretch.note.reason.map(|reason| reason.code().to_owned()),
        also: found.stretch.note.also.iter().map(|(rule, _)| rule.code().to_owned()).collect(),
    }
}

#[test]
fn every_track_gives_what_its_fixture_says_and_nothing_else() {
    // Proves: guilty tracks are found with their spans, grades and reasons; innocent ones give nothing; and the live lane says
    // what the definition says.
    let mut wrong = Vec::new();
    for (rule, _) in SPECS {
        for path in fixtures(rule.code()) {
            let scene = load(&path);
            let inputs = scene.inputs();
            let mut bench = Bench::new();
            bench.run(&inputs);
            let mut rows: Vec<&EpisodeRow> = bench.rows.values().filter(|row| row.is_live()).collect();
            rows.sort_by_key(|row| (row.found.rule, row.found.start()));
            let seen: Vec<Expected> = rows.into_iter().map(|row| told(&scene, row)).collect();
            if seen != scene.expect {
                wrong.push(format!(
                    "{}: {}\n  seen   {seen:?}\n  expect {:?}",
                    path.display(),
                    scene.what,
                    scene.expect
                ));
            }
            assert_eq!(
                canonical(bench.rows.values()),
                judge(&inputs).expect("judges"),
                "{}: live and definition",
                path.display()
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_guilty_and_innocent_tracks() {
    // Proves: no rule ships without a case that must fire and a near miss that must not.
    for (rule, spec) in SPECS {
        let scenes: Vec<Scene> = fixtures(rule.code()).iter().map(|path| load(path)).collect();
        let guilty = |scene: &&Scene| scene.expect.iter().any(|expected| expected.rule == rule.code());
        assert!(scenes.iter().any(|scene| guilty(&scene)), "{}: nothing guilty", rule.code());
        assert!(scenes.iter().any(|scene| !guilty(&scene)), "{}: nothing innocent", rule.code());
        assert!(!spec.basis.is_empty());
    }
}
