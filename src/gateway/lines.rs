//! Which connection reaches a terminal. Of several the newest counts: a device that lost its network comes back before
//! the old connection is known to be dead.

use crate::{
    model::ids::TerminalId,
    store::commands::{CommandText, Delivery},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// Orders that wait for one connection to write them; a further one waits in the store.
pub(super) const ORDERS_WAITING_MAX: usize = 8;

/// A text that a connection is to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) delivery: Delivery,
    pub(super) terminal: TerminalId,
    pub(super) text: CommandText,
}

/// The open lines of all terminals.
#[derive(Debug, Default)]
pub(super) struct Lines {
    terminals: Mutex<HashMap<TerminalId, Vec<Line>>>,
    last: AtomicU64,
}

#[derive(Debug)]
struct Line {
    number: u64,
    orders: mpsc::Sender<Order>,
}

/// A line that is open until this is dropped.
#[derive(Debug)]
pub(super) struct OpenLine {
    terminal: TerminalId,
    number: u64,
    lines: Arc<Lines>,
}

impl Lines {
    /// Opens a line to `terminal`, the newest from now on.
    pub(super) fn open(lines: &Arc<Self>, terminal: TerminalId, orders: mpsc::Sender<Order>) -> OpenLine {
        let number = lines.last.fetch_add(1, Ordering::Relaxed);
        let mut terminals = lines.terminals.lock().unwrap_or_else(PoisonError::into_inner);
        terminals.entry(terminal).or_default().push(Line { number, orders });
        OpenLine { terminal, number, lines: Arc::clone(lines) }
    }

    /// The newest line to `terminal`.
    pub(super) fn newest(&self, terminal: TerminalId) -> Option<mpsc::Sender<Order>> {
        let terminals = self.terminals.lock().unwrap_or_else(PoisonError::into_inner);
        let open = |line: &&Line| !line.orders.is_closed();
        terminals.get(&terminal)?.iter().rev().find(open).map(|line| line.orders.clone())
    }
}

impl Drop for OpenLine {
    fn drop(&mut self) {
        let mut terminals = self.lines.terminals.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = terminals.get_mut(&self.terminal) else { return };
        open.retain(|line| line.number != self.number);
        if open.is_empty() {
            terminals.remove(&self.terminal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_open_line_counts() {
        // Proves: the newest connection of a terminal gets its texts, the older one again when that has gone, nobody
        // when none is left, and no other terminal's ever.
        let lines = Arc::new(Lines::default());
        let (one, other) = ("1".parse().expect("a digit"), "2".parse().expect("a digit"));
        let ((old, _old), (new, _new)) = (mpsc::channel(1), mpsc::channel(1));
        let first = Lines::open(&lines, one, old.clone());
        let second = Lines::open(&lines, one, new.clone());
        assert!(lines.newest(one).expect("open").same_channel(&new) && lines.newest(other).is_none());
        drop(second);
        assert!(lines.newest(one).expect("open").same_channel(&old));
        drop(first);
        assert!(lines.newest(one).is_none() && lines.terminals.lock().expect("not poisoned").is_empty());
    }
}
