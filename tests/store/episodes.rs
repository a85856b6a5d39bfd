//! What `EpisodeStore` promises.

use super::sample;
use muckwatch::{
    cases::{
        change::{Cause, Correction, EpisodeChange},
        id::EpisodeId,
        row::{End, EpisodeRow, EpisodeState, Found},
    },
    engine::{
        output::SavepointChange,
        snapshot::{Head, Savepoint, TerminalState},
    },
    model::{
        cursor::Cursor,
        ids::{Revision, Seq, TerminalId, VehicleId, ZoneId},
        place::Wgs84,
        shard::Shard,
        time::Timestamp,
    },
    rules::{
        RuleId,
        finding::Notes,
        observation::{Object, Subject},
        spec::Severity,
    },
    store::{
        episodes::{AppendNumber, Basis, Claim, Commit, EpisodeFilter, EpisodeStore, Progress, Savepoints},
        error::StoreError,
        ledger::LedgerStore,
    },
    track::{
        grade::Grade,
        interval::{EndReason, Onset, Peak, Stretch},
    },
};

const TERMINAL: &str = "13900000001";

fn terminal() -> TerminalId {
    TERMINAL.parse().unwrap()
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + minute * 60_000)
}

/// An episode of V-1 in zone Z-1 over some minutes; open while `end` is `None`.
pub(crate) fn row(start: i64, end: Option<i64>) -> EpisodeRow {
    let (subject, object) = (Subject::Vehicle(VehicleId::new("V-1")), Object::Zone(ZoneId::new("Z-1")));
    let last = end.unwrap_or(start + 1);
    let peak = Peak { value: 0.1 + 0.2, at: minute(start), place: Wgs84::default() };
    let stretch = Stretch {
        start: minute(start),
        last: minute(last),
        place: Wgs84 { lat_e6: 34_860_001, lon_e6: 113_600_003 },
        fixes: 12,
        driven_m: 1_234.567_890_123,
        peak,
        grade: Grade::B,
        silence_ms: 30_000,
        onset: Onset::Observed,
        first: Seq(5),
        note: Notes::default(),
    };
    let rule = RuleId::YellowZone;
    EpisodeRow {
        id: EpisodeId::derive(rule, &subject, &object, minute(start), Seq(5)),
        terminal: terminal(),
        found: Found {
            rule,
            subject,
            object,
            stretch,
            end: end.map(|end| End { at: minute(end), reason: EndReason::Left }),
            settled: end.map(|end| minute(end + 3)),
            severity: Severity::Minor,
            why: Vec::new(),
            parameter_hash: "abc".into(),
        },
        state: EpisodeState::Suspected,
        ledger_revision: Revision(1),
        opened: Seq(5),
        opened_at: minute(start),
        late: false,
        permit_backdated: None,
        superseded_by: None,
    }
}

pub(crate) fn change(row: EpisodeRow, correction: Correction) -> EpisodeChange {
    EpisodeChange { row, correction, cause: Cause::Live, seq: Seq(9), at: minute(100) }
}

pub(crate) fn head(cursor: u64) -> Head {
    Head {
        lineage: "1".to_owned(),
        cursor: Cursor::alone(Seq(cursor)),
        ledger: Revision(0),
        last_tick: Some(minute(0)),
        policies: Vec::new(),
        queue: Vec::new(),
        overflowed: false,
    }
}

/// A commit that follows `claim`, with nothing in it yet.
pub(crate) fn commit(claim: &Claim, number: u64) -> Commit {
    Commit {
        shard: Shard::ALONE,
        fence: claim.fence.clone(),
        number: claim.last_commit + number,
        basis: Basis::Stored,
        head: head(number * 10),
        episodes: Vec::new(),
        savepoints: Vec::new(),
        states: Vec::new(),
        gone: Vec::new(),
        registrations: Vec::new(),
    }
}

async fn put(store: &dyn EpisodeStore, changes: Vec<EpisodeChange>) -> Result<(), StoreError> {
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    store.commit(&Commit { episodes: changes, ..commit(&claim, 1) }).await.map(|_| ())
}

pub(crate) fn state(terminal: &str, byte: u8) -> TerminalState {
    TerminalState { terminal: terminal.parse().unwrap(), state: vec![byte; 3] }
}

fn savepoint(hour: i64, byte: u8) -> Savepoint {
    Savepoint { terminal: terminal(), at: minute(hour * 60), state: vec![byte] }
}

