use super::*;
use crate::{
    cases::{
        change::{Cause, Correction},
        id::EpisodeId,
        row::{EpisodeRow, EpisodeState, Found},
    },
    engine::output::LiveStatus,
    model::{
        ids::Revision,
        place::Wgs84,
        units::{Heading, Speed},
    },
    rules::{
        RuleId,
        finding::Notes,
        observation::{Object, Subject},
        spec::Severity,
    },
    track::{
        grade::Grade,
        interval::{Onset, Peak, Stretch},
    },
};

fn position(terminal: &str, at: i64, speed: u16) -> LivePosition {
    LivePosition {
        terminal: terminal.parse().expect("digits"),
        vehicle: None,
        plate: None,
        at: Timestamp::from_millis(at),
        received: Timestamp::from_millis(at + 5),
        place: Wgs84::default(),
        speed: Speed(speed),
        heading: Heading(0),
        status: LiveStatus::default(),
    }
}

fn alarm(append: u64) -> Alarm {
    let (start, place) = (Timestamp::from_millis(0), Wgs84::default());
    let terminal: TerminalId = "1".parse().expect("a digit");
    let (rule, subject, object) = (RuleId::UnknownTerminal, Subject::Terminal(terminal), Object::Nothing);
    let stretch = Stretch {
        start,
        last: start,
        place,
        fixes: 1,
        driven_m: 0.0,
        peak: Peak { value: 0.0, at: start, place },
        grade: Grade::B,
        silence_ms: 0,
        onset: Onset::Observed,
        first: Seq(1),
        note: Notes::default(),
    };
    let row = EpisodeRow {
        id: EpisodeId::derive(rule, &subject, &object, start, Seq(1)),
        terminal,
        found: Found {
            rule,
            subject,
            object,
            stretch,
            end: None,
            settled: None,
            severity: Severity::Minor,
            why: Vec::new(),
            parameter_hash: Arc::from(""),
        },
        state: EpisodeState::Suspected,
        ledger_revision: Revision(1),
        opened: Seq(1),
        opened_at: start,
        late: false,
        permit_backdated: None,
        superseded_by: None,
    };
    Alarm {
        append,
        change: EpisodeChange { row, correction: Correction::Opened, cause: Cause::Live, seq: Seq(1), at: start },
    }
}

#[test]
fn the_newest_event_time_wins_and_only_changes_are_told() {
    // Proves: a reader that skipped sees each slot once with its newest value, and a backfilled old fix moves no truck.
    let live = Live::new(LiveLimits::default());
    live.publish_positions([position("1", 10, 10), position("2", 20, 20), position("1", 30, 30)]);
    let old = LivePosition { received: Timestamp::from_millis(90), ..position("1", 15, 99) };
    live.publish_positions([old]);
    let (version, all) = live.changed_since(0);
    let speeds: Vec<_> = all.iter().map(|slot| (slot.slot, slot.position.speed.0, slot.received.as_millis())).collect();
    assert_eq!(speeds, [(0, 30, 90), (1, 20, 25)]);
    assert_eq!(live.changed_since(version).1, []);
    live.publish_positions([position("2", 40, 21)]);
    assert_eq!(live.changed_since(version).1.len(), 1);
}

#[test]
fn a_refused_position_is_told_but_moves_nothing() {
    // Proves: the place stays that of the last good fix, and the mark comes and goes with the newest one.
    let live = Live::new(LiveLimits::default());
    let mut bad = position("1", 20, 99);
    bad.status.rejected = true;
    live.publish_positions([position("1", 10, 10), bad]);
    let slot = live.slot("1".parse().expect("a digit")).expect("on the board");
    assert_eq!((slot.position.speed.0, slot.rejected), (10, true));
    live.publish_positions([position("1", 30, 30)]);
    let slot = live.slot("1".parse().expect("a digit")).expect("on the board");
    assert_eq!((slot.position.speed.0, slot.rejected), (30, false));
}

#[test]
fn slots_are_bounded() {
    // Proves: a flood of unknown terminals cannot grow the board without end, and those on it keep moving.
    let live = Live::new(LiveLimits { slots_max: 2, alarms_max: 1 });
    live.publish_positions((1..=5).map(|n| position(&n.to_string(), n, 1)));
    assert_eq!(live.changed_since(0).1.len(), 2);
    live.publish_positions([position("2", 9, 7)]);
    assert_eq!(live.slot("2".parse().expect("a digit")).map(|held| held.position.speed), Some(Speed(7)));
    assert_eq!(live.slot("4".parse().expect("a digit")), None);
}

#[test]
fn a_reader_resumes_or_learns_that_it_cannot() {
    // Proves: alarms after a number come back in order, redelivery adds none, and a ring that no longer reaches says so.
    let live = Live::new(LiveLimits { slots_max: 1, alarms_max: 2 });
    live.publish_alarms([alarm(3), alarm(5)]);
    live.publish_alarms([alarm(5)]);
    let unseen = live.alarms_after(3, 10);
    assert_eq!(unseen.alarms.iter().map(|alarm| alarm.append).collect::<Vec<_>>(), [5]);
    assert_eq!(unseen.forgotten, None);
    live.publish_alarms([alarm(8)]);
    assert_eq!(live.alarms_after(1, 10).forgotten, Some(3));
    assert_eq!(live.alarms_after(3, 10).forgotten, None);
    assert_eq!(live.newest_append(), 8);
}
