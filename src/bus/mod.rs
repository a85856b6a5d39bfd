//! Where the rooms that run meet: durable inputs on their way to the worker, live events on their way to every api.

pub mod frames;
pub mod live;
