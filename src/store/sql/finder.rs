//! Which of the PostgreSQL machines is the primary, for the store and for the record's copy.

use super::machine::{Answer, Machine, Trouble};
use crate::store::{config::StoreConfig, error::OpenError};
use futures_util::future::join_all;
use std::time::Duration;

/// Answers the primary may miss in a row before it counts as gone.
const MISSED_MAX: u32 = 2;

/// The machines, and what was seen of them so far.
#[derive(Debug)]
pub(in crate::store) struct Finder {
    machines: Vec<Machine>,
    /// What each said at the last look.
    answers: Vec<Answer>,
    now: Option<Now>,
    timeline_seen: u32,
    missed: u32,
}

impl Finder {
    /// Over the machines of `urls`.
    pub(in crate::store) fn new(urls: &[String], config: &StoreConfig) -> Result<Self, OpenError> {
        let machines = urls.iter().map(|url| Machine::new(url, config)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { machines, answers: Vec::new(), now: None, timeline_seen: 0, missed: 0 })
    }

    /// Asks all machines, waiting at most `limit`, and says which is the primary; `None` when none is.
    pub(in crate::store) async fn look(&mut self, limit: Duration) -> Option<Now> {
        let answers = join_all(self.machines.iter_mut().map(|machine| machine.probe(limit))).await;
        let step = decide(self.now, self.timeline_seen, &answers);
        self.missed = if step == Step::Miss { self.missed + 1 } else { 0 };
        match step {
            Step::Take(next) => (self.now, self.timeline_seen) = (Some(next), next.timeline),
            Step::Miss if self.missed < MISSED_MAX => {}
            Step::Miss | Step::Leave => self.now = None,
            Step::Stay => {}
        }
        self.answers = answers;
        self.now
    }

    /// Of the machines that did not say what they are at the last look, each with why, in the order of the addresses.
    pub(super) fn troubles(&self) -> Vec<(&str, &Trouble)> {
        self.machines.iter().filter_map(|machine| Some((machine.name(), machine.trouble()?))).collect()
    }

    /// What each machine said at the last look, for people who wonder why none is the primary.
    pub(in crate::store) fn causes(&self) -> String {
        let one = |(machine, answer): (&Machine, &Answer)| {
            let cause = match (answer, machine.trouble()) {
                (Answer::Primary { timeline }, _) => format!("a primary of timeline {timeline}"),
                (Answer::Recovering, _) => "in recovery".to_owned(),
                (Answer::Silence, Some(trouble)) => trouble.cause.clone(),
                (Answer::Silence, None) => "no answer".to_owned(),
            };
            format!("{}: {cause}", machine.name())
        };
        let mut causes: Vec<String> = self.machines.iter().zip(&self.answers).map(one).collect();
        if !causes.is_empty() && self.answers.iter().all(|answer| *answer == Answer::Recovering) {
            causes.push("all are in recovery: promote one".to_owned());
        }
        causes.join("; ")
    }

    /// The machine of an answer of this finder.
    pub(super) fn machine(&self, now: Now) -> &Machine {
        &self.machines[now.machine]
    }
}

/// A machine as the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Now {
    /// Its place among the addresses.
    pub(in crate::store) machine: usize,
    /// What it writes.
    pub(in crate::store) timeline: u32,
}

/// What to do after a look at all machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The primary is the one it was.
    Stay,
    /// This one is.
    Take(Now),
    /// The primary did not answer, and no other is one.
    Miss,
    /// What was the primary says that it is none.
    Leave,
}

/// Of the machines not in recovery the greatest timeline counts, of equal ones the primary of before, then the order of the
/// addresses. A timeline smaller than one seen is that of a primary which was replaced.
fn decide(now: Option<Now>, timeline_seen: u32, answers: &[Answer]) -> Step {
    let primaries = answers.iter().enumerate().filter_map(|(machine, answer)| match answer {
        Answer::Primary { timeline } if *timeline >= timeline_seen => Some(Now { machine, timeline: *timeline }),
        _ => None,
    });
    let rank = |it: &Now| (it.timeline, Some(*it) == now, std::cmp::Reverse(it.machine));
    match (primaries.max_by_key(rank), now) {
        (Some(best), Some(now)) if best == now => Step::Stay,
        (Some(best), _) => Step::Take(best),
        (None, None) => Step::Stay,
        (None, Some(now)) if answers.get(now.machine) == Some(&Answer::Silence) => Step::Miss,
        (None, Some(_)) => Step::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECOVERING: Answer = Answer::Recovering;
    const SILENCE: Answer = Answer::Silence;

    fn primary(timeline: u32) -> Answer {
        Answer::Primary { timeline }
    }

    #[test]
    fn the_greatest_timeline_is_the_primary() {
        // Proves: a promoted standby is taken at once, an old primary that comes back is not, silence is borne once, and a
        // machine that says it is in recovery is left at once.
        let first = Now { machine: 0, timeline: 1 };
        let second = Now { machine: 1, timeline: 2 };
        assert_eq!(decide(None, 0, &[primary(1), RECOVERING]), Step::Take(first));
        assert_eq!(decide(Some(first), 1, &[primary(1), RECOVERING]), Step::Stay);
        assert_eq!(decide(Some(first), 1, &[SILENCE, RECOVERING]), Step::Miss);
        assert_eq!(decide(Some(first), 1, &[SILENCE, primary(2)]), Step::Take(second));
        assert_eq!(decide(Some(first), 1, &[primary(1), primary(2)]), Step::Take(second));
        assert_eq!(decide(Some(second), 2, &[primary(1), primary(2)]), Step::Stay);
        assert_eq!(decide(Some(second), 2, &[primary(1), SILENCE]), Step::Miss);
        assert_eq!(decide(None, 2, &[primary(1), SILENCE]), Step::Stay, "no going back");
        assert_eq!(decide(Some(first), 1, &[RECOVERING, RECOVERING]), Step::Leave);
        assert_eq!(decide(Some(first), 1, &[primary(3), RECOVERING]), Step::Take(Now { machine: 0, timeline: 3 }));
    }

    #[test]
    fn of_two_addresses_of_one_machine_the_used_one_stays() {
        // Proves: equal timelines do not make it jump, and the other address is taken when the used one is silent.
        let second = Now { machine: 1, timeline: 1 };
        assert_eq!(decide(Some(second), 1, &[primary(1), primary(1)]), Step::Stay);
        assert_eq!(decide(Some(second), 1, &[primary(1), SILENCE]), Step::Take(Now { machine: 0, timeline: 1 }));
    }
}
