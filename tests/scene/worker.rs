//! The worker's part in memory: commits what the engine says, gathers the past of a re-judgement.

use muckwatch::{
    cases::{change::EpisodeChange, id::EpisodeId, row::EpisodeRow},
    engine::{
        Engine,
        canonical::{Canonical, canonical},
        output::{Outputs, SavepointChange},
        snapshot::{Past, Rejudge, Savepoint, Snapshot, TerminalState},
    },
    model::{
        ids::TerminalId,
        input::{Event, Input, LedgerRevision},
        time::Timestamp,
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// Engine, store and journal of a test.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) rows: BTreeMap<EpisodeId, EpisodeRow>,
    pub(crate) history: Vec<EpisodeChange>,
    pub(crate) savepoints: BTreeMap<(TerminalId, Timestamp), Savepoint>,
    pub(crate) states: BTreeMap<TerminalId, Vec<u8>>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) rejudged: usize,
    ledger: Option<Arc<LedgerRevision>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            engine: Engine::new(),
            rows: BTreeMap::new(),
            history: Vec::new(),
            savepoints: BTreeMap::new(),
            states: BTreeMap::new(),
            inputs: Vec::new(),
            rejudged: 0,
            ledger: None,
        }
    }

    /// Applies inputs one by one, re-judging what is due after each tick.
    pub(crate) fn run(&mut self, inputs: &[Input]) {
        for input in inputs {
            self.apply(input);
        }
    }

    pub(crate) fn apply(&mut self, input: &Input) {
        self.inputs.push(input.clone());
        if let Event::LedgerRevised(revision) = &input.event {
            self.ledger = Some(Arc::clone(revision));
        }
        let mut out = Outputs::default();
        self.engine.apply(input, &mut out).expect("applies");
        self.commit(out);
        if input.event == Event::Tick {
            for order in self.engine.due() {
                let past = self.past(&order);
                let mut out = Outputs::default();
                self.engine.rejudge(&order, past, &mut out).expect("judges again");
                self.rejudged += 1;
                self.commit(out);
            }
        }
    }

    /// What a restart does: everything in memory is lost but what was committed.
    pub(crate) fn restart(&mut self) {
        let terminals =
            self.states.iter().map(|(terminal, state)| TerminalState { terminal: *terminal, state: state.clone() });
        let snapshot =
            Snapshot { head: self.engine.head(), ledger: self.ledger.clone(), terminals: terminals.collect() };
        self.engine = Engine::restore(snapshot).expect("restores");
    }

    pub(crate) fn canonical(&self) -> Vec<Canonical> {
        canonical(self.rows.values())
    }

    /// Per (rule, subject, object) no two live episodes overlap.
    pub(crate) fn assert_no_overlap(&self) {
        let live: Vec<_> = self.rows.values().filter(|row| row.is_live()).collect();
        for (place, one) in live.iter().enumerate() {
            for other in live.iter().skip(place + 1) {
                let clash = one.found.same_matter(&other.found) && one.found.overlaps(&other.found);
                assert!(!clash, "{one:?}\n{other:?}");
            }
        }
    }

    fn commit(&mut self, out: Outputs) {
        for change in out.episodes {
            self.rows.insert(change.row.id, change.row.clone());
            self.history.push(change);
        }
        for change in out.savepoints {
            match change {
                SavepointChange::Put(kept) => {
                    self.savepoints.insert((kept.terminal, kept.at), kept);
                }
                SavepointChange::Forget { terminal, at } => {
                    self.savepoints.remove(&(terminal, at));
                }
            }
        }
        for terminal in out.dirty {
            self.states.insert(terminal, self.engine.state(terminal).expect("a dirty terminal is there"));
        }
    }

    fn past(&self, order: &Rejudge) -> Past {
        let whose = |(terminal, _): &(TerminalId, Timestamp)| *terminal == order.terminal;
        let mine = || self.savepoints.iter().filter(|(key, _)| whose(key)).map(|(_, kept)| kept.clone());
        let savepoint = mine().rfind(|kept| kept.at <= order.from);
        let since = savepoint.as_ref().map(|kept| kept.at);
        Past {
            later_savepoints: mine().filter(|kept| since.is_none_or(|since| kept.at > since)).collect(),
            savepoint,
            rows: self.rows.values().filter(|row| row.terminal == order.terminal).cloned().collect(),
            frames: self.inputs.iter().filter(|input| matches!(input.event, Event::Frame(_))).cloned().collect(),
        }
    }
}
