//! Settings in force, shown: each value with its origin, secrets hidden.

use super::{Loaded, Origin, tree::Node};
use serde::Serialize;
use std::collections::BTreeMap;
use toml::Value;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// Last words of keys whose values are secrets.
const SECRET_KEYS: [&str; 3] = ["password", "secret", "token"];
/// Column at which origins stand, if the value leaves room.
const ORIGIN_COLUMN: usize = 44;

/// One value in the JSON form.
#[derive(Clone, Debug, Serialize)]
struct Shown {
    /// The value; absent if the key is not set and has no default.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// `default`, `FILE:LINE` or the variable.
    origin: String,
}

impl Loaded {
    /// As TOML that loads again, origins as comments. Passwords are hidden, so what needs one does not work from it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut lines = Vec::new();
        self.table("", &self.tree, &mut lines);
        lines.join("\n") + "\n"
    }

    /// As one JSON object: dotted key to value and origin.
    #[must_use]
    pub fn to_json(&self) -> String {
        let shown: BTreeMap<&str, Shown> =
            self.known.iter().filter_map(|key| Some((key.as_str(), self.shown(key)?))).collect();
        serde_json::to_string_pretty(&shown).expect("keys are text and values are plain")
    }

    fn shown(&self, key: &str) -> Option<Shown> {
        match self.tree.at(key) {
            None => Some(Shown { value: None, origin: Origin::Default.to_string() }),
            Some(Node::Leaf(value, origin)) => {
                Some(Shown { value: Some(hide(key, value)), origin: origin.to_string() })
            }
            Some(Node::Table(..)) => None,
        }
    }

    /// A table: its own values first, then the tables in it.
    fn table(&self, path: &str, node: &Node, lines: &mut Vec<String>) {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        let Node::Table(keys, _) = node else { return };
        if !path.is_empty() {
            lines.extend([String::new(), format!("[{path}]")]);
        }
        for (key, value) in keys {
            if let Node::Leaf(value, origin) = value {
                lines.push(line(&format!("{key} = {}", hide(key, value)), origin));
            }
        }
        for key in self.known.iter().filter_map(|known| known.strip_prefix(&prefix)) {
            if !key.contains('.') && !keys.contains_key(key) {
                lines.push(line(&format!("# {key} is not set"), &Origin::Default));
            }
        }
        for (key, below) in keys {
            self.table(&format!("{prefix}{key}"), below, lines);
        }
    }
}

fn line(text: &str, origin: &Origin) -> String {
    format!("{text:ORIGIN_COLUMN$} # {origin}")
}

/// The value without passwords.
fn hide(key: &str, value: &Value) -> Value {
    let last = key.rsplit('.').next().unwrap_or(key);
    match value {
        Value::String(_) if SECRET_KEYS.iter().any(|word| last.ends_with(word)) => Value::String(HIDDEN.to_owned()),
        Value::String(text) => Value::String(without_passwords(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| hide(key, item)).collect()),
        Value::Table(table) => Value::Table(table.iter().map(|(key, value)| (key.clone(), hide(key, value))).collect()),
        other => other.clone(),
    }
}

/// Hides `scheme://user:THIS@host`, `?password=THIS` and `password=THIS`.
fn without_passwords(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some((scheme, rest)) = text.split_once("://")
        && let Some((user, host)) = rest.rsplit_once('@')
        && let Some((name, _)) = user.split_once(':')
    {
        text = format!("{scheme}://{name}:{HIDDEN}@{host}");
    }
    for word in ["password=", "PASSWORD="] {
        if let Some((before, after)) = text.split_once(word) {
            let end = after.find(['&', ' ', ';']).unwrap_or(after.len());
            text = format!("{before}{word}{HIDDEN}{}", after.get(end..).unwrap_or_default());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_show() {
        // Proves: each place a password may stand in is hidden, and nothing else is.
        let hidden = [
            ("postgres://watch:s3cr@t@db1:5432/house", "postgres://watch:***@db1:5432/house"),
            ("redis://:s3cret@127.0.0.1:6379", "redis://:***@127.0.0.1:6379"),
            ("postgres://db/house?password=s3cret&x=1", "postgres://db/house?password=***&x=1"),
            ("host=db password=s3cret user=me", "host=db password=*** user=me"),
        ];
        for (text, shown) in hidden {
            assert_eq!(without_passwords(text), shown);
        }
        for plain in ["127.0.0.1:8080", "postgres://watch@db1/house", "redis://127.0.0.1:6379"] {
            assert_eq!(without_passwords(plain), plain);
        }
        assert_eq!(hide("bus.password", &Value::String("x".to_owned())), Value::String(HIDDEN.to_owned()));
    }
}
