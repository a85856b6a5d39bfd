//! This plate, here, now: may it? One verdict from a closed list, by precedence (screens.md 2): scrapped but moving, black truck,
//! yellow label inside a zone now, outside its hours, another breach open, in order, not in the ledger, no data.
//!
//! A pure leaf: facts in, verdict and its words out. "In order" is said only of a vehicle that was heard of; what rests on old data
//! says so in its headline.

use super::resources::card::VerdictName;
use crate::{
    cases::sentence::Bilingual,
    model::{
        time::{Span, Timestamp},
        vehicle::{EmissionLabel, VehicleKind},
    },
};

/// Everything a verdict may rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The server's clock.
    pub now: Timestamp,
    /// Data older than this are old.
    pub stale_after: Span,
    /// Revision of the ledger.
    pub ledger_revision: u32,
    /// What the vehicle is.
    pub kind: VehicleKind,
    /// Its label now and since when.
    pub label: Option<(EmissionLabel, Timestamp)>,
    /// Its company.
    pub company: Option<CompanyFacts>,
    /// Its approvals.
    pub papers: Papers,
    /// Event time of its newest position.
    pub last_at: Option<Timestamp>,
    /// Event time of the newest position at which it moved, as far back as was looked.
    pub moved_at: Option<Timestamp>,
    /// Name of the zone closed to it in which its newest position lies.
    pub zone: Option<String>,
    /// What is open against it, gravest first.
    pub open: Vec<Breach>,
    /// Suspected breaches of the last 24 hours that are over.
    pub over_of_late: usize,
    /// Seconds since judging stands still; `None` while it goes on.
    pub unjudged_s: Option<u64>,
}

/// A company and whether it may haul here now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyFacts {
    /// Name as registered.
    pub name: String,
    /// A transport approval that counts here holds now.
    pub approved: bool,
}

/// The approvals of a vehicle, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Papers {
    /// All of them.
    pub all: usize,
    /// Of a district that counts here.
    pub recognised: usize,
    /// Of those, valid now.
    pub valid: usize,
    /// Of those, with their hours open now.
    pub open: usize,
    /// Hours of the valid ones.
    pub hours: Option<Bilingual>,
}

/// An open episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// What it means for the verdict.
    pub kind: BreachKind,
    /// Its title.
    pub title: Bilingual,
    /// Its sentence.
    pub sentence: Bilingual,
}

/// What an open episode means for the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreachKind {
    /// One of the black truck rules.
    BlackTruck,
    /// Yellow label in a zone.
    YellowZone,
    /// Outside its hours.
    OutsideWindow,
    /// Any other.
    Other,
}

/// The verdict and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// From the closed list.
    pub code: VerdictName,
    /// The line to read.
    pub headline: Bilingual,
    /// Why, in one line.
    pub reason: Bilingual,
    /// What it rests on.
    pub rests_on: Bilingual,
    /// Age of the newest position in seconds.
    pub data_age_s: Option<i64>,
    /// Whether there is none, it is older than the limit, or nothing is judged now.
    pub stale: bool,
}

/// The verdict on a vehicle of the ledger.
#[must_use]
pub fn judge(facts: &Facts) -> Verdict {
    let (code, headline, reason) = scrapped(facts)
        .or_else(|| black_truck(facts))
        .or_else(|| yellow_in_zone(facts))
        .or_else(|| outside_window(facts))
        .or_else(|| other_breach(facts))
        .unwrap_or_else(|| in_order_or_unheard(facts));
    let data_age_s = facts.last_at.map(|at| facts.now.since(at).as_millis().max(0) / 1000);
    let stale = data_age_s.is_none_or(|age| age > facts.stale_after.as_millis() / 1000);
    let headline = if stale { aged(headline, code, data_age_s) } else { headline };
    let headline = match facts.unjudged_s.filter(|_| code == VerdictName::InOrder) {
        Some(seconds) => unjudged(seconds),
        None => headline,
    };
    let stale = stale || facts.unjudged_s.is_some();
    Verdict { code, headline, reason, rests_on: rests_on(facts, data_age_s), data_age_s, stale }
}

