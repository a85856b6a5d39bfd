//! The simulated day in memory: what the core makes of it, against what really happened.

#[path = "scene/worker.rs"]
mod worker;

use muckwatch::{
    engine::{canonical::Canonical, judge::judge},
    model::{
        ids::{Revision, Seq},
        input::{Event, Input, LedgerRevision},
        time::{Span, Timestamp},
    },
    rules::observation::{Object, Subject},
    sim::{
        calendar,
        dice::Dice,
        district::Demo,
        offline::arrivals,
        score::{Finding, Score, score},
        script::{Day, play},
        truth::{Breach, Party},
    },
    track::grade::Grade,
};
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};
use worker::Bench;

const DATE: &str = "2026-11-23";
/// The seed of the demo.
const STANDARD: u64 = 7;

struct Played {
    demo: Demo,
    day: Day,
    inputs: Vec<Input>,
}

/// The journal of the day: the ledger, every frame as it came, a tick a simulated minute, and one long after the end.
fn played(seed: u64) -> Played {
    let demo = Demo::invent(seed, calendar::Day::parse(DATE).expect("a date"));
    let day = play(&demo);
    let (start, end) = (demo.day.start(), demo.day.end());
    let mut events = vec![(start - Span::from_secs(60), revision(&demo))];
    events.extend(arrivals(&day).into_iter().map(|arrival| (arrival.received, arrival.event)));
    events.extend((0..1440).map(|minute| (start + Span::from_secs(60 * minute), Event::Tick)));
    events.push((end + Span::from_secs(7200), Event::Tick));
    events.sort_by_key(|(received, _)| *received);
    let inputs = (1..).zip(events).map(|(seq, (received, event))| Input { seq: Seq(seq), received, event }).collect();
    Played { demo, day, inputs }
}

fn revision(demo: &Demo) -> Event {
    let (author, ledger) = ("simulator".to_owned(), demo.ledger());
    Event::LedgerRevised(Arc::new(LedgerRevision { revision: Revision(1), author, ledger }))
}

fn finding(found: &Canonical) -> Finding {
    let subject = match &found.subject {
        Subject::Terminal(terminal) => Party::terminal(*terminal),
        Subject::Vehicle(vehicle) => Party::vehicle(vehicle),
    };
    let object = match &found.object {
        Object::Nothing => None,
        Object::Company(company) => Some(Party::company(company)),
        Object::Site(site) => Some(Party::site(site)),
        Object::Zone(zone) => Some(Party::zone(zone)),
    };
    Finding {
        rule: found.rule.code().to_owned(),
        subject,
        object,
        from: found.start,
        to: found.end.unwrap_or(Timestamp::from_millis(i64::MAX)),
        lead: found.grade == Grade::C,
    }
}

fn findings(played: &Played) -> Vec<Finding> {
    judge(&played.inputs).expect("a usable ledger").iter().map(finding).collect()
}

fn explain(seed: u64, played: &Played, findings: &[Finding], score: &Score) {
    println!("seed {seed}\n{}", score.table());
    let part = |id: &str| {
        let of = |m: &&muckwatch::sim::fleet::Member| m.vehicle.as_str() == id || m.terminal.to_string() == id;
        played.demo.members.iter().find(of).map(|m| m.part)
    };
    for deed in &score.misses {
        println!("missed {deed:?} {} .. {}\n    {:?}", deed.from, deed.to, part(&deed.subject.id));
        for near in findings.iter().filter(|near| near.subject == deed.subject) {
            println!("    found {} {:?} {} .. {}", near.rule, near.object, near.from, near.to);
        }
    }
    for alarm in &score.alarms {
        println!("false alarm {alarm:?} {} .. {}\n    {:?}", alarm.from, alarm.to, part(&alarm.subject.id));
    }
}

/// Seeds to judge: `MUCKWATCH_SEEDS=1..9` looks at more days than the standard one.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let wish = std::env::var("MUCKWATCH_SEEDS").unwrap_or_default();
    let bounds = wish.split_once("..").and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    bounds.map_or(STANDARD..=STANDARD, |(low, high)| low..=high)
}

