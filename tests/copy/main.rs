//! The copy of the record on PostgreSQL, with a real primary and its synchronous standby.

mod faults;
mod reading;
mod support;
mod writers;
