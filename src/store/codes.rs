//! Kinds as texts: the code of an enum in the store and in CSV files is its serde name, written in one place.

use serde::{Serialize, de::DeserializeOwned};

/// The code of a fieldless enum; empty for anything else, which no caller passes.
pub(crate) fn code<T: Serialize>(kind: &T) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

/// The kind of a code.
pub(crate) fn kind<T: DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).ok()
}
