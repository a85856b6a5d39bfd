//! What the ledger knows of a terminal, as far as the gateway must know it.

use crate::model::{ids::TerminalId, time::Timestamp};
use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

/// What the ledger says about a terminal it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The code it must authenticate with; empty = the code the gateway issues.
    pub auth_code: String,
}

/// The ledger's terminals. Pure look-up: called once per read of each connection, so it must not wait.
pub trait Registry: Send + Sync + fmt::Debug {
    /// The terminal's row that holds at `now`; `None` = not in the ledger.
    fn enrolled(&self, terminal: TerminalId, now: Timestamp) -> Option<Enrolled>;
}

/// A registry that can be replaced while connections are open: each new ledger revision puts its own in.
#[derive(Clone, Debug)]
pub struct RegistryHandle(Arc<RwLock<Arc<dyn Registry>>>);

impl RegistryHandle {
    /// A handle on a first registry.
    #[must_use]
    pub fn new(registry: Arc<dyn Registry>) -> Self {
        Self(Arc::new(RwLock::new(registry)))
    }

    /// Puts another registry in; frames read from now on are marked by it.
    pub fn replace(&self, registry: Arc<dyn Registry>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = registry;
    }

    /// The registry of this moment.
    #[must_use]
    pub fn current(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A ledger without terminals: everybody is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmptyRegistry;

impl Registry for EmptyRegistry {
    fn enrolled(&self, _: TerminalId, _: Timestamp) -> Option<Enrolled> {
        None
    }
}
