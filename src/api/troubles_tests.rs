use super::*;
use crate::store::reports::Report;

fn gateway(name: &str, age_ms: i64, failing: &[(&str, &str)]) -> Heard {
    let failing = failing.iter().map(|(check, why)| ((*check).to_owned(), (*why).to_owned())).collect();
    let report = Report {
        role: "gateway".to_owned(),
        name: name.to_owned(),
        failing,
        failing_zh: std::collections::BTreeMap::new(),
        figures: std::collections::BTreeMap::new(),
    };
    Heard { report, age_ms }
}

fn bars(around: &Around, stands: Stands) -> Vec<Trouble> {
    of_house(around, stands, &|age| format!("t-{}", age.as_secs()))
}

fn codes(around: &Around, stands: Stands) -> Vec<(&'static str, bool)> {
    bars(around, stands).iter().map(|trouble| (trouble.code, trouble.grave)).collect()
}

#[test]
fn a_calm_house_says_nothing_and_each_part_that_fails_is_named() {
    // Proves: nothing is said while all is well or shortly after it is not; a dead gateway, one that acknowledges nothing, none at
    // all and standing shards are each said, the grave ones as grave.
    let (around, calm) = (Around::default(), Stands::default());
    around.bus_answers(true);
    around.heard(vec![gateway("1", 2_000, &[]), gateway("2", 1_000, &[])]);
    assert_eq!(codes(&around, calm), []);
    around.bus_answers(false);
    assert_eq!(codes(&around, calm), [], "a second without Redis is a fail-over");
    around.bus_answers(true);
    let minute = Duration::from_mins(1);
    assert_eq!(codes(&around, Stands { all: minute, slowest: minute, ..calm }), [("judging_stands", false)]);
    assert_eq!(codes(&around, Stands { slowest: minute, ..calm }), [("judging_stands_partly", false)]);
    around.heard(vec![
        gateway("1", 60_000, &[]),
        gateway("2", 0, &[("bus", "1 waits"), ("copy", "nothing was copied for 20 s")]),
    ]);
    assert_eq!(codes(&around, calm), [("gateway_silent", false), ("gateway_failing", true)]);
    let all = bars(&around, calm);
    assert!(all[0].zh.contains("网关 1 自 t-60 起") && all[0].zh.contains("（60 秒）"), "{all:?}");
    assert!(all[1].zh.contains("网关 2") && all[1].en.contains("copy (nothing was copied"), "{all:?}");
    around.heard(Vec::new());
    assert_eq!(codes(&around, calm), [("no_gateway", true)]);
}

#[test]
fn a_wrong_clock_is_named() {
    // Proves: a tick that lies in the future by more than the bound is said as grave, and by less not at all; a worker whose clock
    // is off is named with how far, ahead and behind, and no longer when it is not heard of.
    let ahead = |ms: u64| Stands { ahead: Duration::from_millis(ms), ..Stands::default() }.of_time();
    assert_eq!(ahead(1_000), None);
    let grave = ahead(90_000).expect("far ahead");
    assert!(grave.grave && grave.zh.contains("未来 90 秒") && grave.en.contains("90 s in the future"), "{grave:?}");
    let around = Around::default();
    around.bus_answers(true);
    let worker = |age_ms, ahead_s: f64| {
        let mut heard = gateway("w1", age_ms, &[("clock", "it is off")]);
        heard.report.role = "worker".to_owned();
        heard.report.figures.insert("clock_ahead_seconds".to_owned(), ahead_s);
        heard
    };
    for (ahead_s, zh, en) in [(3.2, "快 3.2 秒", "3.2 s ahead of"), (-61.0, "慢 61.0 秒", "61.0 s behind")] {
        around.heard(vec![gateway("1", 0, &[]), worker(0, ahead_s)]);
        let all = bars(&around, Stands::default());
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].code == "clock_off" && all[0].zh.contains(zh) && all[0].en.contains(en), "{all:?}");
    }
    let mut wrong = gateway("2", 0, &[("clock", "it is off")]);
    wrong.report.figures.insert("clock_ahead_seconds".to_owned(), -1_800.0);
    around.heard(vec![gateway("1", 0, &[]), wrong]);
    let all = bars(&around, Stands::default());
    assert!(
        all.iter().any(|it| it.code == "clock_off" && it.zh.contains("网关 2") && it.en.contains("not judged")),
        "{all:?}"
    );
    around.heard(vec![gateway("1", 0, &[]), worker(60_000, 3.2)]);
    assert_eq!(codes(&around, Stands::default()), []);
}

#[test]
fn a_gateway_that_is_long_gone_stays_named_with_what_to_do() {
    // Proves: after days it is still said, since when and what somebody must decide.
    let around = Around::default();
    around.bus_answers(true);
    around.heard(vec![gateway("3", 3 * 86_400_000, &[]), gateway("4", 0, &[])]);
    let all = bars(&around, Stands::default());
    assert!(all[0].en.contains("Gateway 3") && all[0].en.contains("since t-259200 (3 d)"), "{all:?}");
    assert!(all[0].zh.contains("3 天") && all[0].zh.contains("除名"), "{all:?}");
}

#[test]
fn a_reason_is_in_the_language_of_its_bar() {
    // Proves: a Chinese bar has the Chinese reason; that of an older version is quoted.
    let around = Around::default();
    around.bus_answers(true);
    let mut new = gateway("1", 0, &[("spool", "9 inputs wait")]);
    new.report.failing_zh = [("spool".to_owned(), "9 条报文待发布".to_owned())].into();
    around.heard(vec![new, gateway("2", 0, &[("store", "refused")])]);
    let all = bars(&around, Stands::default());
    assert!(all[0].zh.ends_with("缓冲（9 条报文待发布）") && all[0].en.ends_with("spool (9 inputs wait)"), "{all:?}");
    assert!(all[1].zh.ends_with("数据库（原因：refused）"), "{all:?}");
}

#[test]
fn what_is_one_for_the_house_is_one_bar_and_says_what_to_do() {
    // Proves: two gateways that find no standby waited for make one bar with the step to take, also beside another trouble of
    // theirs; a gateway that wishes for none makes none.
    let alone = |name: &str, failing: &[(&str, &str)]| {
        let mut heard = gateway(name, 0, failing);
        heard.report.figures.insert("copy_alone".to_owned(), 1.0);
        heard
    };
    let around = Around::default();
    around.bus_answers(true);
    around.heard(vec![alone("1", &[("standby", "none")]), alone("2", &[("standby", "none")])]);
    let all = bars(&around, Stands::default());
    assert_eq!(all.iter().map(|bar| (bar.code, bar.grave)).collect::<Vec<_>>(), [("no_standby", false)]);
    assert!(all[0].zh.contains("第 6 节第 5 步") && all[0].en.contains("section 6, step 5"), "{all:?}");
    around.heard(vec![alone("1", &[]), alone("2", &[])]);
    assert_eq!(codes(&around, Stands::default()), []);
    let away = Some(Duration::from_mins(1));
    assert_eq!(said(None, away), ["clock", "standby", "copy", "number"]);
    for bar in [store("t", 9), bus("t", 9, true)] {
        assert!(bar.zh.contains("自 t 起无应答（9 秒）") && bar.zh.contains("OPERATING.md 第"), "{bar:?}");
        assert!(bar.en.contains("since t (9 s)") && bar.en.contains("OPERATING.md, section"), "{bar:?}");
    }
}
