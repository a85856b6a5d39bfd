use super::*;
use crate::sim::{calendar, faults::Act, offline::arrivals};
use jt808::{
    frame::Frame,
    location::LocationReport,
    messages::{BatchKind, Message},
};
use std::collections::BTreeSet;

fn demo(seed: u64) -> Demo {
    Demo::invent(seed, calendar::Day::parse("2026-11-23").expect("a date"))
}

fn reports(message: &Message) -> Vec<LocationReport> {
    match message {
        Message::Location(report) => vec![report.clone()],
        Message::Batch(batch) => batch.reports().map(|report| report.expect("our own report")).collect(),
        _ => Vec::new(),
    }
}

fn event_time(report: &LocationReport) -> Timestamp {
    Timestamp::from_millis(report.time.unix_ms().expect("a possible time"))
}

#[test]
fn the_seed_alone_decides_what_is_sent() {
    // Proves: two plays of one seed send the same bytes at the same times; another seed does not.
    let bytes = |seed| arrivals(&play(&demo(seed))).into_iter().map(|a| (a.received, a.event)).collect::<Vec<_>>();
    let first = bytes(1);
    println!("{} recorded frames", first.len());
    assert!(first == bytes(1));
    assert!(first != bytes(2));
}

#[test]
fn every_reading_is_sent_over_an_open_connection_and_never_before_it_was_taken() {
    // Proves: no step sends while offline, no report leaves before its time, and nothing that was measured is lost.
    let demo = demo(3);
    for (member, diary) in demo.members.iter().zip(live(&demo)) {
        let script = script(&demo, member, &diary, member.terminal);
        let (mut online, mut sent) = (false, BTreeSet::new());
        for step in &script.steps {
            match &step.act {
                Act::Connect => online = true,
                Act::Disconnect => online = false,
                Act::Repeat => assert!(online, "{}", script.terminal),
                Act::Send(message) => {
                    assert!(online, "{} at {}", script.terminal, step.at);
                    for report in reports(message) {
                        assert!(event_time(&report) <= step.at, "{} at {}", script.terminal, step.at);
                        sent.insert(report.to_body());
                    }
                }
            }
        }
        let mut dice = Dice::new(demo.seed, &format!("device {}", member.terminal));
        let taken = readings(&member.part, &diary, &mut dice);
        let missing = taken.iter().filter(|reading| !sent.contains(&reading.report.to_body())).count();
        assert_eq!(missing, 0, "{:?} of {}", member.part, taken.len());
    }
}

#[test]
fn the_day_has_all_editions_and_all_dirt() {
    // Proves: three editions, both kinds of batch, repeats, reconnections, late and unordered positions all occur.
    let day = play(&demo(1));
    let editions: BTreeSet<_> = day.scripts.iter().map(|script| script.edition).collect();
    assert_eq!(editions.len(), 3);
    let steps = || day.scripts.iter().flat_map(|script| &script.steps);
    let batch = |wanted: BatchKind| {
        steps().any(|step| matches!(&step.act, Act::Send(Message::Batch(batch)) if batch.kind == wanted))
    };
    assert!(batch(BatchKind::Normal) && batch(BatchKind::Backfill));
    assert!(steps().any(|step| matches!(step.act, Act::Repeat)));
    assert!(steps().any(|step| matches!(step.act, Act::Disconnect)));
    assert!(steps().any(|step| matches!(step.act, Act::Send(Message::Heartbeat))));
    let unordered = day.scripts.iter().any(|script| {
        let live: Vec<_> =
            script.steps.iter().filter(|step| matches!(step.act, Act::Send(Message::Location(_)))).collect();
        let time = |step: &Step| match &step.act {
            Act::Send(message) => reports(message).first().map(event_time),
            _ => None,
        };
        live.windows(2).any(|pair| time(pair[0]) > time(pair[1]))
    });
    assert!(unordered);
}

#[test]
fn every_frame_is_a_good_frame() {
    // Proves: what the simulator sends decodes to itself with jt808's own reader, header and body.
    for arrival in arrivals(&play(&demo(5))) {
        let crate::model::input::Event::Frame(raw) = arrival.event else { continue };
        let frame = Frame::from_wire(raw.raw).expect("a good frame");
        frame.decode().expect("a good body").exact().expect("nothing behind it");
    }
}
