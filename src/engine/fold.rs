//! The fold over one terminal's fixes in event order. Nothing here knows of arrival, lateness or the store.

use super::{observe::Circumstances, world::World};
use crate::{
    intake::report::Report,
    model::{fix::Fix, time::Timestamp},
    rules::{
        Hit, Policy, RuleId,
        finding::{Notes, Stretch},
        observation::{Object, Subject},
        policy::Policies,
        spec::Precedence,
    },
    track::{
        events::HaulEvent,
        interval::{Beat, Edge, EndReason, Interval, Onset, Peak, Sample, Strength},
        quality::Quality,
        tracker::{Judged, Step, Tracker},
    },
};
use serde::{Deserialize, Serialize};

/// Everything remembered of one terminal's past. Equal states are equal bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Its movement.
    pub tracker: Tracker,
    /// What holds, nearly holds, or held a moment ago; sorted by matter.
    running: Vec<Running>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Running {
    matter: Matter,
    interval: Interval<Notes>,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Matter {
    /// Which rule.
    pub rule: RuleId,
    /// Who.
    pub subject: Subject,
    /// About what.
    pub object: Object,
}

/// The laws under which a fold runs.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    /// The ledger, for all event times.
    pub world: &'a World,
    /// The parameters, by event time.
    pub policies: &'a Policies,
}

/// What a step tells.
#[derive(Debug)]
pub enum Told<'a> {
    /// What the gate said of a fix.
    Gate(&'a Fix, Quality),
    /// Something happened to a finding at an event time.
    Edge(&'a Matter, Edge<Notes>, Timestamp),
}

impl Fold {
    /// Takes in the next report in event order.
    pub fn step(&mut self, report: &Report, law: Law<'_>, told: &mut dyn FnMut(Told<'_>)) {
        let fix = report.profiled(law.world);
        let Some(at) = fix.at else { return told(Told::Gate(&fix, Quality::ImpossibleDate)) };
        let policy = &*law.policies.at(at).policy;
        let running = &mut self.running;
        self.tracker.step(fix, law.world, &policy.track, &mut |step| match step {
            Step::Refused(fix, reason) => told(Told::Gate(fix, reason)),
            Step::Judged(judged) => {
                told(Told::Gate(judged.fix, judged.quality));
                judge(running, law.world, policy, &judged, told);
            }
        });
    }

    /// Findings that stand in this state: with their end, if they are over but may still be merged.
    pub fn standing(&self) -> impl Iterator<Item = (&Matter, &Stretch, Option<EndReason>)> {
        self.running.iter().filter_map(|running| {
            let (stretch, end) = running.interval.standing()?;
            Some((&running.matter, stretch, end))
        })
    }
}

fn judge(
    running: &mut Vec<Running>,
    world: &World,
    policy: &Policy,
    judged: &Judged<'_>,
    told: &mut dyn FnMut(Told<'_>),
) {
    let circumstances = Circumstances::of(world, judged);
    let seen = circumstances.observe(world, judged);
    let mut hits = Vec::new();
    policy.hits(&seen, &mut hits);
    if hits.is_empty() && running.is_empty() {
        return;
    }
    let Some(subject) = seen.subject() else {
        return advance(running, &judged.beat, &mut [], policy, told);
    };
    give_way(&mut hits);
    let mut keyed = Vec::with_capacity(hits.len());
    for hit in hits {
        let matter = Matter { rule: hit.rule, subject: subject.clone(), object: hit.object };
        match hit.event {
            Some(event) => happened(&matter, hit.sample, &event, judged.beat.at, told),
            None => keyed.push((matter, hit.sample)),
        }
    }
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    advance(running, &judged.beat, &mut keyed, policy, told);
}

/// Precedence (rules.md 1): where a dominating rule holds, those that yield are dropped and noted with it.
fn give_way(hits: &mut Vec<Hit>) {
    let precedence = |hit: &Hit| hit.rule.spec().precedence;
    if !hits.iter().any(|hit| precedence(hit) == Precedence::Dominates) {
        return;
    }
    let yielded = |hit: &&Hit| precedence(hit) == Precedence::Yields && hit.sample.strength == Strength::Strong;
    let also: Vec<RuleId> = hits.iter().filter(yielded).map(|hit| hit.rule).collect();
    hits.retain(|hit| precedence(hit) != Precedence::Yields);
    for hit in hits.iter_mut().filter(|hit| precedence(hit) == Precedence::Dominates) {
        for rule in &also {
            hit.sample.note.suppress(*rule, 1);
        }
    }
}

/// Moves every interval on by one fix. `hits` is sorted by matter.
fn advance(
    running: &mut Vec<Running>,
    beat: &Beat,
    hits: &mut [(Matter, Sample<Notes>)],
    policy: &Policy,
    told: &mut dyn FnMut(Told<'_>),
) {
    for (matter, _) in hits.iter() {
        if let Err(place) = running.binary_search_by(|entry| entry.matter.cmp(matter)) {
            running.insert(place, Running { matter: matter.clone(), interval: Interval::new() });
        }
    }
    for Running { matter, interval } in running.iter_mut() {
        let found = hits.binary_search_by(|hit| hit.0.cmp(matter)).ok();
        let sample = found.and_then(|place| hits.get(place)).map(|hit| &hit.1);
        let matter = &*matter;
        interval.advance(beat, sample, policy.limits(matter.rule), &mut |edge| told(Told::Edge(matter, edge, beat.at)));
    }
    running.retain(|entry| !entry.interval.is_idle());
}

/// An event is an episode with its own times.
fn happened(matter: &Matter, sample: Sample<Notes>, event: &HaulEvent, at: Timestamp, told: &mut dyn FnMut(Told<'_>)) {
    let place = event.place.unwrap_or_default();
    let stretch = Stretch {
        start: event.from,
        last: event.to,
        place,
        fixes: 1,
        driven_m: 0.0,
        peak: Peak { value: sample.measure, at: event.to, place },
        grade: sample.grade,
        silence_ms: 0,
        onset: Onset::Observed,
        first: event.first,
        note: sample.note,
    };
    told(Told::Edge(matter, Edge::Opened(stretch.clone()), at));
    told(Told::Edge(matter, Edge::Closed(stretch, EndReason::Event), at));
    told(Told::Edge(matter, Edge::Settled(event.from), at));
}
