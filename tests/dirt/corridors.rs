//! Buses against corridors: innocent on their own way on other days, guilty on the ways of other routes.

use crate::{
    buses::{self, HALF_WIDTH_M, Trial},
    core, ledger, per_thousand,
    picture::Picture,
    traces::{Row, Trace},
    wire,
};
use muckwatch::{
    engine::canonical::Canonical,
    model::{ledger::Ledger, place::Wgs84},
    rules::{Policy, RuleId, observation::Subject},
};

/// Metres between leaving a corridor and being back on it.
const HYSTERESIS_M: f64 = 30.0;

#[test]
fn buses_are_left_alone_on_their_own_way_and_found_on_others() {
    // Proves: with ways learnt from one day and 150 m of half-width, at least 90 % of vehicle-days of the same line on other
    // days have no finding, and at least 95 % of dense vehicle-days of other routes have one.
    let Some(trace) = Trace::read("capmetro_austin_bus") else { return };
    let days = buses::vehicle_days(&trace);
    let ways = buses::ways(&days);
    let trials = buses::trials(&days, &ways);
    let acted = acted(&trials);
    let arrivals = wire::arrivals(&acted, wire::Delivery::Plausible);
    let verdict = core::verdict(bound(&acted, &trials), Some(&policy()), &arrivals);
    let (mut wrong, mut missed) = (Vec::new(), Vec::new());
    for (number, trial) in trials.iter().enumerate() {
        let found = findings(&verdict, number);
        match (trial.guilty, found.is_empty()) {
            (false, false) => wrong.push(draw(&trace, trial, &found)),
            (true, true) => missed.push(draw(&trace, trial, &found)),
            _ => {}
        }
    }
    report(&trials, ways.len(), &wrong, &missed);
}

fn report(trials: &[Trial<'_>], ways: usize, wrong: &[String], missed: &[String]) {
    let guilty = trials.iter().filter(|trial| trial.guilty).count();
    let innocent = trials.len() - guilty;
    for line in wrong {
        say!("off its own way: {line}");
    }
    for line in missed {
        say!("not found: {line}");
    }
    say!("{ways} ways; on their own way {innocent} vehicle-days, {} with a finding", wrong.len());
    say!("false alarms per 1,000 vehicle-days: {:.1}", per_thousand(wrong.len(), innocent));
    say!("on other ways {guilty} vehicle-days, {} found", guilty - missed.len());
    assert!(innocent >= 80 && guilty >= 500, "too few vehicle-days to mean anything");
    assert!(wrong.len() * 10 <= innocent, "{} of {innocent} innocent vehicle-days have a finding", wrong.len());
    assert!(missed.len() * 20 <= guilty, "{} of {guilty} guilty vehicle-days were not found", missed.len());
}

/// The trials as a file of its own: one vehicle each.
fn acted(trials: &[Trial<'_>]) -> Trace {
    let rows = trials
        .iter()
        .enumerate()
        .flat_map(|(number, trial)| trial.driven.rows.iter().map(move |row| Row { vehicle: number, ..(*row).clone() }));
    Trace {
        name: "bus trials",
        vehicles: (0..trials.len()).map(|number| format!("trial-{number}")).collect(),
        rows: rows.collect(),
    }
}

fn bound(acted: &Trace, trials: &[Trial<'_>]) -> Ledger {
    let approvals =
        trials.iter().enumerate().map(|(number, trial)| ledger::approval(number, None, trial.way.line.clone()));
    Ledger { approvals: approvals.collect(), ..ledger::bare(acted) }
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.off_route.params.out_m = HALF_WIDTH_M;
    policy.off_route.params.back_m = HALF_WIDTH_M - HYSTERESIS_M;
    policy
}

fn findings(found: &[Canonical], number: usize) -> Vec<&Canonical> {
    let subject = Subject::Vehicle(ledger::vehicle_id(number));
    found.iter().filter(|found| found.rule == RuleId::OffRoute && found.subject == subject).collect()
}

/// Draws an exception; gives a line for it.
fn draw(trace: &Trace, trial: &Trial<'_>, found: &[&Canonical]) -> String {
    let mut rows = trial.driven.rows.clone();
    rows.sort_by_key(|row| row.time);
    let inside = |row: &Row| {
        let at = row.at().expect("dated");
        found.iter().any(|found| found.start <= at && found.end.is_none_or(|end| at <= end))
    };
    let driven: Vec<Wgs84> = rows.iter().map(|row| row.place).collect();
    let red: Vec<bool> = rows.iter().map(|row| inside(row)).collect();
    let (bus, service, way) = (&trace.vehicles[trial.driven.vehicle], &trial.driven.service, &trial.way.service);
    let spans: Vec<String> = found.iter().map(|found| format!("{} ({:.0} m off)", found.start, found.peak)).collect();
    let caption = format!(
        "{bus}, day {}, route {} {} on the way of {} {}: {} fixes; {}",
        trial.driven.day,
        service.route,
        service.headsign,
        way.route,
        way.headsign,
        rows.len(),
        spans.join(", "),
    );
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let kind = if trial.guilty { "missed" } else { "wrong" };
    let name = format!("{kind}-{bus}-{}-{}-on-{}", trial.driven.day, plain(&service.headsign), plain(&way.headsign));
    let picture =
        Picture { name, caption, way: &trial.way.line, half_width_m: HALF_WIDTH_M, track: &driven, found: &red };
    format!("{} [{}]", picture.caption, picture.write().display())
}
