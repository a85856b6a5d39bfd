//! One verdict for one set of inputs: whatever the order, repeats, lateness, restarts and ledger revisions in between.

#[expect(dead_code, reason = "each test file uses its part of the stage")]
mod scene;

use muckwatch::{
    cases::change::{Cause, Correction},
    engine::{Engine, QUARANTINE_LIMIT, judge::judge, output::Outputs},
    model::{
        fix::SessionTrust,
        ids::{PolicyRevision, Revision, Seq},
        input::{Event, Input, PolicyChange},
        time::{Span, Timestamp},
    },
    rules::{Policy, RuleId},
};
use scene::{
    Journal, MiniLedger, Scene, Sent, at_metres, batch, frame, frame_of, report, revision, split_batch, worker::Bench,
};
use std::sync::Arc;

/// A working day of one truck: a trip an hour from 06:00, some of them by other roads, from other places or out of hours.
fn day() -> Scene {
    let mut legs = Vec::new();
    for trip in 0..8_i64 {
        let at = |second: i64| trip * 3600 + second;
        let start = if trip % 4 == 3 { [3000.0, 60.0] } else { [0.0, 0.0] };
        let side = if trip % 3 == 1 { 900.0 } else { 0.0 };
        let mut leg = |from: i64, to: i64, a: [f64; 2], b: [f64; 2], full: bool| {
            legs.push(serde_json::json!({
                "s": [at(from), at(to)], "every_s": 10, "from": a, "to": b, "load": if full { "full" } else { "empty" },
            }));
        };
        leg(0, 200, start, start, false);
        leg(210, 400, start, start, true);
        leg(410, 610, start, [5000.0, side], true);
        leg(620, 1000, [5000.0, side], [8000.0, side], true);
        leg(1010, 1200, [8000.0, side], [9900.0, 0.0], true);
        leg(1210, 1290, [10_000.0, 0.0], [10_000.0, 0.0], true);
        leg(1300, 1500, [10_000.0, 0.0], [10_000.0, 0.0], false);
        leg(1510, 2500, [10_000.0, 0.0], [100.0, 0.0], false);
    }
    serde_json::from_value(serde_json::json!({
        "what": "a day", "zero": "2026-11-24T06:00:00+08:00", "legs": legs, "expect": [],
        "ledger": {
            "labels": [["yellow", "2009-01-01T00:00:00+08:00"]],
            "sites": [{ "id": "S1", "sw": [-100, -100], "ne": [100, 100] }],
            "disposal_sites": [{ "id": "D1", "sw": [9900, -100], "ne": [10100, 100] }],
            "zones": [{ "id": "Z1", "sw": [6000, -500], "ne": [7000, 500] }],
            "approvals": [{
                "id": "A1", "load_site": "S1", "disposal_site": "D1", "route": [[0, 0], [10000, 0]],
                "windows": [{ "days": 127, "from_minute": 420, "to_minute": 720 }],
            }],
        },
    }))
    .expect("a scene")
}

/// Small numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            list.swap(place, self.below(place + 1));
        }
    }
}

fn start(scene: &Scene, ledger: &MiniLedger) -> Journal {
    let mut journal = Journal::new(scene.zero() - Span::from_secs(3600));
    journal.push(journal.now, Event::LedgerRevised(revision(1, ledger.ledger())));
    journal
}

fn made(scene: &Scene, sent: &Sent) -> Timestamp {
    scene.zero() + Span::from_secs(sent.second + 1)
}

fn played(inputs: &[Input]) -> Bench {
    let mut bench = Bench::new();
    bench.run(inputs);
    assert!(bench.engine.is_settled(), "nothing waits to be judged again");
    bench
}

