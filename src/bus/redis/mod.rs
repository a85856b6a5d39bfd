//! The bus on Redis: one node, or a Redis Cluster. The only room that names Redis commands.
//!
//! Redis is the live bus, never the record: everything on it is in the record too, so that what it loses is read from there. Keys of
//! a shard share a hash tag, hence a slot and a node; so do those of the house. In all of them stand the house's name and the id of
//! its database (`bus::house`), so that two databases share nothing:
//! ```text
//!  mw:<house>:<id>:{<shard>}:frames   stream of entries, one consumer group `workers`
//!  mw:<house>:<id>:{<shard>}:live     hash, the newest position of each terminal
//!  mw:{<house>:<id>}:live             stream of positions as they change
//!  mw:{<house>:<id>}:workers          hash, how far the worker of each shard is
//!  mw:{<house>:<id>}:figures          hash, what all workers together met
//! ```
//! Every user has connections of its own to the nodes that it needs: a blocking read delays nobody, and WAIT counts the writes of its
//! own connection only. The crate's time-out of answers (500 ms) is off, for it ends blocking reads; ours knows how long a call waits.
//!
//! | file | subject |
//! |---|---|
//! | `nodes` | which node has a slot; connections |
//! | `publish` | entries onto streams, replicated |
//! | `frames` | a shard's stream as a worker's inputs |
//! | `announce` | what workers say is happening |
//! | `watch` | the same on the board of an api process |
//! | `stream` | the commands of a consumer group |

pub mod announce;
pub mod frames;
mod nodes;
pub mod publish;
mod stream;
pub mod watch;
