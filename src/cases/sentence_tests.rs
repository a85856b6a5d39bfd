use super::*;
use crate::{
    cases::{
        change::Cause,
        reconcile::Pen,
        row::{End, Found},
    },
    model::ids::{Revision, Seq},
    rules::{
        finding::{Notes, Stretch},
        spec::Severity,
    },
    track::{
        grade::Grade,
        interval::{EndReason, Onset, Peak},
    },
};
use std::sync::Arc;

struct Town;

impl Names for Town {
    fn plate(&self, _: &VehicleId, _: Timestamp) -> Option<String> {
        Some("豫A·D1234".into())
    }
    fn company_of(&self, _: &VehicleId, _: Timestamp) -> Option<String> {
        Some("惠通运输".into())
    }
    fn company(&self, _: &CompanyId) -> Option<String> {
        Some("惠通运输".into())
    }
    fn site(&self, _: &SiteId) -> Option<String> {
        None
    }
    fn zone(&self, _: &ZoneId) -> Option<String> {
        None
    }
    fn haul(&self, _: &ApprovalId) -> Option<String> {
        Some("3 号工地→古荥消纳场".into())
    }
    fn near(&self, _: Wgs84) -> Option<Bilingual> {
        Some(both("江山路北段".into(), "Jiangshan Road North".into()))
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn row(rule: RuleId, object: Object, grade: Grade, peak: f64, note: Notes, end: Option<&str>) -> EpisodeRow {
    let start = at("2026-11-24T14:03:10+08:00");
    let last = end.map_or(start, at);
    let stretch = Stretch {
        start,
        last,
        place: Wgs84::default(),
        fixes: 40,
        driven_m: 2100.0,
        peak: Peak { value: peak, at: start, place: Wgs84::default() },
        grade,
        silence_ms: 0,
        onset: Onset::Observed,
        first: Seq(1),
        note,
    };
    let pen = Pen {
        terminal: "13900000001".parse().expect("digits"),
        cause: Cause::Live,
        seq: Seq(9),
        at: last,
        revision: Revision(1),
        recorded: last,
    };
    pen.open(Found {
        rule,
        subject: Subject::Vehicle(VehicleId::new("V1")),
        object,
        stretch,
        end: end.map(|end| End { at: at(end), reason: EndReason::Left }),
        settled: None,
        severity: Severity::Major,
        why: Vec::new(),
        parameter_hash: Arc::from(""),
    })
}

#[test]
fn off_route_reads_as_the_screens_want_it() {
    // Proves: who, when, where, how far, and by which approval, in both languages from the same numbers.
    let note = Notes { approvals: [ApprovalId::new("HJ-2026-031")].into_iter().collect(), ..Notes::default() };
    let told = sentence(
        &row(RuleId::OffRoute, Object::Nothing, Grade::A, 640.0, note, Some("2026-11-24T14:11:00+08:00")),
        &Town,
    );
    assert_eq!(
        told.zh,
        "豫A·D1234（惠通运输） 11-24 14:03–14:11在江山路北段偏离核准线路，最远 640 m，累计 2.1 km；核准证 HJ-2026-031『3 号工地→古荥消纳场』"
    );
    assert_eq!(
        told.en,
        "豫A·D1234 (惠通运输) 11-24 14:03–14:11 near Jiangshan Road North: left the approved route, 640 m at most, 2.1 km in all; approval HJ-2026-031 (3 号工地→古荥消纳场)"
    );
}

#[test]
fn an_open_lead_says_that_it_is_both() {
    // Proves: no end is invented, and grade C never reads like a finding.
    let note = Notes { reason: Some(Reason::NoSite), ..Notes::default() };
    let told = sentence(&row(RuleId::UnapprovedLoading, Object::Nothing, Grade::C, 540.0, note, None), &Town);
    assert_eq!(
        told.zh,
        "豫A·D1234（惠通运输） 11-24 14:03–在江山路北段装载于未登记地点，停留 9 分钟（非登记地点）（线索，待核实）"
    );
    assert!(
        told.en.ends_with(
            "loaded at an unregistered place, a stay of 9 min (no registered place) (a lead, to be checked)"
        )
    );
}

#[test]
fn the_end_has_a_date_when_it_is_another() {
    // Proves: an episode over midnight cannot be misread.
    let told = sentence(
        &row(
            RuleId::YellowZone,
            Object::Zone(ZoneId::new("Z1")),
            Grade::B,
            80.0,
            Notes::default(),
            Some("2026-11-25T00:10:00+08:00"),
        ),
        &Town,
    );
    assert!(told.zh.contains("11-24 14:03–11-25 00:10"), "{}", told.zh);
    assert!(told.zh.contains("限行区Z1"));
}
