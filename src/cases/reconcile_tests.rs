use super::*;
use crate::{
    cases::row::End,
    model::{ids::VehicleId, place::Wgs84},
    rules::{
        RuleId,
        finding::{Notes, Stretch},
        observation::{Object, Subject},
        spec::Severity,
    },
    track::{
        grade::Grade,
        interval::{EndReason, Onset, Peak},
    },
};
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1000)
}

fn found(from: i64, to: i64) -> Found {
    let peak = Peak { value: 1.0, at: at(from), place: Wgs84::default() };
    Found {
        rule: RuleId::OffRoute,
        subject: Subject::Vehicle(VehicleId::new("V1")),
        object: Object::Nothing,
        stretch: Stretch {
            start: at(from),
            last: at(to),
            place: Wgs84::default(),
            fixes: 9,
            driven_m: 900.0,
            peak,
            grade: Grade::A,
            silence_ms: 0,
            onset: Onset::Observed,
            first: Seq(1),
            note: Notes::default(),
        },
        end: Some(End { at: at(to), reason: EndReason::Left }),
        settled: Some(at(to + 200)),
        severity: Severity::Minor,
        why: Vec::new(),
        parameter_hash: Arc::from("p"),
    }
}

fn pen(cause: Cause, second: i64) -> Pen {
    let terminal = "1".parse().expect("a digit");
    Pen {
        terminal,
        cause,
        seq: Seq(second.unsigned_abs()),
        at: at(second),
        revision: Revision(2),
        recorded: at(second),
    }
}

fn row(from: i64, to: i64) -> EpisodeRow {
    pen(Cause::Live, to).open(found(from, to))
}

fn corrections(result: &Reconciled) -> Vec<(Correction, EpisodeId)> {
    result.changes.iter().map(|change| (change.correction, change.row.id)).collect()
}

#[test]
fn what_is_as_it_was_is_not_told() {
    // Proves: a re-run that finds the same appends nothing.
    let result = reconcile(vec![row(0, 100)], vec![found(0, 100)], &pen(Cause::LateFix, 9000));
    assert!(result.changes.is_empty());
    assert_eq!(result.rows, [row(0, 100)]);
}

#[test]
fn longer_shorter_other_gone_new() {
    // Proves: each correction by its name.
    let late = pen(Cause::LateFix, 9000);
    let told = |old: Vec<EpisodeRow>, new: Vec<Found>| {
        let result = reconcile(old, new, &late);
        result.changes.iter().map(|change| change.correction).collect::<Vec<_>>()
    };
    assert_eq!(told(vec![row(0, 100)], vec![found(0, 300)]), [Correction::Extended]);
    assert_eq!(told(vec![row(0, 300)], vec![found(0, 100)]), [Correction::Shrunk]);
    assert_eq!(told(vec![row(50, 100)], vec![found(0, 100)]), [Correction::Extended]);
    let mut worse = found(0, 100);
    worse.stretch.peak.value = 2.0;
    assert_eq!(told(vec![row(0, 100)], vec![worse]), [Correction::Changed]);
    assert_eq!(told(vec![row(0, 100)], vec![]), [Correction::Withdrawn]);
    assert_eq!(told(vec![], vec![found(0, 100)]), [Correction::OpenedLate]);
    assert_eq!(told(vec![row(0, 100)], vec![found(500, 600)]), [Correction::OpenedLate, Correction::Withdrawn]);
}

#[test]
fn of_two_that_merge_the_older_id_lives() {
    // Proves: the later row is withdrawn and says by which one it was superseded.
    let (first, second) = (row(0, 100), row(200, 300));
    let result = reconcile(vec![second.clone(), first.clone()], vec![found(0, 300)], &pen(Cause::LateFix, 9000));
    assert_eq!(corrections(&result), [(Correction::Extended, first.id), (Correction::Withdrawn, second.id)]);
    assert_eq!(result.changes[1].row.superseded_by, Some(first.id));
}

#[test]
fn of_one_that_splits_the_first_part_keeps_the_id() {
    // Proves: the second part is a new episode, opened late.
    let whole = row(0, 300);
    let result = reconcile(vec![whole.clone()], vec![found(200, 300), found(0, 100)], &pen(Cause::LateFix, 9000));
    let told = corrections(&result);
    assert_eq!(told[0], (Correction::Shrunk, whole.id));
    assert_eq!(told[1].0, Correction::OpenedLate);
    assert!(result.changes[1].row.late && !result.changes[0].row.late);
}

#[test]
fn what_comes_back_is_the_row_that_was_withdrawn() {
    // Proves: live rows are taken first, a withdrawn one rather than a new id.
    let mut gone = row(0, 100);
    gone.state = EpisodeState::Withdrawn;
    let result = reconcile(vec![gone.clone()], vec![found(0, 100)], &pen(Cause::LateFix, 9000));
    assert_eq!(corrections(&result), [(Correction::OpenedLate, gone.id)]);
    assert_eq!(result.rows[0].state, EpisodeState::Suspected);
    let live = row(50, 90);
    let result = reconcile(vec![gone, live.clone()], vec![found(0, 100)], &pen(Cause::LateFix, 9000));
    assert_eq!(corrections(&result), [(Correction::Extended, live.id)]);
}

#[test]
fn only_a_ledger_entry_after_the_end_is_marked() {
    // Proves: permit_backdated needs a ledger entry, made after the end, that changes the verdict.
    let marked = |pen: &Pen| reconcile(vec![row(0, 100)], vec![], pen).changes[0].row.permit_backdated;
    assert_eq!(marked(&pen(Cause::Ledger(Revision(2)), 9000)), Some(Revision(2)));
    assert_eq!(marked(&pen(Cause::Ledger(Revision(2)), 50)), None);
    assert_eq!(marked(&pen(Cause::LateFix, 9000)), None);
}