#[test]
fn the_standard_day_is_judged_as_it_was() {
    // Proves: of the standard day every deed is found and nothing else is.
    let mut tables = Vec::new();
    for seed in seeds() {
        let played = played(seed);
        let findings = findings(&played);
        let score = score(&played.day.truth, &findings);
        explain(seed, &played, &findings, &score);
        for breach in Breach::ALL {
            let tally = score.firm[breach.rule()];
            assert!(tally.found >= 3, "seed {seed}: {} has {tally:?} beyond a lead", breach.rule());
        }
        if !score.is_perfect() {
            tables.push(format!("seed {seed}\n{}", score.table()));
        }
    }
    assert!(tables.is_empty(), "{}", tables.join("\n"));
}

#[test]
fn live_judging_with_restarts_says_what_the_definition_says() {
    // Proves: the day taken in as it arrived, backfill and wrong order included, with a restart now and then, ends in the list
    // that one fold over everything gives.
    let played = played(STANDARD);
    let mut bench = Bench::new();
    for (index, input) in played.inputs.iter().enumerate() {
        bench.apply(input);
        if index % 9000 == 8999 {
            bench.restart();
        }
    }
    println!("{} re-judgements", bench.rejudged);
    assert!(bench.rejudged > 0);
    bench.assert_no_overlap();
    assert_eq!(bench.canonical(), judge(&played.inputs).expect("a usable ledger"));
}

/// One device's frames of the standard day, shuffled, some of them twice, all received after the day has ended.
fn shuffled(played: &Played, device: u64, seed: u64, twice: f64) -> Vec<Input> {
    let mut dice = Dice::new(seed, "shuffle");
    let mine = |input: &&Input| matches!(&input.event, Event::Frame(raw) if raw.connection.0 / 1000 == device);
    let mut frames: Vec<(i64, Event)> = Vec::new();
    for input in played.inputs.iter().filter(mine) {
        for _ in 0..if dice.happens(twice) { 2 } else { 1 } {
            frames.push((dice.whole(0, 1 << 40), input.event.clone()));
        }
    }
    frames.sort_by_key(|(key, _)| *key);
    let mut events = vec![revision(&played.demo)];
    for (index, (_, event)) in frames.into_iter().enumerate() {
        events.push(event);
        if index % 97 == 96 {
            events.push(Event::Tick);
        }
    }
    events.extend((0..90).map(|_| Event::Tick));
    let begin = played.demo.day.end() + Span::from_secs(300);
    let received = |seq: u64| begin + Span::from_millis(20 * i64::try_from(seq).expect("a short list"));
    let mut inputs: Vec<Input> =
        (1..).zip(events).map(|(seq, event)| Input { seq: Seq(seq), received: received(seq), event }).collect();
    if let Some(last) = inputs.last_mut() {
        last.received = last.received + Span::from_secs(7200);
    }
    inputs
}

fn standard() -> &'static Played {
    static DAY: OnceLock<Played> = OnceLock::new();
    DAY.get_or_init(|| played(STANDARD))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    // Proves: any order and any repetition of a device's day, received after its end, ends in the same canonical list as the
    // day in order, by the definition and by the engine with its late lane.
    #[test]
    fn order_and_repetition_of_arrivals_change_nothing(device in 1_u64..=70, seed in any::<u64>(), twice in 0.0..0.5) {
        let played = standard();
        let inputs = shuffled(played, device, seed, twice);
        let mine = |input: &&Input| match &input.event {
            Event::Frame(raw) => raw.connection.0 / 1000 == device,
            _ => true,
        };
        let in_order: Vec<Input> = played.inputs.iter().filter(mine).cloned().collect();
        let expected = judge(&in_order).expect("a usable ledger");
        prop_assert_eq!(&judge(&inputs).expect("a usable ledger"), &expected);
        let mut bench = Bench::new();
        bench.run(&inputs);
        prop_assert_eq!(bench.canonical(), expected);
    }
}