/// The verdict on a plate that is in no row of the ledger.
#[must_use]
pub fn not_in_ledger(ledger_revision: u32) -> Verdict {
    Verdict {
        code: VerdictName::NotInLedger,
        headline: words("台账无此车", "Not in the ledger"),
        reason: words(
            "未在本区登记；若为渣土车即无本区核准",
            "not registered in this district; if it hauls muck, it has no approval here",
        ),
        rests_on: words(format!("台账第 {ledger_revision} 版"), format!("ledger revision {ledger_revision}")),
        data_age_s: None,
        stale: false,
    }
}

/// How long ago, in words.
#[must_use]
pub fn ago(age_s: i64) -> Bilingual {
    let (amount, zh, en) = match age_s {
        ..60 => (age_s, "秒", "s"),
        60..3_600 => (age_s / 60, "分钟", "min"),
        3_600..86_400 => (age_s / 3_600, "小时", "h"),
        _ => (age_s / 86_400, "天", "d"),
    };
    words(format!("{amount} {zh}前"), format!("{amount} {en} ago"))
}

type Found = (VerdictName, Bilingual, Bilingual);

fn scrapped(facts: &Facts) -> Option<Found> {
    let (label, from) = facts.label?;
    let (zh, en) = match label {
        EmissionLabel::Scrapped => ("已报废", "Scrapped"),
        EmissionLabel::Deregistered => ("已注销", "Deregistered"),
        EmissionLabel::Yellow | EmissionLabel::Retrofitted | EmissionLabel::Green | EmissionLabel::MovedOut => {
            return None;
        }
    };
    let moved = facts.moved_at.filter(|moved| *moved >= from)?;
    let headline = words(format!("{zh}车辆仍上路"), format!("{en} vehicle on the road"));
    let (date, moved) = (minute(from), minute(moved));
    Some((
        VerdictName::ScrappedMoving,
        headline,
        words(
            format!("{date} 起{zh}，{moved} 仍在行驶"),
            format!("{} since {date}, moving at {moved}", en.to_lowercase()),
        ),
    ))
}

fn black_truck(facts: &Facts) -> Option<Found> {
    let code = VerdictName::BlackTruck;
    if facts.kind == VehicleKind::MuckTruck && facts.papers.valid == 0 {
        let headline = words("无有效核准 · 疑似黑车", "No valid approval: suspected black truck");
        return Some((code, headline, paper_reason(&facts.papers)));
    }
    if facts.kind == VehicleKind::MuckTruck
        && let Some(company) = facts.company.as_ref().filter(|company| !company.approved)
    {
        let name = &company.name;
        let headline =
            words("企业无运输核准 · 疑似黑公司车辆", "Company without transport approval: suspected black company");
        let reason = words(
            format!("{name}现无本区认可的有效运输核准"),
            format!("{name} holds no transport approval that counts here now"),
        );
        return Some((code, headline, reason));
    }
    let breach = breach(facts, BreachKind::BlackTruck)?;
    Some((code, words("疑似黑车", "Suspected black truck"), breach.sentence.clone()))
}

fn paper_reason(papers: &Papers) -> Bilingual {
    let Papers { all, recognised, .. } = papers;
    match (*all, *recognised) {
        (0, _) => words("台账中无任何核准", "no approval in the ledger"),
        (_, 0) => words("仅有外区核准，本区不认可", "approved by other districts only"),
        (_, recognised) => words(
            format!("核准 {recognised} 条，现均不在有效期内"),
            format!("{recognised} approval(s), none valid now"),
        ),
    }
}

fn yellow_in_zone(facts: &Facts) -> Option<Found> {
    let code = VerdictName::YellowInZone;
    let headline = || words("黄标车在限行区内", "Yellow-label vehicle inside a restricted zone");
    if let Some(breach) = breach(facts, BreachKind::YellowZone) {
        return Some((code, headline(), breach.sentence.clone()));
    }
    let zone = facts.zone.as_ref().filter(|_| facts.label.is_some_and(|(label, _)| label == EmissionLabel::Yellow))?;
    let reason =
        words(format!("最后位置在「{zone}」内，现为限行时间"), format!("last seen inside {zone}, closed to it now"));
    Some((code, headline(), reason))
}

