//! Where the rooms that run meet: durable inputs on their way to the worker, live events on their way to every api.
//!
//! | file | subject |
//! |---|---|
//! | `frames` | what a worker reads from; the engine of one process |
//! | `entry` | what stands on a stream, and its bytes |
//! | `house` | what a house is called there |
//! | `chain` | from entries as they arrive to inputs without a hole |
//! | `faulty` | the same with faults on purpose, for tests |
//! | `publish` | putting entries on the bus: the contract |
//! | `publisher` | a gateway's journal on its way to the bus |
//! | `unpack` | from entries to inputs: holes filled from the record, ledger revisions and policies from the store |
//! | `redis` | the bus of many machines |
//! | `around` | what an api knows of the parts around it: engines that answer, what other processes say |
//! | `live` | what is happening now, between worker and api |
//! | `alarms`, `policies` | from the store onto a board apart from its workers |

pub mod alarms;
pub mod around;
pub mod chain;
pub mod config;
pub mod entry;
pub mod faulty;
pub mod frames;
pub mod house;
pub mod live;
pub mod policies;
pub mod publish;
pub mod publisher;
pub mod redis;
pub mod unpack;

mod figures;
