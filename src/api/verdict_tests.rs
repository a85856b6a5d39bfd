use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

/// A muck truck in order: one valid approval, its hours open, heard of two minutes ago.
fn in_order() -> Facts {
    Facts {
        now: at("2026-11-24T21:00:00+08:00"),
        stale_after: Span::from_secs(3_600),
        ledger_revision: 3,
        kind: VehicleKind::MuckTruck,
        label: None,
        company: Some(CompanyFacts { name: "惠通运输".to_owned(), approved: true }),
        papers: Papers {
            all: 1,
            recognised: 1,
            valid: 1,
            open: 1,
            hours: Some(words("每日 20:00–次日 05:00", "daily 20:00–next day 05:00")),
        },
        last_at: Some(at("2026-11-24T20:58:00+08:00")),
        moved_at: Some(at("2026-11-24T20:58:00+08:00")),
        zone: None,
        open: Vec::new(),
        over_of_late: 0,
        unjudged_s: None,
    }
}

#[test]
fn nobody_is_cleared_while_nobody_judges() {
    // Proves: with nothing open the headline says that judging stands still instead of "in order"; a breach stays one.
    let verdict = judge(&Facts { unjudged_s: Some(90), ..in_order() });
    assert!(verdict.stale && verdict.headline.zh.starts_with("判定中断"), "{verdict:?}");
    assert!(verdict.headline.en.contains("1 min ago"), "{verdict:?}");
    let open = vec![breach(BreachKind::Other)];
    assert_eq!(
        judge(&Facts { unjudged_s: Some(90), open: open.clone(), ..in_order() }).headline,
        judge(&Facts { open, ..in_order() }).headline
    );
}

#[test]
fn a_breach_that_is_over_is_not_forgotten_in_the_verdict() {
    // Proves: an officer who asks an hour after a breach reads of it in the verdict itself.
    let verdict = judge(&Facts { over_of_late: 2, ..in_order() });
    assert_eq!(verdict.code, VerdictName::InOrder);
    assert!(verdict.headline.zh.starts_with("此刻") && verdict.reason.zh.contains("2 起"), "{verdict:?}");
    assert!(judge(&in_order()).reason.zh.contains("无进行中"));
}

fn breach(kind: BreachKind) -> Breach {
    Breach { kind, title: words("偏线", "off route"), sentence: words("一句话", "a sentence") }
}

/// One fact that alone decides, in order of precedence; the facts before it are those of `in_order`.
fn deciding() -> Vec<(VerdictName, fn(&mut Facts))> {
    vec![
        (VerdictName::ScrappedMoving, |facts| {
            facts.label = Some((EmissionLabel::Scrapped, at("2026-11-01T00:00:00+08:00")));
        }),
        (VerdictName::BlackTruck, |facts| facts.papers = Papers { all: 2, recognised: 2, ..Papers::default() }),
        (VerdictName::YellowInZone, |facts| facts.open.push(breach(BreachKind::YellowZone))),
        (VerdictName::OutsideWindow, |facts| facts.papers.open = 0),
        (VerdictName::OtherBreach, |facts| facts.open.push(breach(BreachKind::Other))),
    ]
}

#[test]
fn each_fact_alone_decides() {
    // Proves: every verdict of the list is reached by its own fact, and in order is what is left.
    for (name, decide) in deciding() {
        let mut facts = in_order();
        decide(&mut facts);
        assert_eq!(judge(&facts).code, name);
    }
    assert_eq!(judge(&in_order()).code, VerdictName::InOrder);
    assert_eq!(not_in_ledger(3).code, VerdictName::NotInLedger);
}

#[test]
fn the_graver_verdict_stands_before_the_lesser() {
    // Proves: with any two deciding facts together the earlier of the list wins.
    let deciding = deciding();
    for (place, (graver, decide)) in deciding.iter().enumerate() {
        for (lesser, also) in &deciding[place + 1..] {
            let mut facts = in_order();
            also(&mut facts);
            decide(&mut facts);
            assert_eq!(judge(&facts).code, *graver, "{graver:?} before {lesser:?}");
        }
    }
}

#[test]
fn near_misses_are_innocent() {
    // Proves: scrapped but standing, moved before the date, a car without approvals, a retrofitted truck in a zone are no breach.
    let mut standing = in_order();
    standing.label = Some((EmissionLabel::Scrapped, at("2026-11-01T00:00:00+08:00")));
    standing.moved_at = None;
    assert_eq!(judge(&standing).code, VerdictName::InOrder);
    standing.moved_at = Some(at("2026-10-31T23:59:59+08:00"));
    assert_eq!(judge(&standing).code, VerdictName::InOrder);
    let mut car = in_order();
    (car.kind, car.papers, car.company) = (VehicleKind::Other, Papers::default(), None);
    assert_eq!(judge(&car).code, VerdictName::InOrder);
    let mut retrofitted = in_order();
    (retrofitted.zone, retrofitted.label) =
        (Some("三环".to_owned()), Some((EmissionLabel::Retrofitted, at("2026-11-01T00:00:00+08:00"))));
    assert_eq!(judge(&retrofitted).code, VerdictName::InOrder);
    retrofitted.label = Some((EmissionLabel::Yellow, at("2026-11-01T00:00:00+08:00")));
    assert_eq!(judge(&retrofitted).code, VerdictName::YellowInZone);
}

#[test]
fn a_black_truck_says_why() {
    // Proves: none, expired, foreign and a company without approval are told apart.
    let reason = |papers: Papers| {
        let facts = Facts { papers, ..in_order() };
        judge(&facts).reason.zh
    };
    assert_eq!(reason(Papers::default()), "台账中无任何核准");
    assert_eq!(reason(Papers { all: 1, ..Papers::default() }), "仅有外区核准，本区不认可");
    assert_eq!(reason(Papers { all: 3, recognised: 2, ..Papers::default() }), "核准 2 条，现均不在有效期内");
    let company = Some(CompanyFacts { name: "惠通运输".to_owned(), approved: false });
    let verdict = judge(&Facts { company, ..in_order() });
    assert_eq!(
        (verdict.code, verdict.reason.zh.as_str()),
        (VerdictName::BlackTruck, "惠通运输现无本区认可的有效运输核准")
    );
}

#[test]
fn old_data_say_so_in_the_headline() {
    // Proves: the limit is sharp, the age is in the headline, and never having been heard of is not "in order".
    let mut facts = in_order();
    facts.last_at = Some(at("2026-11-24T20:00:00+08:00"));
    assert!(!judge(&facts).stale);
    facts.last_at = Some(at("2026-11-24T17:30:00+08:00"));
    let verdict = judge(&facts);
    assert!(verdict.stale);
    assert_eq!(verdict.headline.zh, "未见异常（最后数据 3 小时前）");
    assert_eq!(verdict.data_age_s, Some(12_600));
    assert_eq!(verdict.rests_on.zh, "台账第 3 版；最后定位 11-24 17:30（3 小时前）；进行中的疑似违规 0 起");
    facts.last_at = None;
    let verdict = judge(&facts);
    assert_eq!((verdict.code, verdict.data_age_s), (VerdictName::NoData, None));
    assert_eq!(verdict.headline.zh, "无定位数据");
}

#[test]
fn outside_its_hours_names_them() {
    // Proves: the reason has the approved hours and the time it is.
    let mut facts = in_order();
    facts.papers.open = 0;
    facts.now = at("2026-11-24T14:03:00+08:00");
    assert_eq!(judge(&facts).reason.zh, "核准时间 每日 20:00–次日 05:00；现在 11-24 14:03");
}
