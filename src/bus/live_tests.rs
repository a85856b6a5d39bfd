use super::*;

fn position(terminal: &str, seq: u64, speed: u16) -> Position {
    Position {
        terminal: terminal.parse().expect("digits"),
        vehicle: None,
        plate: None,
        seq: Seq(seq),
        at: Timestamp::from_millis(0),
        received: Timestamp::from_millis(0),
        place: Wgs84::default(),
        speed: Speed(speed),
        heading: Heading(0),
        load: LoadSignal::Unknown,
        quality: PositionQuality::Good,
        alarm: AlarmMark::Quiet,
    }
}

fn alarm(append: u64) -> Alarm<u64> {
    Alarm { append, event: append * 10 }
}

#[test]
fn the_latest_position_wins_and_only_changes_are_told() {
    // Proves: a reader that skipped sees each slot once, with its newest value, and an older frame never overwrites a newer.
    let live = Live::<u64>::new(LiveLimits::default());
    live.publish_positions([position("1", 1, 10), position("2", 2, 20), position("1", 3, 30)]);
    live.publish_positions([position("1", 2, 99)]);
    let (version, all) = live.changed_since(0);
    let speeds: Vec<_> = all.iter().map(|change| (change.slot, change.position.speed.0)).collect();
    assert_eq!(speeds, [(0, 30), (1, 20)]);
    assert_eq!(live.changed_since(version).1, []);
    live.publish_positions([position("2", 9, 21)]);
    assert_eq!(live.changed_since(version).1.len(), 1);
}

#[test]
fn slots_are_bounded() {
    // Proves: a flood of unknown terminals cannot grow the board without end, and those on it keep moving.
    let live = Live::<u64>::new(LiveLimits { slots_max: 2, alarms_max: 1 });
    live.publish_positions((1..=5).map(|n| position(&n.to_string(), n, 1)));
    assert_eq!(live.changed_since(0).1.len(), 2);
    live.publish_positions([position("2", 9, 7)]);
    assert_eq!(live.position("2".parse().expect("digits")).map(|held| held.speed), Some(Speed(7)));
}

#[test]
fn a_reader_resumes_or_learns_that_it_cannot() {
    // Proves: alarms after a number come back in order, redelivery adds none, and a ring that no longer reaches says so.
    let live = Live::<u64>::new(LiveLimits { slots_max: 1, alarms_max: 2 });
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
