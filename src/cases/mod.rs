//! The episode: one row for one thing that happened, its states, and its corrections, which are appended and never
//! overwrite. Also the sentence that tells it.

pub mod change;
pub mod id;
pub mod reconcile;
pub mod row;
pub mod sentence;