pub(crate) async fn a_row_keeps_its_place_and_all_its_corrections(store: &dyn EpisodeStore) {
    // Proves: growing appends nothing, corrections append, the row's place in lists never moves, floats come back bit for bit.
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let (opened, grown, closed) = (row(0, None), row(0, None), row(0, Some(5)));
    let first = vec![change(opened.clone(), Correction::Opened), change(row(50, None), Correction::Opened)];
    let first = store.commit(&Commit { episodes: first, ..commit(&claim, 1) }).await.unwrap();
    assert_eq!(first.appends, [Some(AppendNumber(1)), Some(AppendNumber(2))]);
    let second = vec![change(grown, Correction::Grew), change(closed.clone(), Correction::Closed)];
    let second = store.commit(&Commit { episodes: second, ..commit(&claim, 2) }).await.unwrap();
    assert_eq!(second.appends, [None, Some(AppendNumber(3))]);
    let stored = store.get(opened.id).await.unwrap().unwrap();
    assert_eq!((stored.append, stored.last_append, &stored.row), (AppendNumber(1), AppendNumber(3), &closed));
    let history = store.corrections(opened.id).await.unwrap();
    assert_eq!(
        history.iter().map(|line| line.correction).collect::<Vec<_>>(),
        [Correction::Opened, Correction::Closed]
    );
    assert_eq!(history[0].row, opened);
    let missed = store.changed_after(AppendNumber(2), 10).await.unwrap();
    assert_eq!(missed.iter().map(|line| line.append).collect::<Vec<_>>(), [AppendNumber(3)]);
}

