//! A policy in a file.

use crate::rules::Policy;
use serde_json::Value;
use std::{fs, io, path::Path};

/// A file that cannot be used; each says where and what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    /// It cannot be read.
    #[error("{path} 无法读取 cannot be read: {source}")]
    Unread {
        /// Which.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is not a policy.
    #[error(
        "{path} 不可用, 未作任何变更 cannot be used, nothing was changed. 正确的名称见 the right names: muckwatch policy show\n{source}"
    )]
    Unfit {
        /// Which.
        path: String,
        /// Line, column, and what is wrong there.
        source: toml::de::Error,
    },
    /// A number that no rule can compare with.
    #[error(
        "{path} 不可用: {keys} 须为不小于 0 的数; 未作任何变更 (must be numbers of at least 0; nothing was changed)"
    )]
    Number {
        /// Which file.
        path: String,
        /// Which of them.
        keys: String,
    },
}

/// Reads it; what it does not name has its default.
pub(super) fn read(path: &Path) -> Result<Policy, Wrong> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|source| Wrong::Unread { path: name.clone(), source })?;
    let policy: Policy = toml::from_str(&text).map_err(|source| Wrong::Unfit { path: name.clone(), source })?;
    let strange: Vec<String> =
        numbers(&policy).into_iter().filter(|(_, value)| !is_sane(value)).map(|(key, _)| key).collect();
    if strange.is_empty() { Ok(policy) } else { Err(Wrong::Number { path: name, keys: strange.join(", ") }) }
}

/// Not a number is `null` in JSON.
fn is_sane(value: &Value) -> bool {
    value.is_boolean() || value.as_f64().is_some_and(|number| number >= 0.0)
}

/// Every number of a policy under its name.
pub(super) fn numbers(policy: &Policy) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let whole = serde_json::to_value(policy).expect("policies are plain tables");
    walk(String::new(), &whole, &mut found);
    found
}

fn walk(name: String, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(table) => {
            for (key, value) in table {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                walk(name, value, found);
            }
        }
        value => found.push((name, value.clone())),
    }
}