fn outside_window(facts: &Facts) -> Option<Found> {
    let code = VerdictName::OutsideWindow;
    let headline = || words("现在不在核准时间", "Outside the approved hours now");
    if let Some(breach) = breach(facts, BreachKind::OutsideWindow) {
        return Some((code, headline(), breach.sentence.clone()));
    }
    let Papers { valid, open, hours, .. } = &facts.papers;
    if *valid == 0 || *open > 0 {
        return None;
    }
    let hours = hours.clone().unwrap_or_else(|| words("", ""));
    let now = minute(facts.now);
    Some((
        code,
        headline(),
        words(format!("核准时间 {}；现在 {now}", hours.zh), format!("approved hours {}; now {now}", hours.en)),
    ))
}

fn other_breach(facts: &Facts) -> Option<Found> {
    let breach = facts.open.first()?;
    let headline =
        words(format!("疑似违规进行中：{}", breach.title.zh), format!("Suspected breach open: {}", breach.title.en));
    Some((VerdictName::OtherBreach, headline, breach.sentence.clone()))
}

fn in_order_or_unheard(facts: &Facts) -> Found {
    let valid = facts.papers.valid;
    let papers = match facts.kind {
        VehicleKind::MuckTruck => words(format!("有效核准 {valid} 条"), format!("{valid} valid approval(s)")),
        VehicleKind::GoodsVehicle | VehicleKind::Other => words("非渣土车", "not a muck truck"),
    };
    if facts.last_at.is_none() {
        let reason = words(
            format!("台账在册（{}），未收到过定位", papers.zh),
            format!("in the ledger ({}), never heard of", papers.en),
        );
        return (VerdictName::NoData, words("无定位数据", "No position data"), reason);
    }
    if facts.over_of_late > 0 {
        let (count, headline) = (facts.over_of_late, words("此刻未见异常", "In order now"));
        let reason = words(
            format!("24 小时内已结束的疑似违规 {count} 起，见下；{}", papers.zh),
            format!("{count} suspected breach(es) of the last 24 h are over, see below; {}", papers.en),
        );
        return (VerdictName::InOrder, headline, reason);
    }
    let reason = words(format!("{}；无进行中的疑似违规", papers.zh), format!("{}; nothing open against it", papers.en));
    (VerdictName::InOrder, words("未见异常", "In order"), reason)
}

fn breach(facts: &Facts, kind: BreachKind) -> Option<&Breach> {
    facts.open.iter().find(|breach| breach.kind == kind)
}

/// Nothing open says nothing while nobody judges.
fn unjudged(seconds: u64) -> Bilingual {
    let ago = ago(i64::try_from(seconds).unwrap_or(i64::MAX));
    words(
        format!("判定中断，是否违规不明（最后判定 {}）", ago.zh),
        format!("Not being judged: unknown (last judged {})", ago.en),
    )
}

fn aged(headline: Bilingual, code: VerdictName, age_s: Option<i64>) -> Bilingual {
    match age_s.map(ago) {
        Some(ago) => {
            words(format!("{}（最后数据 {}）", headline.zh, ago.zh), format!("{} (last data {})", headline.en, ago.en))
        }
        None if code == VerdictName::NoData => headline,
        None => words(format!("{}（无定位数据）", headline.zh), format!("{} (no position data)", headline.en)),
    }
}

fn rests_on(facts: &Facts, age_s: Option<i64>) -> Bilingual {
    let position = match (facts.last_at, age_s.map(ago)) {
        (Some(at), Some(ago)) => {
            let at = minute(at);
            words(format!("最后定位 {at}（{}）", ago.zh), format!("last position {at} ({})", ago.en))
        }
        _ => words("无定位", "no position"),
    };
    let (revision, open) = (facts.ledger_revision, facts.open.len());
    words(
        format!("台账第 {revision} 版；{}；进行中的疑似违规 {open} 起", position.zh),
        format!("ledger revision {revision}; {}; {open} suspected breach(es) open", position.en),
    )
}

/// `11-24 14:03` in China.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let month_day = text.get(5..10).unwrap_or_default();
    let hour_minute = text.get(11..16).unwrap_or_default();
    format!("{month_day} {hour_minute}")
}

fn words(zh: impl Into<String>, en: impl Into<String>) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