#[test]
fn the_day_has_something_of_everything() {
    // Proves: the tests below are not about nothing.
    let found = judge(&day().inputs()).expect("judges");
    for rule in [RuleId::UnapprovedLoading, RuleId::OffRoute, RuleId::OutsideWindow, RuleId::YellowZone] {
        assert!(found.iter().any(|episode| episode.rule == rule), "{rule:?}");
    }
    assert!(found.len() >= 10, "{}", found.len());
    assert!(found.iter().all(|episode| episode.end.is_some()));
}

#[test]
fn any_order_and_repetition_after_the_days_end_is_one_verdict() {
    // Proves: a day that arrives shuffled, with a fifth of it twice and some in batches, is judged as it would have been live.
    let scene = day();
    let truth = judge(&scene.inputs()).expect("judges");
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let mut positions = scene.positions();
        let again: Vec<Sent> =
            (0..positions.len() / 5).map(|_| positions[dice.below(positions.len())].clone()).collect();
        positions.extend(again);
        dice.shuffle(&mut positions);
        let mut journal = start(&scene, &scene.ledger);
        let end = scene.zero() + Span::from_secs(12 * 3600);
        for (place, chunk) in positions.chunks(1 + dice.below(9)).enumerate() {
            let received = end + Span::from_secs(i64::try_from(place).expect("small"));
            if dice.below(2) == 0 {
                let reports: Vec<_> = chunk.iter().map(|sent| sent.report.clone()).collect();
                journal.push(received, batch(&reports));
            } else {
                for sent in chunk {
                    journal.push(received, frame(&sent.report, sent.trust));
                }
            }
            if dice.below(3) == 0 {
                journal.push(received, Event::Tick);
            }
        }
        journal.close();
        let bench = played(&journal.list);
        assert_eq!(judge(&journal.list).expect("judges"), truth, "the definition, seed {seed}");
        assert_eq!(bench.canonical(), truth, "the increments, seed {seed}");
        assert!(bench.rejudged > 0);
        bench.assert_no_overlap();
    }
}

#[test]
fn what_was_held_back_and_came_late_is_judged_as_if_it_had_not() {
    // Proves: spans that come hours late, backwards or in batches, while the live lane goes on.
    let scene = day();
    let truth = judge(&scene.inputs()).expect("judges");
    for seed in 0..6 {
        let mut dice = Dice(seed + 1000);
        let mut journal = start(&scene, &scene.ledger);
        let mut held: Vec<Sent> = Vec::new();
        let mut blind = 0;
        for sent in scene.positions() {
            let received = made(&scene, &sent);
            if blind == 0 && dice.below(60) == 0 {
                blind = 1 + dice.below(120);
            }
            if blind > 0 {
                blind -= 1;
                held.push(sent);
                continue;
            }
            if !held.is_empty() && dice.below(20) == 0 {
                held.reverse();
                let cut = dice.below(held.len() + 1);
                let reports: Vec<_> = held.drain(..cut).map(|sent| sent.report).collect();
                reports.chunks(20).for_each(|chunk| journal.push(received, batch(chunk)));
            }
            journal.push(received, frame(&sent.report, sent.trust));
            (0..dice.below(4)).for_each(|_| journal.push(received, Event::Tick));
        }
        for sent in held {
            journal.push(journal.now, frame(&sent.report, sent.trust));
        }
        journal.close();
        let bench = played(&journal.list);
        assert_eq!(bench.canonical(), truth, "seed {seed}");
        bench.assert_no_overlap();
    }
}

