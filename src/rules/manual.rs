//! The manual `docs/rules.md`, made of the catalogue: what the rules' files say of themselves and their default numbers.

use super::{Policy, RuleId, SOURCES, SPECS, spec::Spec};

/// The whole manual in Markdown.
///
/// # Panics
/// Never: a policy is a plain table.
#[must_use]
pub fn manual() -> String {
    let policy = Policy::default();
    let mut text = String::from(HEAD);
    for (rule, spec) in SPECS {
        text.push_str(&line(*rule, spec));
    }
    for (rule, spec) in SPECS {
        text.push_str(&chapter(*rule, spec, &policy));
    }
    let track = serde_json::to_string_pretty(&policy.track).expect("a plain table");
    text + "\n" + TRACK + "\n```json\n" + &track + "\n```\n"
}

const TRACK: &str = "## Gate, gaps, stays, loading\nShared by all rules (table `track` of a policy):";

fn line(rule: RuleId, spec: &Spec) -> String {
    let (code, anchor) = (rule.code(), anchor(spec));
    format!("| [`{code}`](#{anchor}) | {} | {} | {} |\n", spec.title_zh, spec.title_en, spec.basis)
}

const HEAD: &str = "# The rules\n\nGenerated from the catalogue (`src/rules`); `tests/manual.rs` says when it is out of date.\n\n\
A rule is a predicate on one good fix; `limits` say when it becomes an episode. Every number is a parameter of the policy.\n\n\
| rule | 名称 | title | legal basis |\n|---|---|---|---|\n";

fn chapter(rule: RuleId, spec: &Spec, policy: &Policy) -> String {
    let table = serde_json::to_string_pretty(&policy.table(rule)).expect("a plain table");
    format!(
        "\n## {} {}\n\n`{}`, {}, subject: {:?}, revision {}.\n\n{}\n```json\n{table}\n```\n",
        spec.title_zh,
        spec.title_en,
        rule.code(),
        spec.code,
        spec.subject,
        spec.revision,
        head_of(rule),
    )
}

/// The headings of a rule's file, one level down.
fn head_of(rule: RuleId) -> String {
    let source = SOURCES.iter().find(|(id, _)| *id == rule).map_or("", |(_, source)| source);
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.map(|line| if line.starts_with('#') { format!("\n##{line}\n") } else { format!("{line}\n") }).collect()
}

/// The anchor that Markdown gives a chapter's heading.
fn anchor(spec: &Spec) -> String {
    let heading = format!("{} {}", spec.title_zh, spec.title_en).to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
