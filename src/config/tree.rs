//! Settings before they are values: every key with where it comes from. Defaults lie at the bottom, the file over them, the
//! environment on top.

use super::ConfigError;
use std::{collections::BTreeMap, fmt, fs, path::Path, path::PathBuf};
use toml::{Value, de::DeTable, de::DeValue};

/// Prefix of variables that override a value.
const PREFIX: &str = "MUCKWATCH__";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a file, from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File(path, line) => write!(out, "{}:{line}", path.display()),
            Self::Environment(name) => out.write_str(name),
        }
    }
}

/// A key's value and origin, or a table of keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A value; arrays are one value.
    Leaf(Value, Origin),
    /// Keys below, and where the table was opened.
    Table(BTreeMap<String, Self>, Origin),
}

impl Node {
    /// A value and everything in it under one origin.
    pub(super) fn of(value: Value, origin: &Origin) -> Self {
        match value {
            Value::Table(keys) => {
                let keys = keys.into_iter().map(|(key, value)| (key, Self::of(value, origin))).collect();
                Self::Table(keys, origin.clone())
            }
            value => Self::Leaf(value, origin.clone()),
        }
    }

    /// Where it comes from.
    pub(super) const fn origin(&self) -> &Origin {
        match self {
            Self::Leaf(_, origin) | Self::Table(_, origin) => origin,
        }
    }

    /// Puts `over` on top: tables join, everything else is replaced.
    pub(super) fn lay(&mut self, over: Self) {
        match (self, over) {
            (Self::Table(keys, _), Self::Table(others, _)) => {
                for (key, other) in others {
                    match keys.get_mut(&key) {
                        Some(below) => below.lay(other),
                        None => {
                            keys.insert(key, other);
                        }
                    }
                }
            }
            (below, over) => *below = over,
        }
    }

    /// Takes away what lies at a path; says whether there was anything.
    pub(super) fn remove(&mut self, path: &[String]) -> bool {
        let Self::Table(keys, _) = self else { return false };
        match path {
            [] => false,
            [last] => keys.remove(last).is_some(),
            [first, rest @ ..] => keys.get_mut(first).is_some_and(|node| node.remove(rest)),
        }
    }

    /// What lies at a dotted path.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| match node {
            Self::Table(keys, _) => keys.get(key),
            Self::Leaf(..) => None,
        })
    }
}

/// A file as a tree.
pub(super) fn file(path: &Path) -> Result<Node, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_path_buf(), source })?;
    let line =
        |at: usize| Origin::File(path.to_path_buf(), text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1);
    let syntax = |error: toml::de::Error| ConfigError::Syntax {
        origin: line(error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    };
    let values: toml::Table = text.parse().map_err(syntax)?;
    let spans = DeTable::parse(&text).map_err(syntax)?;
    Ok(Node::Table(located(values, spans.get_ref(), &line), line(0)))
}

fn located(values: toml::Table, spans: &DeTable<'_>, line: &impl Fn(usize) -> Origin) -> BTreeMap<String, Node> {
    let mut keys = BTreeMap::new();
    for (key, value) in values {
        let Some((name, found)) = spans.iter().find(|(name, _)| name.get_ref().as_ref() == key) else { continue };
        let origin = line(name.span().start);
        let node = match (value, found.get_ref()) {
            (Value::Table(values), DeValue::Table(spans)) => Node::Table(located(values, spans, line), origin),
            (value, _) => Node::of(value, &origin),
        };
        keys.insert(key, node);
    }
    keys
}

/// The environment's values, laid over `tree`: `A__B__C` is the key `a.b.c`.
pub(super) fn environment(tree: &mut Node, variables: impl Iterator<Item = (String, String)>) {
    for (name, text) in variables {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let path = path.to_lowercase().replace("__", ".");
        let origin = Origin::Environment(name);
        let value = literal(&text, tree.at(&path));
        let node = path.rsplit('.').fold(Node::of(value, &origin), |node, key| {
            Node::Table(BTreeMap::from([(key.to_owned(), node)]), origin.clone())
        });
        tree.lay(node);
    }
}

/// The text as what lies `below` wants it: text stays text, a list may be `a,b`, everything else is read as TOML.
fn literal(text: &str, below: Option<&Node>) -> Value {
    let plain = || Value::String(text.to_owned());
    let parsed: Option<toml::Table> = format!("value = {text}").parse().ok();
    let parsed = parsed.and_then(|mut table| table.remove("value"));
    match (below, parsed) {
        (Some(Node::Leaf(Value::Array(_), _)), parsed) => match parsed {
            Some(Value::Array(items)) => Value::Array(items),
            _ => list(text),
        },
        (Some(Node::Leaf(Value::String(_), _)), Some(value)) if !value.is_str() => plain(),
        (_, parsed) => parsed.unwrap_or_else(plain),
    }
}

fn list(text: &str) -> Value {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
}