#[test]
fn a_restart_at_any_input_changes_nothing() {
    // Proves: what is committed is all there is; seqs applied twice are ignored.
    let scene = day();
    let mut dice = Dice(7);
    let mut journal = start(&scene, &scene.ledger);
    let mut positions = scene.positions();
    for _ in 0..40 {
        let place = dice.below(positions.len() - 30);
        let moved = positions.remove(place);
        positions.insert(place + dice.below(30), moved);
    }
    let mut now = scene.zero();
    for sent in &positions {
        now = now.max(made(&scene, sent));
        journal.push(now, frame(&sent.report, sent.trust));
        journal.push(now, Event::Tick);
    }
    journal.close();
    let straight = played(&journal.list);
    let mut broken = Bench::new();
    for (place, input) in journal.list.iter().enumerate() {
        broken.apply(input);
        if place % 3 == 0 {
            broken.restart();
            let before = broken.history.len();
            broken.engine.apply(input, &mut Outputs::default()).expect("applies");
            assert_eq!(broken.history.len(), before);
        }
    }
    assert_eq!(broken.rows, straight.rows, "rows with their ids, states and corrections");
    assert_eq!(broken.states, straight.states);
}

#[test]
fn a_ledger_revision_is_judged_as_if_it_had_always_been_there() {
    // Proves: an approval entered after the fact withdraws, an approval taken away opens, and both say who is to be asked.
    let scene = day();
    let bare = MiniLedger { approvals: Vec::new(), ..scene.ledger.clone() };
    let unknown = MiniLedger { unknown_terminal: true, ..scene.ledger.clone() };
    for (seed, first, then) in [(1, &bare, &scene.ledger), (2, &scene.ledger, &bare), (3, &unknown, &scene.ledger)] {
        let mut dice = Dice(seed);
        let mut journal = start(&scene, first);
        let positions = scene.positions();
        let change = positions.len() / 3 + dice.below(positions.len() / 3);
        for (place, sent) in positions.iter().enumerate() {
            if place == change {
                journal.push(made(&scene, sent), Event::LedgerRevised(revision(2, then.ledger())));
            }
            journal.push(made(&scene, sent), frame(&sent.report, sent.trust));
            journal.push(made(&scene, sent), Event::Tick);
        }
        journal.close();
        let bench = played(&journal.list);
        assert_eq!(bench.canonical(), judge(&journal.list).expect("judges"), "seed {seed}");
        let marked = bench.history.iter().filter(|change| change.cause == Cause::Ledger(Revision(2)));
        let corrections: Vec<Correction> = marked.map(|change| change.correction).collect();
        assert!(corrections.contains(&Correction::Withdrawn) && corrections.contains(&Correction::OpenedLate));
        let marked = bench.rows.values().filter(|row| row.permit_backdated == Some(Revision(2)));
        assert!(marked.count() > 0, "rows changed after their end are marked");
        bench.assert_no_overlap();
    }
}

#[test]
fn an_authenticated_copy_counts_before_an_earlier_one_that_was_not() {
    // Proves: of equal positions the authenticated one counts, however late it comes.
    let scene = day();
    let truth = judge(&scene.inputs()).expect("judges");
    let mut journal = start(&scene, &scene.ledger);
    for sent in scene.positions() {
        journal.push(made(&scene, &sent), frame(&sent.report, SessionTrust::Unauthenticated));
        journal.push(made(&scene, &sent), Event::Tick);
    }
    for sent in scene.positions() {
        journal.push(journal.now, frame(&sent.report, SessionTrust::Authenticated));
    }
    journal.close();
    assert_eq!(played(&journal.list).canonical(), truth);
}

#[test]
fn one_late_fix_costs_its_hour() {
    // Proves: a re-judgement stops where its state equals a kept savepoint, and rewrites none beyond.
    let scene = day();
    let mut journal = start(&scene, &scene.ledger);
    let mut positions = scene.positions();
    let late = positions.remove(300);
    for sent in &positions {
        journal.push(made(&scene, sent), frame(&sent.report, sent.trust));
        journal.push(made(&scene, sent), Event::Tick);
    }
    let mut bench = Bench::new();
    bench.run(&journal.list);
    let before = bench.savepoints.clone();
    journal.push(journal.now, frame(&late.report, late.trust));
    journal.close();
    bench.run(&journal.list[bench.inputs.len()..]);
    assert_eq!(bench.rejudged, 1);
    let changed: Vec<_> = bench.savepoints.iter().filter(|(key, kept)| before.get(*key) != Some(*kept)).collect();
    assert!(changed.len() <= 2, "{} of {} savepoints rewritten", changed.len(), before.len());
    assert_eq!(bench.canonical(), judge(&scene.inputs()).expect("judges"));
}

