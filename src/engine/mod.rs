//! The fold over everything: inputs in journal order go in, episodes come out. `judge` over a set of inputs is the
//! definition; `Engine::apply` and `Engine::rejudge` are its increment, and a property test says they agree.

pub mod canonical;
pub mod output;
pub mod snapshot;
