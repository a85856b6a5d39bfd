//! Which house is meant, on engines that several houses share.

use std::fmt;

/// What a house is called on the bus: its name, for people, and the id that its database drew when it was founded. Two databases
/// have two ids, whatever their houses are called, so that neither reads the other's entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseOnBus(String);

impl HouseOnBus {
    /// Of the database with this id; neither part may hold `:`, `{` or `}`.
    #[must_use]
    pub fn new(name: &str, id: &str) -> Self {
        Self(format!("{name}:{id}"))
    }
}

impl fmt::Display for HouseOnBus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
