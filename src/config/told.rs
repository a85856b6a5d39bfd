//! Values out of a tree, or everything that is wrong with them, as a person can mend it.

use super::{
    Config, ConfigError, nearest,
    read::{Reader, What, Wrong},
    tree::{Node, Origin},
};
use serde::Deserialize as _;
use std::{cell::RefCell, collections::BTreeSet};

/// The values, or everything that is wrong with them: what cannot be read is noted, left out, and the rest is read again.
pub(super) fn deserialize(
    tree: &Node,
    defaults: &Node,
    known: &RefCell<BTreeSet<String>>,
) -> Result<Config, ConfigError> {
    let (mut left, mut errors) = (tree.clone(), Vec::new());
    loop {
        let wrong = match Config::deserialize(Reader { node: &left, path: String::new(), known }) {
            Ok(config) if errors.is_empty() => return Ok(config),
            Ok(_) => break,
            Err(wrong) => wrong,
        };
        let is_new = left.remove(&wrong.path);
        errors.push(told(wrong, tree, defaults));
        if !is_new || errors.len() >= ERRORS_MAX {
            break;
        }
    }
    if errors.len() == 1 {
        return Err(errors.remove(0));
    }
    Err(ConfigError::Several(errors))
}

/// Most errors told at once.
const ERRORS_MAX: usize = 50;

/// What is wrong, as a person can mend it.
fn told(wrong: Wrong, tree: &Node, defaults: &Node) -> ConfigError {
    let key = wrong.path.join(".");
    let origin = tree.at(&key).map_or(Origin::Default, |node| node.origin().clone());
    match wrong.what {
        What::Unknown(expected) => {
            let word = wrong.path.last().map_or("", String::as_str);
            let advice = match nearest::nearest(word, expected.iter().copied()) {
                Some(near) => format!("is it `{}{near}`?", key.strip_suffix(word).unwrap_or_default()),
                None => format!("known here are {}", expected.join(", ")),
            };
            ConfigError::Unknown { origin, key, advice }
        }
        What::Value(reason) => {
            let advice = match defaults.at(&key) {
                Some(Node::Leaf(value, _)) => format!("the default is {value}"),
                Some(Node::Table(keys, _)) => {
                    format!("it is a table with the keys {}", keys.keys().cloned().collect::<Vec<_>>().join(", "))
                }
                None => "leave it out if it is not needed".to_owned(),
            };
            ConfigError::Value { origin, key, reason, advice }
        }
    }
}
