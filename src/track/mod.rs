//! From fixes to movement: event order, quality gate, intervals, stays, loading and hauling. Knows sites and rules by
//! nothing but what it is handed; all its states are small values that compare by their bytes.

pub mod events;
pub mod gaps;
pub mod gate;
pub mod grade;
pub mod interval;
pub mod load;
pub mod params;
pub mod quality;
pub mod stay;
pub mod tracker;