#[test]
fn a_policy_change_re_judges_nothing_and_holds_from_its_time() {
    // Proves: an episode is judged by the parameters of its own event time, and says which.
    let scene = day();
    let mut journal = start(&scene, &scene.ledger);
    let text = r#"{"off_route":{"params":{"out_m":5000.0}}}"#;
    let policy = Policy::parse(text).expect("a policy");
    let change = PolicyChange {
        revision: PolicyRevision(1),
        hash: policy.digest(),
        from: scene.zero() + Span::from_secs(3 * 3600),
        author: "test".into(),
        policy: policy.canonical(),
    };
    journal.push(journal.now, Event::PolicyChanged(Arc::new(change.clone())));
    for sent in scene.positions() {
        journal.push(made(&scene, &sent), frame(&sent.report, sent.trust));
        journal.push(made(&scene, &sent), Event::Tick);
    }
    journal.close();
    let bench = played(&journal.list);
    let found = bench.canonical();
    assert_eq!(found, judge(&journal.list).expect("judges"));
    assert_eq!(bench.rejudged, 0);
    let off: Vec<_> = found.iter().filter(|episode| episode.rule == RuleId::OffRoute).collect();
    assert!(!off.is_empty() && off.iter().all(|episode| episode.start < change.from), "5 km off is nobody afterwards");
    let (before, after): (Vec<_>, Vec<_>) = found.iter().partition(|episode| episode.start < change.from);
    assert!(before.iter().all(|episode| *episode.parameter_hash == *Policy::default().digest()));
    assert!(!after.is_empty() && after.iter().all(|episode| *episode.parameter_hash == *change.hash));
}

#[test]
fn a_full_quarantine_lets_the_idlest_go() {
    // Proves: the number of unknown terminals in the engine is bounded, and who leaves is told to the store.
    let mut engine = Engine::new();
    let mut out = Outputs::default();
    let zero = Timestamp::parse("2026-11-24T08:00:00+08:00").expect("a time");
    let surplus = 3;
    for number in 0..QUARANTINE_LIMIT + surplus {
        let report = report(zero.as_millis(), at_metres([0.0, 0.0]), 0, 0b11);
        let event = frame_of(&format!("139{number:08}"), &report, SessionTrust::Unauthenticated);
        let seq = Seq(u64::try_from(number).expect("small") + 1);
        let received = zero + Span::from_millis(i64::try_from(number).expect("small"));
        engine.apply(&Input { seq, received, event }, &mut out).expect("applies");
    }
    assert_eq!(engine.terminals().count(), QUARANTINE_LIMIT);
    let gone: Vec<String> = out.gone.iter().map(ToString::to_string).collect();
    assert_eq!(gone, ["13900000000", "13900000001", "13900000002"]);
    assert!(out.gone.iter().all(|terminal| !out.dirty.contains(terminal)));
}

