//! Findings against the truth: precision and recall per rule.
//!
//! A finding matches a truth line of the same rule, subject and object if they overlap, each line once. A further finding on
//! a matched line is a split: neither right nor wrong. Ambiguous lines count neither way. Leads (grade C) are scored apart.

use super::truth::{Breach, Deed, Party};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;

/// One episode, whoever found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// Who.
    pub subject: Party,
    /// About what.
    pub object: Option<Party>,
    /// Start.
    pub from: Timestamp,
    /// End, or the last instant known.
    pub to: Timestamp,
    /// Grade C.
    pub lead: bool,
}

/// Counts of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Truth lines found.
    pub found: usize,
    /// Truth lines not found.
    pub missed: usize,
    /// Findings without a truth line.
    pub false_alarms: usize,
    /// Further findings on a line already found.
    pub splits: usize,
    /// Findings on ambiguous lines.
    pub ambiguous: usize,
}

/// The whole comparison.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Grades A and B.
    pub firm: BTreeMap<&'static str, Tally>,
    /// Grade C.
    pub leads: BTreeMap<&'static str, Tally>,
    /// Truth lines that were not found.
    pub misses: Vec<Deed>,
    /// Findings that no truth line explains.
    pub alarms: Vec<Finding>,
}

/// Compares.
#[must_use]
pub fn score(truth: &[Deed], findings: &[Finding]) -> Score {
    let mut taken = vec![false; truth.len()];
    let mut score = Score::empty();
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by_key(|finding| (finding.lead, finding.from));
    for finding in ordered {
        let fits: Vec<usize> = (0..truth.len()).filter(|index| fits(&truth[*index], finding)).collect();
        let line = fits.iter().find(|index| !taken[**index]).or(fits.first());
        let tally = line.map_or(finding.lead, |index| truth[*index].lead || finding.lead);
        let tally = score.tally(&finding.rule, tally);
        match line {
            None => {
                tally.false_alarms += 1;
                score.alarms.push(finding.clone());
            }
            Some(index) if truth[*index].ambiguous => tally.ambiguous += 1,
            Some(index) if taken[*index] => tally.splits += 1,
            Some(_) => tally.found += 1,
        }
        if let Some(index) = line {
            taken[*index] = true;
        }
    }
    for (deed, _) in truth.iter().zip(&taken).filter(|(deed, taken)| !**taken && !deed.ambiguous) {
        score.tally(deed.rule.rule(), deed.lead).missed += 1;
        score.misses.push(deed.clone());
    }
    score
}

fn fits(deed: &Deed, finding: &Finding) -> bool {
    deed.rule.rule() == finding.rule
        && deed.subject == finding.subject
        && deed.object == finding.object
        && deed.from <= finding.to
        && finding.from <= deed.to
}

impl Tally {
    /// Share of findings that were right; `None` without findings.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.found + self.false_alarms)
    }

    /// Share of truth lines found; `None` without lines.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.found + self.missed)
    }
}

impl Score {
    fn empty() -> Self {
        let rules = || Breach::ALL.iter().map(|breach| (breach.rule(), Tally::default())).collect();
        Self { firm: rules(), leads: rules(), misses: Vec::new(), alarms: Vec::new() }
    }

    /// The tally of a rule; a rule the simulator does not know is counted under its own heading.
    fn tally(&mut self, rule: &str, lead: bool) -> &mut Tally {
        let name = Breach::ALL.iter().map(|breach| breach.rule()).find(|name| *name == rule).unwrap_or("other");
        let table = if lead { &mut self.leads } else { &mut self.firm };
        table.entry(name).or_default()
    }

    /// Whether every firm line was found and nothing else was.
    #[must_use]
    pub fn is_perfect(&self) -> bool {
        let clean = |tally: &Tally| tally.missed == 0 && tally.false_alarms == 0;
        self.firm.values().all(clean)
    }

    /// The table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::from(
            "rule                       grade  found  missed  false  split  ambiguous  precision  recall\n",
        );
        for (grade, tallies) in [("A/B", &self.firm), ("C", &self.leads)] {
            for (rule, tally) in tallies.iter().filter(|(_, tally)| **tally != Tally::default()) {
                text.push_str(&row(rule, grade, tally));
            }
        }
        text
    }
}

fn row(rule: &str, grade: &str, tally: &Tally) -> String {
    let percent = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    format!(
        "{rule:<26} {grade:<5} {:>6} {:>7} {:>6} {:>6} {:>10} {:>10} {:>7}\n",
        tally.found,
        tally.missed,
        tally.false_alarms,
        tally.splits,
        tally.ambiguous,
        percent(tally.precision()),
        percent(tally.recall()),
    )
}

fn share(part: usize, whole: usize) -> Option<f64> {
    let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (whole > 0).then(|| of(part) / of(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Wgs84;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn party(id: &str) -> Party {
        Party { kind: "vehicle".to_owned(), id: id.to_owned() }
    }

    fn deed(rule: Breach, who: &str, from: i64, to: i64) -> Deed {
        let (subject, place, note) = (party(who), Wgs84::default(), String::new());
        let (from, to) = (at(from), at(to));
        Deed { rule, subject, object: None, place, from, to, ambiguous: false, lead: false, note }
    }

    fn finding(rule: Breach, who: &str, from: i64, to: i64) -> Finding {
        let (from, to) = (at(from), at(to));
        Finding { rule: rule.rule().to_owned(), subject: party(who), object: None, from, to, lead: false }
    }

    #[test]
    fn each_line_is_found_once_and_splits_count_neither_way() {
        // Proves: one match a line, a second finding on it is a split, the rest are misses and false alarms.
        let truth = [
            deed(Breach::OffRoute, "a", 0, 100),
            deed(Breach::OffRoute, "a", 200, 300),
            deed(Breach::OffRoute, "b", 0, 9),
        ];
        let findings = [
            finding(Breach::OffRoute, "a", 10, 20),
            finding(Breach::OffRoute, "a", 50, 60),
            finding(Breach::OffRoute, "a", 250, 350),
            finding(Breach::OffRoute, "c", 0, 9),
            finding(Breach::NoApproval, "a", 10, 20),
        ];
        let score = score(&truth, &findings);
        assert_eq!(score.firm["off_route"], Tally { found: 2, missed: 1, false_alarms: 1, splits: 1, ambiguous: 0 });
        assert_eq!(score.firm["no_approval"], Tally { false_alarms: 1, ..Tally::default() });
        assert!(!score.is_perfect());
    }

    #[test]
    fn edges_and_leads_stand_apart() {
        // Proves: an ambiguous line counts neither found nor missed, and grade C does not touch the firm figures.
        let truth = [
            Deed { ambiguous: true, ..deed(Breach::OffRoute, "a", 0, 100) },
            Deed { ambiguous: true, ..deed(Breach::OffRoute, "b", 0, 100) },
            Deed { lead: true, ..deed(Breach::OffRoute, "c", 0, 100) },
        ];
        let findings = [
            finding(Breach::OffRoute, "a", 10, 20),
            Finding { lead: true, ..finding(Breach::OffRoute, "c", 10, 20) },
            Finding { lead: true, ..finding(Breach::OffRoute, "d", 10, 20) },
        ];
        let score = score(&truth, &findings);
        assert_eq!(score.firm["off_route"], Tally { ambiguous: 1, ..Tally::default() });
        assert_eq!(score.leads["off_route"], Tally { found: 1, false_alarms: 1, ..Tally::default() });
        assert!(score.is_perfect());
    }
}
