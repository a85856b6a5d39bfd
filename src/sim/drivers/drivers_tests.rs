use super::*;
use crate::sim::{calendar::Day, cast::Errand};
use std::collections::BTreeMap;

fn demo(seed: u64) -> Demo {
    Demo::invent(seed, Day::parse("2026-11-23").expect("a date"))
}

#[test]
fn every_breach_is_committed_several_times() {
    // Proves: for several seeds all seven breaches happen at least three times beyond argument, and edge acts are marked.
    for seed in 0..4 {
        let demo = demo(seed);
        let mut counts = BTreeMap::new();
        let mut edges = 0;
        for deed in live(&demo).into_iter().flat_map(|diary| diary.deeds) {
            assert!(deed.from < deed.to, "seed {seed}: {deed:?}");
            assert!(deed.from >= demo.day.start() && deed.to <= demo.day.end(), "seed {seed}: {deed:?}");
            if deed.ambiguous { edges += 1 } else { *counts.entry(deed.rule).or_insert(0) += 1 }
        }
        for breach in Breach::ALL {
            assert!(counts.get(&breach).copied().unwrap_or(0) >= 3, "seed {seed}: {breach:?} in {counts:?}");
        }
        assert!(edges >= 3, "seed {seed}");
    }
}

#[test]
fn the_innocent_have_no_deeds_and_keep_to_their_hours() {
    // Proves: honest drivers commit nothing, and load and haul inside their windows (with the tolerance).
    for seed in 0..4 {
        let demo = demo(seed);
        for (member, diary) in demo.members.iter().zip(live(&demo)) {
            let Role::Honest(quirk) = member.part.role else { continue };
            assert_eq!(diary.deeds, [], "seed {seed}: {quirk:?}");
            let window = member.part.shift.window();
            let seconds = diary.journey.now().since(demo.day.start()).as_millis() / 1000;
            for at in (0..seconds).map(|second| demo.day.start() + Span::from_secs(second)) {
                let motion = diary.journey.at(at).expect("within the day");
                let loaded_drive = motion.load == LoadSignal::Full && motion.kmh > 5.0;
                let tolerated = window.open_at(at - Span::from_secs(14 * 60));
                assert!(!loaded_drive || window.open_at(at) || tolerated, "seed {seed}: {quirk:?} at {at}");
            }
        }
    }
}

#[test]
fn the_day_ends_for_everybody() {
    // Proves: plans fit into the day, and the yellow errands end where they began.
    for seed in 0..4 {
        let demo = demo(seed);
        for (member, diary) in demo.members.iter().zip(live(&demo)) {
            assert!(
                diary.journey.now() < demo.day.end(),
                "seed {seed}: {:?} until {}",
                member.part,
                diary.journey.now()
            );
            if let Role::Yellow(errand) = member.part.role
                && errand != Errand::ParkedInside
            {
                let (first, _) = diary.journey.span();
                let begin = diary.journey.at(first).expect("a beginning").place;
                assert!(begin.distance(diary.journey.last().place) < 60.0, "seed {seed}: {errand:?}");
            }
        }
    }
}
