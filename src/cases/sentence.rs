//! The one sentence that tells an episode, Chinese and English from one table, built from the finding's own numbers.

use super::row::{EpisodeRow, EpisodeState, Found};
use crate::{
    model::{
        ids::{ApprovalId, CompanyId, SiteId, VehicleId, ZoneId},
        place::Wgs84,
        time::Timestamp,
    },
    rules::{
        RuleId,
        finding::Reason,
        observation::{Object, Subject},
    },
};

/// Names for ids, as the ledger had them then; the id itself stands in where there is none.
pub trait Names {
    /// A vehicle's plate as people write it.
    fn plate(&self, vehicle: &VehicleId, at: Timestamp) -> Option<String>;
    /// The company a vehicle hauled for.
    fn company_of(&self, vehicle: &VehicleId, at: Timestamp) -> Option<String>;
    /// A company's name.
    fn company(&self, company: &CompanyId) -> Option<String>;
    /// A site's name.
    fn site(&self, site: &SiteId) -> Option<String>;
    /// A zone's name.
    fn zone(&self, zone: &ZoneId) -> Option<String>;
    /// The two ends of an approval, `3 号工地→古荥消纳场`.
    fn haul(&self, approval: &ApprovalId) -> Option<String>;
    /// What a place is near to: a road, a township.
    fn near(&self, place: Wgs84) -> Option<Bilingual>;
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bilingual {
    /// 中文
    pub zh: String,
    /// English
    pub en: String,
}

/// Tells an episode in one sentence.
#[must_use]
pub fn sentence(row: &EpisodeRow, names: &dyn Names) -> Bilingual {
    let (who, what) = (who(&row.found, names), what(&row.found, names));
    let (when, place) = (when(&row.found), names.near(row.found.stretch.peak.place).unwrap_or_default());
    let papers = papers(&row.found, names);
    let standing = standing(row.state);
    let (at_zh, at_en) = if place.zh.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("在{}", place.zh), format!(" near {}", place.en))
    };
    Bilingual {
        zh: format!("{} {when}{at_zh}{}{}{}", who.zh, what.zh, papers.zh, standing.zh),
        en: format!("{} {when}{at_en}: {}{}{}", who.en, what.en, papers.en, standing.en),
    }
}

/// The table: what each rule says happened.
fn what(found: &Found, names: &dyn Names) -> Bilingual {
    let (length, peak) = (metres(found.stretch.driven_m), found.stretch.peak.value);
    let object = object(found, names);
    let reason = reason(found);
    match found.rule {
        RuleId::UnknownTerminal => both(
            format!("未登记行驶，区内累计 {length}，最高 {peak:.0} km/h"),
            format!("an unregistered terminal drove {length} in the district, up to {peak:.0} km/h"),
        ),
        RuleId::NoApproval => both(
            format!("无有效核准载货运输 {}（{}）", metres(peak), reason.zh),
            format!("hauled {} without a valid approval ({})", metres(peak), reason.en),
        ),
        RuleId::CompanyWithoutApproval => both(
            format!("为{object}载货运输 {}，该企业无有效运输核准（{}）", metres(peak), reason.zh),
            format!("hauled {} for {object}, which has no valid transport approval ({})", metres(peak), reason.en),
        ),
        RuleId::UnapprovedLoading => {
            let (zh, en) = if object.is_empty() {
                ("未登记地点".to_owned(), "an unregistered place".to_owned())
            } else {
                (object.clone(), object)
            };
            both(
                format!("装载于{zh}，停留 {}（{}）", minutes(peak).zh, reason.zh),
                format!("loaded at {en}, a stay of {} ({})", minutes(peak).en, reason.en),
            )
        }
        RuleId::OffRoute => both(
            format!("偏离核准线路，最远 {}，累计 {length}", metres(peak)),
            format!("left the approved route, {} at most, {length} in all", metres(peak)),
        ),
        RuleId::OutsideWindow => both(
            format!("于核准时段外运输 {length}，时段结束后 {}", minutes(peak).zh),
            format!("hauled {length} outside the approved hours, {} after closing", minutes(peak).en),
        ),
        RuleId::YellowZone => both(
            format!("黄标车闯入限行区{object}，行驶 {length}，最深 {}", metres(peak)),
            format!("a yellow-label vehicle drove {length} in restricted zone {object}, {} deep", metres(peak)),
        ),
    }
}

