//! The nouns of the trade as types that cannot be wrong: ids, units, time, plates, the ledger's rows, fixes, inputs.
//! Knows nothing of the wire, of rules or of storage. Every other room speaks in these types.

pub mod approval;
pub mod company;
pub mod cursor;
pub mod district;
pub mod fix;
pub mod hex;
pub mod ids;
pub mod input;
pub mod ledger;
pub mod place;
pub mod plate;
pub mod shard;
pub mod site;
pub mod terminal;
pub mod time;
pub mod units;
pub mod vehicle;
pub mod window;
pub mod zone;
