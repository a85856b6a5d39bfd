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
    }
    text
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