pub(crate) async fn a_commit_repeated_is_done_once(store: &dyn EpisodeStore) {
    // Proves: a retry after a lost answer stores nothing twice and gets the same numbers.
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let write = Commit { episodes: vec![change(row(0, None), Correction::Opened)], ..commit(&claim, 1) };
    let first = store.commit(&write).await.unwrap();
    assert_eq!(store.commit(&write).await.unwrap(), first);
    assert_eq!(store.changed_after(AppendNumber(0), 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_stale_or_skipping_worker_is_refused(store: &dyn EpisodeStore) {
    // Proves: after another worker's claim the first cannot write, and no number is left out.
    let old = store.claim(Shard::ALONE, None).await.unwrap();
    let new = store.claim(Shard::ALONE, None).await.unwrap();
    assert!(new.fence.token > old.fence.token);
    let refused = [commit(&old, 1), commit(&new, 2), commit(&new, 0)];
    for write in refused {
        let answer = store.commit(&write).await;
        assert!(matches!(answer, Err(StoreError::Conflict { .. })), "{answer:?}");
    }
    store.commit(&commit(&new, 1)).await.unwrap();
    assert_eq!(store.claim(Shard::ALONE, None).await.unwrap().last_commit, 1);
}

pub(crate) async fn two_live_rows_never_overlap(store: &dyn EpisodeStore) {
    // Proves: of one (rule, subject, object) an overlapping row is refused with the whole commit; a touching one, and one
    // beside a withdrawn row, is taken.
    put(store, vec![change(row(0, Some(10)), Correction::Opened)]).await.unwrap();
    let refused = put(
        store,
        vec![change(row(30, Some(40)), Correction::Opened), change(row(9, Some(12)), Correction::OpenedLate)],
    )
    .await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert_eq!(store.canonical().await.unwrap().len(), 1, "nothing of the refused commit is stored");
    put(store, vec![change(row(10, Some(12)), Correction::Opened)]).await.unwrap();
    let withdrawn = EpisodeRow { state: EpisodeState::Withdrawn, ..row(0, Some(10)) };
    let replaced = vec![change(withdrawn, Correction::Withdrawn), change(row(1, Some(9)), Correction::OpenedLate)];
    put(store, replaced).await.unwrap();
    assert_eq!(store.canonical().await.unwrap().len(), 2);
}

pub(crate) async fn a_row_cannot_grow_before_it_opens(store: &dyn EpisodeStore) {
    // Proves: a row without a first correction is a broken invariant, not a row without history.
    let refused = put(store, vec![change(row(0, None), Correction::Grew)]).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

pub(crate) async fn a_number_that_is_none_is_not_stored(store: &dyn EpisodeStore) {
    // Proves: what could not be read back is refused when it is written.
    let mut broken = row(0, None);
    broken.found.stretch.driven_m = f64::NAN;
    let refused = put(store, vec![change(broken, Correction::Opened)]).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

pub(crate) async fn a_snapshot_is_what_the_last_commit_left(store: &(impl EpisodeStore + LedgerStore)) {
    // Proves: states are replaced and dropped, the ledger is the one the head names, a rebuild drops old states.
    assert!(store.load_snapshot(Shard::ALONE).await.unwrap().is_none());
    let imported = store.import(&sample::ledger(), "导入员", minute(0)).await.unwrap();
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let states = vec![state("1", 1), state("2", 2), state("3", 3)];
    store.commit(&Commit { states, ..commit(&claim, 1) }).await.unwrap();
    assert!(store.load_snapshot(Shard::ALONE).await.unwrap().unwrap().ledger.is_none(), "the head names none");
    let (states, gone) = (vec![state("2", 9)], vec!["3".parse().unwrap()]);
    let named = Head { ledger: imported.entry.revision, ..head(20) };
    store.commit(&Commit { states, gone, head: named.clone(), ..commit(&claim, 2) }).await.unwrap();
    let snapshot = store.load_snapshot(Shard::ALONE).await.unwrap().unwrap();
    assert_eq!((snapshot.head, snapshot.terminals), (named, vec![state("1", 1), state("2", 9)]));
    assert_eq!(snapshot.ledger.unwrap().ledger, sample::ledger());
    let rebuilt = Commit { basis: Basis::Rebuilt, states: vec![state("7", 7)], ..commit(&claim, 3) };
    store.commit(&rebuilt).await.unwrap();
    assert_eq!(store.load_snapshot(Shard::ALONE).await.unwrap().unwrap().terminals, [state("7", 7)]);
}

pub(crate) async fn savepoints_are_found_around_an_instant(store: &dyn EpisodeStore) {
    // Proves: the latest at or before, all after, the newest bytes of an hour, and nothing that was forgotten.
    let claim = store.claim(Shard::ALONE, None).await.unwrap();
    let puts = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5)].map(|(hour, byte)| SavepointChange::Put(savepoint(hour, byte)));
    store.commit(&Commit { savepoints: puts.to_vec(), ..commit(&claim, 1) }).await.unwrap();
    let forget = vec![SavepointChange::Forget { terminal: terminal(), at: minute(0) }];
    store.commit(&Commit { savepoints: forget, ..commit(&claim, 2) }).await.unwrap();
    let found = store.savepoints(terminal(), minute(90)).await.unwrap();
    assert_eq!((found.at_or_before, found.later), (Some(savepoint(1, 2)), vec![savepoint(2, 5), savepoint(3, 4)]));
    assert_eq!(store.savepoints(terminal(), minute(60)).await.unwrap().at_or_before, Some(savepoint(1, 2)));
    assert_eq!(store.savepoints(terminal(), minute(59)).await.unwrap().at_or_before, None);
    assert_eq!(store.savepoints("8".parse().unwrap(), minute(90)).await.unwrap(), Savepoints::default());
}

pub(crate) async fn past_rows_leave_out_what_is_settled(store: &dyn EpisodeStore) {
    // Proves: a re-judgement gets open rows and those settled at or after it, of its terminal only.
    let rows = [row(0, Some(10)), row(20, Some(30)), row(40, None)];
    put(store, rows.iter().map(|row| change(row.clone(), Correction::Opened)).collect()).await.unwrap();
    assert_eq!(store.past_rows(terminal(), None).await.unwrap(), rows);
    assert_eq!(store.past_rows(terminal(), Some(minute(33))).await.unwrap(), rows[1..]);
    assert_eq!(store.past_rows(terminal(), Some(minute(34))).await.unwrap(), rows[2..]);
    assert_eq!(store.past_rows("8".parse().unwrap(), None).await.unwrap(), []);
}

pub(crate) async fn lists_filter_and_go_on(store: &dyn EpisodeStore) {
    // Proves: every filter lets the right rows through, and a cursor neither skips nor repeats.
    let mut lead = row(20, Some(30));
    (lead.found.stretch.grade, lead.state) = (Grade::C, EpisodeState::Lead);
    let rows = [row(0, Some(10)), lead, row(40, None)];
    put(store, rows.iter().map(|row| change(row.clone(), Correction::Opened)).collect()).await.unwrap();
    let none = EpisodeFilter::default();
    let cases = [
        (none.clone(), vec![3, 2, 1]),
        (EpisodeFilter { rule: Some(RuleId::YellowZone), ..none.clone() }, vec![3, 2, 1]),
        (EpisodeFilter { rule: Some(RuleId::OffRoute), ..none.clone() }, vec![]),
        (EpisodeFilter { state: Some(EpisodeState::Lead), ..none.clone() }, vec![2]),
        (EpisodeFilter { grade: Some(Grade::B), ..none.clone() }, vec![3, 1]),
        (EpisodeFilter { vehicle: Some(VehicleId::new("V-2")), ..none.clone() }, vec![]),
        (EpisodeFilter { vehicle: Some(VehicleId::new("V-1")), ..none.clone() }, vec![3, 2, 1]),
        (EpisodeFilter { terminal: Some(terminal()), ..none.clone() }, vec![3, 2, 1]),
        (EpisodeFilter { from: Some(minute(11)), to: Some(minute(40)), ..none.clone() }, vec![2]),
        (EpisodeFilter { progress: Some(Progress::Open), ..none.clone() }, vec![3]),
        (EpisodeFilter { progress: Some(Progress::Over), ..none.clone() }, vec![2, 1]),
    ];
    for (filter, expected) in cases {
        let found = store.list(&filter, None, 10).await.unwrap();
        assert_eq!(found.iter().map(|row| row.append.0).collect::<Vec<_>>(), expected, "{filter:?}");
    }
    let page = store.list(&none, None, 2).await.unwrap();
    let rest = store.list(&none, Some(page[1].append), 2).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.row.clone()).collect::<Vec<_>>(), [row(0, Some(10))]);
}

/// A first commit that opens one episode.
pub(crate) fn one_episode(claim: &Claim) -> Commit {
    Commit { episodes: vec![change(row(0, None), Correction::Opened)], ..commit(claim, 1) }
}
