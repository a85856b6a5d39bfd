//! The one interval builder behind every rule (rules.md 0.4): enter slowly, leave slowly, never bridge a gap, merge what
//! was only interrupted. It knows nothing of rules: a note of type `N` travels with each stretch.

use super::grade::Grade;
use crate::model::{ids::Seq, place::Wgs84, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Fixes further apart than this inside a stretch make it grade C (rules.md 0.6), in milliseconds.
const DENSE_MS: i64 = 120_000;

/// When a predicate becomes an episode and when it stops being one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Must hold at least this long, seconds.
    pub enter_after_s: u32,
    /// Must hold at so many fixes.
    pub enter_fixes: u32,
    /// The truck must have driven so far meanwhile, metres.
    pub enter_distance_m: f64,
    /// Ends when it has not held for so long, seconds.
    pub exit_after_s: u32,
    /// Ends when it has not held at so many fixes in a row.
    pub exit_fixes: u32,
    /// A new stretch that begins so soon after the old one's end goes on with it, seconds.
    pub merge_gap_s: u32,
}

/// How clearly something holds at one fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strength {
    /// Says nothing: what is open or entering stays so, and does not grow (a stop at a light).
    Pause,
    /// Keeps open what is open, opens nothing (between 50 m and 80 m off the route).
    Weak,
    /// Opens.
    Strong,
}

/// What travels with a stretch: approvals, reasons, suppressed rules.
pub trait Note: Clone + PartialEq {
    /// Takes in the note of a later fix.
    fn join(&mut self, later: &Self);
}

/// The fix at which something holds.
#[derive(Clone, Debug)]
pub struct Sample<N> {
    /// How clearly.
    pub strength: Strength,
    /// By how much, in the rule's own unit.
    pub measure: f64,
    /// What it rests on.
    pub grade: Grade,
    /// The rule's note.
    pub note: N,
}

/// One fix, as far as intervals care.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    /// Event time.
    pub at: Timestamp,
    /// Where.
    pub place: Wgs84,
    /// The frame it came in.
    pub seq: Seq,
    /// Metres since the good fix before it.
    pub moved: f64,
    /// How it follows the good fix before it.
    pub link: Link,
}

/// How a good fix follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// There is none, or it is too far back: nothing is assumed to have held in between.
    Broken,
    /// So many milliseconds after it.
    After(i64),
}

/// Whether the start was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Onset {
    /// At the fix before, it did not hold.
    Observed,
    /// It held at the first fix after silence; it may have begun earlier.
    Unknown,
}

/// Where something was at its worst.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peak {
    /// The greatest measure, in the rule's own unit.
    pub value: f64,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Wgs84,
}

/// A span over which something held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch<N> {
    /// First fix at which it held.
    pub start: Timestamp,
    /// Last fix at which it held.
    pub last: Timestamp,
    /// Where it began.
    pub place: Wgs84,
    /// Fixes at which it held.
    pub fixes: u32,
    /// Metres driven meanwhile.
    pub driven_m: f64,
    /// The worst of it.
    pub peak: Peak,
    /// The worst grade of its fixes.
    pub grade: Grade,
    /// The longest silence inside, milliseconds.
    pub silence_ms: i64,
    /// Whether the start was seen.
    pub onset: Onset,
    /// Frame of the first fix.
    pub first: Seq,
    /// The rule's note.
    pub note: N,
}

/// Why an episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// It was seen to stop.
    Left,
    /// Silence: what happened after the end is not known.
    Gap,
    /// An event, with its own times.
    Event,
}

/// What happened to an episode at one fix.
#[derive(Clone, Debug, PartialEq)]
pub enum Edge<N> {
    /// It began; the stretch has everything since its start.
    Opened(Stretch<N>),
    /// It goes on.
    Grew(Stretch<N>),
    /// It ended, and may be merged with what follows soon.
    Closed(Stretch<N>, EndReason),
    /// Nothing that follows belongs to it.
    Settled(Timestamp),
}

/// State of one (rule, subject, object).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval<N> {
    /// The episode that is open or may still be merged.
    episode: Option<Stretch<N>>,
    phase: Phase,
    /// Holds, but not long enough yet.
    entry: Option<Stretch<N>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Open,
    Leaving { misses: u32 },
    Ended,
}

