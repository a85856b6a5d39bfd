//! The gateway against real sockets, in process: what terminals see, and what the record holds afterwards.
#![cfg(feature = "shell")]

mod commands;
mod flow;
mod hostile;
mod limits;
mod sessions;
mod support;
