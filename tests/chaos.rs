//! Tracks without rhyme or reason, arriving anyhow: the increments must still say what the definition says.

#[expect(dead_code, reason = "each test file uses its part of the stage")]
mod scene;

use jt808::location::{LocationReport, StatusFlags};
use muckwatch::{
    engine::judge::judge,
    model::{
        fix::SessionTrust,
        input::Event,
        time::{Span, Timestamp},
    },
};
use scene::{Journal, MiniLedger, at_metres, batch, frame, report, revision, worker::Bench};

const POSITIONS: usize = 500;
/// `MUCKWATCH_CHAOS=1000 cargo test --test chaos` looks longer.
const SEEDS: u64 = 12;

/// Small numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn once_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(i64::try_from(of.len()).expect("short"))).expect("positive")]
    }
}

fn ledgers() -> [MiniLedger; 4] {
    let full = serde_json::json!({
        "labels": [["yellow", "2009-01-01T00:00:00+08:00"]],
        "sites": [{ "id": "S1", "sw": [-150, -150], "ne": [150, 150] }, { "id": "S2", "sw": [1500, 200], "ne": [1900, 600] }],
        "disposal_sites": [{ "id": "D1", "sw": [3900, -150], "ne": [4200, 150] }],
        "depots": [{ "id": "P1", "sw": [2400, -100], "ne": [2600, 100] }],
        "zones": [{ "id": "Z1", "sw": [1000, -800], "ne": [2200, 800] }, { "id": "Z2", "sw": [2000, -800], "ne": [3000, 100] }],
        "approvals": [{
            "id": "A1", "load_site": "S1", "disposal_site": "D1", "route": [[0, 0], [4000, 0]], "all_driving": true,
            "windows": [{ "days": 127, "from_minute": 420, "to_minute": 720 }],
        }],
    });
    let full: MiniLedger = serde_json::from_value(full).expect("a ledger");
    let bare = MiniLedger { approvals: Vec::new(), company_papers: Some(Vec::new()), ..full.clone() };
    let unknown = MiniLedger { unknown_terminal: true, ..full.clone() };
    let blind = MiniLedger { no_load_sensor: true, ..full.clone() };
    [full, bare, unknown, blind]
}

/// A truck that drives and stands at a whim, with a bouncing sensor, spikes, silences and two positions in one second.
fn track(dice: &mut Dice, zero: Timestamp) -> Vec<LocationReport> {
    let (mut second, mut at, mut heading, mut speed, mut full) = (0_i64, [0.0, 0.0], 1.0, 0.0, false);
    let mut reports = Vec::with_capacity(POSITIONS);
    for _ in 0..POSITIONS {
        let step = dice.one(&[0, 5, 10, 10, 10, 10, 15, 30, 30, 60]);
        let step = if dice.once_in(60) { dice.one(&[130, 400, 1500, 5000]) } else { step };
        second += step;
        if dice.once_in(12) {
            speed = dice.one(&[0.0, 0.0, 3.0, 8.0, 12.0]);
        }
        if !(-200.0..=4300.0).contains(&at[0]) || dice.once_in(40) {
            heading = if at[0] > 2000.0 { -1.0 } else { 1.0 };
        }
        full ^= dice.once_in(if full { 40 } else { 25 });
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let (passed, aside) = (step as f64, dice.below(60) as f64 - 30.0);
        at[0] += heading * speed * passed.min(60.0);
        at[1] = (at[1] + if speed > 0.0 { aside } else { 0.0 }).clamp(-900.0, 900.0);
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let noise = [dice.below(20) as f64, dice.below(20) as f64];
        let seen =
            if dice.once_in(50) { [at[0] + 4000.0, at[1] - 150.0] } else { [at[0] + noise[0], at[1] + noise[1]] };
        let mut status = if dice.once_in(80) { 0 } else { StatusFlags::POSITIONED };
        status |= if dice.once_in(10) { 0 } else { StatusFlags::ACC_ON };
        status |= if full { StatusFlags::FULL } else { 0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, positive")]
        let tenths = (speed * 36.0) as u16;
        reports.push(report(zero.as_millis() + second * 1000, at_metres(seen), tenths, status));
    }
    reports
}

/// Everything arrives at its time or hours later, alone or in batches, some of it twice, with ticks and new ledgers between.
fn journal(dice: &mut Dice) -> Journal {
    let zero = Timestamp::parse("2026-11-24T05:30:00+08:00").expect("a time");
    let mut arrivals: Vec<(i64, Event)> = Vec::new();
    for report in track(dice, zero) {
        let made = report.time.unix_ms().expect("a time") + 1000;
        for _ in 0..if dice.once_in(15) { 2 } else { 1 } {
            let delay = if dice.once_in(8) { dice.below(7_200_000) } else { dice.below(20_000) };
            let trust = if dice.once_in(100) { SessionTrust::Unauthenticated } else { SessionTrust::Authenticated };
            let event = if dice.once_in(4) { batch(std::slice::from_ref(&report)) } else { frame(&report, trust) };
            arrivals.push((made + delay, event));
        }
    }
    let end = arrivals.iter().map(|(received, _)| *received).max().unwrap_or_default();
    arrivals.extend((zero.as_millis()..end).step_by(20_000).map(|received| (received, Event::Tick)));
    arrivals.sort_by_key(|(received, _)| *received);
    let ledgers = ledgers();
    let mut journal = Journal::new(zero - Span::from_secs(60));
    journal.push(
        journal.now,
        Event::LedgerRevised(revision(1, dice.one(&[&ledgers[0], &ledgers[1], &ledgers[2]]).ledger())),
    );
    let mut number = 1;
    for (received, event) in arrivals {
        if dice.once_in(700) {
            number += 1;
            let ledger = dice.one(&[&ledgers[0], &ledgers[1], &ledgers[2], &ledgers[3]]).ledger();
            journal.push(Timestamp::from_millis(received), Event::LedgerRevised(revision(number, ledger)));
        }
        journal.push(Timestamp::from_millis(received), event);
    }
    journal.close();
    journal.push(journal.now + Span::from_secs(7200), Event::Tick);
    journal
}

#[test]
fn whatever_comes_however_the_increments_agree_with_the_definition() {
    // Proves: no mixture of dirt, lateness, repetition, restarts and ledger revisions makes live judging differ from one fold over
    // the sorted set, nor leaves two live episodes of one matter that overlap.
    let wish = std::env::var("MUCKWATCH_CHAOS").ok().and_then(|wish| wish.parse().ok());
    let (mut found, mut rejudged) = (0, 0);
    for seed in 0..wish.unwrap_or(SEEDS) {
        let mut dice = Dice(seed);
        let journal = journal(&mut dice);
        let mut bench = Bench::new();
        for input in &journal.list {
            bench.apply(input);
            if dice.once_in(300) {
                bench.restart();
            }
        }
        let truth = judge(&journal.list).expect("judges");
        assert_eq!(bench.canonical(), truth, "seed {seed}");
        bench.assert_no_overlap();
        found += truth.len();
        rejudged += bench.rejudged;
    }
    println!("{found} episodes, {rejudged} re-judgements");
    assert!(found > 100 && rejudged > 100, "{found} episodes, {rejudged} re-judgements: the chaos is too tame");
}