#[test]
fn split_batches_are_judged_like_whole_ones() {
    // Proves: packets in any order, some of them twice, with restarts between, are the positions they carry; live and late.
    let scene = day();
    let truth = judge(&scene.inputs()).expect("judges");
    for seed in 0..3 {
        let mut dice = Dice(seed + 50);
        let mut journal = start(&scene, &scene.ledger);
        let positions = scene.positions();
        let mut late: Vec<Event> = Vec::new();
        for chunk in positions.chunks(40) {
            let reports: Vec<_> = chunk.iter().map(|sent| sent.report.clone()).collect();
            let mut packets = split_batch(&reports, 300 + dice.below(400));
            let again = packets[dice.below(packets.len())].clone();
            dice.shuffle(&mut packets);
            packets.insert(dice.below(packets.len()), again);
            if dice.below(4) == 0 {
                late.extend(packets);
                continue;
            }
            let received = made(&scene, chunk.last().expect("a chunk has fixes"));
            for packet in packets {
                journal.push(received, packet);
            }
            journal.push(received, Event::Tick);
        }
        for packet in late {
            journal.push(journal.now, packet);
        }
        journal.close();
        let mut bench = Bench::new();
        for (place, input) in journal.list.iter().enumerate() {
            bench.apply(input);
            if place % 5 == 0 {
                bench.restart();
            }
        }
        assert_eq!(judge(&journal.list).expect("judges"), truth, "the definition, seed {seed}");
        assert_eq!(bench.canonical(), truth, "the increments, seed {seed}");
    }
}

#[test]
fn who_left_the_quarantine_and_comes_back_is_who_it_was() {
    // Proves: a black truck flooded out of the engine finds its rows again, and none overlap.
    let scene = day();
    let unknown = MiniLedger { unknown_terminal: true, ..scene.ledger.clone() };
    let mut journal = start(&scene, &unknown);
    let positions = scene.positions();
    let (before, after) = positions.split_at(positions.len() / 2);
    for sent in before {
        journal.push(made(&scene, sent), frame(&sent.report, sent.trust));
    }
    let flood = journal.now;
    for number in 0..=QUARANTINE_LIMIT {
        let report = report(flood.as_millis(), at_metres([0.0, 0.0]), 0, 0b11);
        journal.push(flood, frame_of(&format!("138{number:08}"), &report, SessionTrust::Unauthenticated));
    }
    let (again, rest) = after.split_at(50);
    for sent in before.iter().rev().take(100).chain(again).chain(rest) {
        let received = made(&scene, sent);
        journal.push(received, frame(&sent.report, sent.trust));
        journal.push(received, Event::Tick);
    }
    journal.close();
    let bench = played(&journal.list);
    let truth = judge(&journal.list).expect("judges");
    assert!(truth.len() > 5);
    assert_eq!(bench.canonical(), truth);
    bench.assert_no_overlap();
}

#[test]
fn a_fitting_that_moved_makes_no_two_findings_of_one_truck() {
    // Proves: orders of one revision are taken together, though one of the terminals is busy with late fixes.
    let scene = day();
    let whole = scene.ledger.ledger();
    let mut other = whole.clone();
    for fitting in &mut other.fittings {
        fitting.terminal = "13900000002".parse().expect("digits");
    }
    let mut journal = start(&scene, &scene.ledger);
    let half = scene.positions().len() / 2;
    for (place, sent) in scene.positions().iter().enumerate() {
        journal.push(made(&scene, sent), frame(&sent.report, sent.trust));
        let twin =
            report(sent.report.time.unix_ms().expect("a time") + 1000, at_metres([0.0, 3.0]), 0, sent.report.status.0);
        journal.push(
            made(&scene, sent),
            frame_of("13900000002", if place < half { &sent.report } else { &twin }, sent.trust),
        );
        if place == half {
            journal.push(journal.now, Event::LedgerRevised(revision(2, other.clone())));
        }
        if place > half {
            let old = &scene.positions()[place - half].report;
            let late = report(old.time.unix_ms().expect("a time") + 3000, at_metres([1.0, 1.0]), 0, old.status.0);
            journal.push(journal.now, frame(&late, sent.trust));
        }
        journal.push(journal.now, Event::Tick);
        if place > half + 70 {
            break;
        }
    }
    let mut bench = Bench::new();
    for input in &journal.list {
        bench.apply(input);
        bench.assert_no_overlap();
    }
    journal.close();
    bench.run(&journal.list[bench.inputs.len()..]);
    assert_eq!(bench.canonical(), judge(&journal.list).expect("judges"));
    bench.assert_no_overlap();
}
