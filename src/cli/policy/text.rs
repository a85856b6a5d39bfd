//! Policies in words.

use super::file::numbers;
use crate::{model::time::Timestamp, rules::Policy, store::policies::StoredPolicy};

/// All changes, as comments above the numbers.
pub(super) fn history(changes: &[StoredPolicy], now: Timestamp) -> String {
    let mut text = format!("# 规则参数, {now} 现行 (numbers of the rules, in force now)");
    if changes.is_empty() {
        text.push_str("\n# 从未变更, 均为默认值 (never changed: the defaults)");
    }
    for stored in changes {
        text.push_str("\n# ");
        text.push_str(&line(stored));
        if is_replaced(stored, changes) {
            text.push_str(" (被后来的变更取代, 不再生效 replaced by a later change, never to hold)");
        } else if stored.order.from > now {
            text.push_str(" (尚未生效 not in force yet)");
        }
    }
    text
}

/// Whether a later change holds from the same time on or from before: then this one never holds, or no longer would.
pub(super) fn is_replaced(stored: &StoredPolicy, changes: &[StoredPolicy]) -> bool {
    changes.iter().any(|later| later.revision > stored.revision && later.order.from <= stored.order.from)
}

/// What a change that is put in force now does to those that wait.
pub(super) fn would_replace(waiting: &[&StoredPolicy]) -> String {
    told("注意: 现在生效会取代尚未生效的变更 put in force now it would replace changes that wait:", waiting)
}

/// What it did.
pub(super) fn replaced(waiting: &[&StoredPolicy]) -> String {
    told("注意: 以下尚未生效的变更已被取代 these changes, which had not come into force, are replaced:", waiting)
}

fn told(head: &str, changes: &[&StoredPolicy]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let lines: String = changes.iter().map(|stored| format!("\n  {}", line(stored))).collect();
    format!("\n{head}{lines}")
}

/// One change.
pub(super) fn line(stored: &StoredPolicy) -> String {
    let (number, order) = (stored.revision.0, &stored.order);
    let digest = order.hash.get(..12).unwrap_or_default();
    format!(
        "第 {number} 次 change {number}: 自 from {} 起生效, {} 于 at {}, {digest}",
        order.from, order.author, order.at
    )
}

/// What differs, one number a line.
pub(super) fn difference(now: &Policy, then: &Policy) -> String {
    let lines: Vec<String> = numbers(now)
        .into_iter()
        .zip(numbers(then))
        .filter(|((_, now), (_, then))| now != then)
        .map(|((key, now), (_, then))| format!("  {key}: {now} → {then}"))
        .collect();
    if lines.is_empty() {
        return "与现行参数相同 equal to what is in force".to_owned();
    }
    lines.join("\n")
}
