use super::*;

/// A note that counts.
#[derive(Clone, Debug, PartialEq)]
struct Count(u32);

impl Note for Count {
    fn join(&mut self, later: &Self) {
        self.0 += later.0;
    }
}

const LIMITS: Limits = Limits {
    enter_after_s: 60,
    enter_fixes: 3,
    enter_distance_m: 100.0,
    exit_after_s: 60,
    exit_fixes: 2,
    merge_gap_s: 180,
};

/// Plays fixes `(second, what holds)` of a truck at 10 m/s; gives `O start`, `C start-end`, `S start`.
fn play(track: &[(i64, Option<Strength>)]) -> Vec<String> {
    let (mut interval, mut told, mut before) = (Interval::new(), Vec::new(), None);
    for &(second, strength) in track {
        let link = before.map_or(Link::Broken, |before| match second - before {
            silent if silent > 120 => Link::Broken,
            passed => Link::After(passed * 1000),
        });
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let moved = before.map_or(0.0, |before: i64| (second - before) as f64 * 10.0);
        before = Some(second);
        let at = Timestamp::from_millis(second * 1000);
        let beat = Beat { at, place: Wgs84::default(), seq: Seq(1), moved, link };
        let sample = strength.map(|strength| Sample { strength, measure: 1.0, grade: Grade::B, note: Count(1) });
        interval.advance(&beat, sample.as_ref(), &LIMITS, &mut |edge| {
            let second = |at: Timestamp| at.as_millis() / 1000;
            told.extend(match edge {
                Edge::Opened(stretch) => Some(format!("O {}", second(stretch.start))),
                Edge::Grew(_) => None,
                Edge::Closed(stretch, reason) => {
                    Some(format!("C {}-{} {reason:?}", second(stretch.start), second(stretch.last)))
                }
                Edge::Settled(start) => Some(format!("S {}", second(start))),
            });
        });
    }
    told
}

fn every(from: i64, to: i64, strength: Option<Strength>) -> Vec<(i64, Option<Strength>)> {
    (from..=to).step_by(30).map(|second| (second, strength)).collect()
}

const STRONG: Option<Strength> = Some(Strength::Strong);
const WEAK: Option<Strength> = Some(Strength::Weak);

#[test]
fn entering_needs_time_and_fixes_and_way() {
    // Proves: each of the three alone is too little; leaving takes two misses; the end is the last fix at which it held.
    assert_eq!(play(&[every(0, 30, STRONG), every(60, 120, None)].concat()), Vec::<String>::new());
    assert_eq!(play(&[(0, STRONG), (60, STRONG)]), Vec::<String>::new());
    assert_eq!(play(&[every(0, 60, STRONG), every(90, 120, None)].concat()), ["O 0", "C 0-60 Left"]);
    assert_eq!(play(&[every(0, 60, STRONG), every(90, 90, None), every(120, 120, STRONG)].concat()), ["O 0"]);
}

#[test]
fn weak_keeps_open_and_opens_nothing() {
    // Proves: two-sided hysteresis: 60 m off never begins it and never ends it.
    assert_eq!(play(&every(0, 600, WEAK)), Vec::<String>::new());
    assert_eq!(play(&[every(0, 60, STRONG), every(90, 600, WEAK)].concat()), ["O 0"]);
    let broken = [every(0, 30, STRONG), every(60, 60, WEAK), every(90, 120, STRONG)].concat();
    assert_eq!(play(&broken), Vec::<String>::new(), "and it breaks an entry");
}

#[test]
fn a_pause_is_neither() {
    // Proves: a stop at a light leaves entry and episode as they are.
    let pause = Some(Strength::Pause);
    assert_eq!(play(&[every(0, 30, STRONG), every(60, 120, pause), every(150, 150, STRONG)].concat()), ["O 0"]);
    assert_eq!(play(&every(0, 600, pause)), Vec::<String>::new());
}

#[test]
fn an_interruption_is_merged_a_pause_beyond_the_limit_is_not() {
    // Proves: what re-opens within the merge gap is the same episode; later it is another, and the first is settled.
    let first = [every(0, 60, STRONG), every(90, 150, None)].concat();
    assert_eq!(play(&[&first[..], &every(180, 240, STRONG)].concat()), ["O 0", "C 0-60 Left"]);
    let apart = play(&[&first[..], &every(180, 240, None), &every(270, 330, STRONG)].concat());
    assert_eq!(apart, ["O 0", "C 0-60 Left", "S 0", "O 270"]);
}

#[test]
fn a_silence_ends_it_and_nothing_merges_across() {
    // Proves: nothing is assumed to have held across a gap; what follows is another episode, with unknown onset.
    let told = play(&[every(0, 90, STRONG), every(300, 390, STRONG)].concat());
    assert_eq!(told, ["O 0", "C 0-90 Gap", "S 0", "O 300"]);
}

#[test]
fn what_rests_on_sparse_fixes_is_a_lead() {
    // Proves: no interval inside over 120 s for grade B (rules.md 0.6), and the note of every fix is in it.
    let mut interval = Interval::new();
    let mut last = None;
    for (second, link) in
        [(0, Link::Broken), (60, Link::After(60_000)), (120, Link::After(60_000)), (300, Link::After(180_000))]
    {
        let at = Timestamp::from_millis(second * 1000);
        let beat = Beat { at, place: Wgs84::default(), seq: Seq(1), moved: 500.0, link };
        let sample = Sample { strength: Strength::Strong, measure: 1.0, grade: Grade::A, note: Count(1) };
        interval.advance(&beat, Some(&sample), &LIMITS, &mut |edge| {
            if let Edge::Opened(stretch) | Edge::Grew(stretch) = edge {
                last = Some((stretch.grade, stretch.note, stretch.onset));
            }
        });
        if second == 120 {
            assert_eq!(last, Some((Grade::A, Count(3), Onset::Unknown)));
        }
    }
    assert_eq!(last, Some((Grade::C, Count(4), Onset::Unknown)));
}