impl<N: Note> Interval<N> {
    /// Nothing holds yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { episode: None, phase: Phase::Ended, entry: None }
    }

    /// Whether the state can be forgotten.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.episode.is_none() && self.entry.is_none()
    }

    /// The episode that stands, with its end if it is over but may still be merged.
    #[must_use]
    pub fn standing(&self) -> Option<(&Stretch<N>, Option<EndReason>)> {
        let over = (self.phase == Phase::Ended).then_some(EndReason::Left);
        self.episode.as_ref().map(|stretch| (stretch, over))
    }

    /// Advances by one fix; `sample` is what holds there, if anything does.
    pub fn advance(&mut self, beat: &Beat, sample: Option<&Sample<N>>, limits: &Limits, edge: &mut dyn FnMut(Edge<N>)) {
        if beat.link == Link::Broken {
            self.break_off(edge);
        }
        match sample.map(|sample| (sample, sample.strength)) {
            Some((sample, Strength::Strong)) => self.hold(beat, sample, limits, edge),
            Some((sample, Strength::Weak)) if self.phase != Phase::Ended => self.hold(beat, sample, limits, edge),
            Some((_, Strength::Pause)) if self.phase != Phase::Ended || self.entry.is_some() => {}
            _ => self.miss(beat, limits, edge),
        }
    }

    /// Silence: what was open ended where it was last seen; nothing merges across it.
    fn break_off(&mut self, edge: &mut dyn FnMut(Edge<N>)) {
        self.entry = None;
        let Some(stretch) = self.episode.take() else { return };
        let start = stretch.start;
        if self.phase != Phase::Ended {
            edge(Edge::Closed(stretch, EndReason::Gap));
        }
        edge(Edge::Settled(start));
        self.phase = Phase::Ended;
    }

    fn hold(&mut self, beat: &Beat, sample: &Sample<N>, limits: &Limits, edge: &mut dyn FnMut(Edge<N>)) {
        if self.phase != Phase::Ended {
            self.phase = Phase::Open;
            if let Some(stretch) = &mut self.episode {
                stretch.take(beat, sample);
                edge(Edge::Grew(stretch.clone()));
            }
            return;
        }
        match &mut self.entry {
            Some(entry) => entry.take(beat, sample),
            None => self.entry = Some(Stretch::begin(beat, sample)),
        }
        if self.entry.as_ref().is_some_and(|entry| entry.suffices(limits)) {
            self.open_up(limits, edge);
        }
    }

    fn open_up(&mut self, limits: &Limits, edge: &mut dyn FnMut(Edge<N>)) {
        let Some(entry) = self.entry.take() else { return };
        self.phase = Phase::Open;
        match self.episode.take() {
            Some(mut before) if millis(limits.merge_gap_s) >= entry.start.since(before.last).as_millis() => {
                before.merge(&entry);
                edge(Edge::Grew(before.clone()));
                self.episode = Some(before);
            }
            before => {
                if let Some(before) = before {
                    edge(Edge::Settled(before.start));
                }
                edge(Edge::Opened(entry.clone()));
                self.episode = Some(entry);
            }
        }
    }

    fn miss(&mut self, beat: &Beat, limits: &Limits, edge: &mut dyn FnMut(Edge<N>)) {
        self.entry = None;
        let Some(stretch) = &self.episode else { return };
        let silent = beat.at.since(stretch.last).as_millis();
        let misses = match self.phase {
            Phase::Ended => {
                if silent > millis(limits.merge_gap_s) {
                    edge(Edge::Settled(stretch.start));
                    self.episode = None;
                }
                return;
            }
            Phase::Open => 1,
            Phase::Leaving { misses } => misses + 1,
        };
        if silent >= millis(limits.exit_after_s) || misses >= limits.exit_fixes {
            edge(Edge::Closed(stretch.clone(), EndReason::Left));
            self.phase = Phase::Ended;
        } else {
            self.phase = Phase::Leaving { misses };
        }
    }
}

impl<N: Note> Default for Interval<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<N: Note> Stretch<N> {
    fn begin(beat: &Beat, sample: &Sample<N>) -> Self {
        let onset = if beat.link == Link::Broken { Onset::Unknown } else { Onset::Observed };
        Self {
            start: beat.at,
            last: beat.at,
            place: beat.place,
            fixes: 1,
            driven_m: 0.0,
            peak: Peak { value: sample.measure, at: beat.at, place: beat.place },
            grade: sample.grade,
            silence_ms: 0,
            onset,
            first: beat.seq,
            note: sample.note.clone(),
        }
    }

    fn take(&mut self, beat: &Beat, sample: &Sample<N>) {
        if let Link::After(millis) = beat.link {
            self.silence_ms = self.silence_ms.max(millis);
        }
        self.last = beat.at;
        self.fixes += 1;
        self.driven_m += beat.moved;
        self.grade = self.grade.max(sample.grade);
        if self.silence_ms > DENSE_MS {
            self.grade = Grade::C;
        }
        if sample.measure > self.peak.value {
            self.peak = Peak { value: sample.measure, at: beat.at, place: beat.place };
        }
        self.note.join(&sample.note);
    }

    fn merge(&mut self, later: &Self) {
        self.silence_ms = self.silence_ms.max(later.silence_ms);
        self.last = later.last;
        self.fixes += later.fixes;
        self.driven_m += later.driven_m;
        self.grade = self.grade.max(later.grade);
        if later.peak.value > self.peak.value {
            self.peak = later.peak;
        }
        self.note.join(&later.note);
    }

    fn suffices(&self, limits: &Limits) -> bool {
        self.last.since(self.start).as_millis() >= millis(limits.enter_after_s)
            && self.fixes >= limits.enter_fixes
            && self.driven_m >= limits.enter_distance_m
    }
}

fn millis(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