fn who(found: &Found, names: &dyn Names) -> Bilingual {
    match &found.subject {
        Subject::Terminal(terminal) => both(format!("终端 {terminal}"), format!("Terminal {terminal}")),
        Subject::Vehicle(vehicle) => {
            let plate = names.plate(vehicle, found.start()).unwrap_or_else(|| vehicle.to_string());
            match names.company_of(vehicle, found.start()) {
                Some(company) => both(format!("{plate}（{company}）"), format!("{plate} ({company})")),
                None => both(plate.clone(), plate),
            }
        }
    }
}

fn object(found: &Found, names: &dyn Names) -> String {
    match &found.object {
        Object::Nothing => String::new(),
        Object::Company(company) => names.company(company).unwrap_or_else(|| company.to_string()),
        Object::Site(site) => names.site(site).unwrap_or_else(|| site.to_string()),
        Object::Zone(zone) => names.zone(zone).unwrap_or_else(|| zone.to_string()),
    }
}

/// Papers of a company are other papers than a truck's.
fn reason(found: &Found) -> Bilingual {
    let Some(reason) = found.stretch.note.reason else { return Bilingual::default() };
    let company = found.rule == RuleId::CompanyWithoutApproval;
    match reason {
        Reason::NoneIssued if company => both("从未取得".into(), "never issued".into()),
        Reason::Expired if company => both("已过期".into(), "expired".into()),
        Reason::NotYet if company => both("尚未生效".into(), "not in force yet".into()),
        Reason::OtherDistrict if company => both("仅有外区核准".into(), "another district's only".into()),
        reason => both(reason.zh().into(), reason.en().into()),
    }
}

/// The first approval it was judged by, and how many more.
fn papers(found: &Found, names: &dyn Names) -> Bilingual {
    let approvals = &found.stretch.note.approvals;
    let Some(first) = approvals.first() else { return Bilingual::default() };
    let haul_zh = names.haul(first).map_or_else(String::new, |haul| format!("『{haul}』"));
    let haul_en = names.haul(first).map_or_else(String::new, |haul| format!(" ({haul})"));
    let more = approvals.len() - 1;
    let (more_zh, more_en) =
        if more == 0 { Default::default() } else { (format!("等 {} 份", more + 1), format!(" and {more} more")) };
    both(format!("；核准证 {first}{haul_zh}{more_zh}"), format!("; approval {first}{haul_en}{more_en}"))
}

fn standing(state: EpisodeState) -> Bilingual {
    let (zh, en) = match state {
        EpisodeState::Suspected => ("", ""),
        EpisodeState::Lead => ("（线索，待核实）", " (a lead, to be checked)"),
        EpisodeState::Withdrawn => ("（已撤回）", " (withdrawn)"),
    };
    both(zh.into(), en.into())
}

/// `11-24 14:03–14:11`, with the second date when it is another; `11-24 14:03–` while it is open.
fn when(found: &Found) -> String {
    let start = clock(found.start());
    let Some(end) = found.end.map(|end| clock(end.at)) else { return format!("{start}–") };
    if start == end {
        return start;
    }
    match (start.split_once(' '), end.split_once(' ')) {
        (Some((day, _)), Some((same, hour))) if day == same => format!("{start}–{hour}"),
        _ => format!("{start}–{end}"),
    }
}

/// `11-24 14:03` in China.
fn clock(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(5..16).map_or(text.clone(), |short| short.replace('T', " "))
}

fn metres(value: f64) -> String {
    if value < 1000.0 { format!("{value:.0} m") } else { format!("{:.1} km", value / 1000.0) }
}

fn minutes(seconds: f64) -> Bilingual {
    if seconds < 90.0 {
        return both(format!("{seconds:.0} 秒"), format!("{seconds:.0} s"));
    }
    both(format!("{:.0} 分钟", seconds / 60.0), format!("{:.0} min", seconds / 60.0))
}

fn both(zh: String, en: String) -> Bilingual {
    Bilingual { zh, en }
}

#[cfg(test)]
#[path = "sentence_tests.rs"]
mod tests;
