//! The api as its callers see it: a seeded house behind the whole router, asked by requests and over a real socket.
#![cfg(feature = "shell")]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod away;
mod bounds;
mod commands;
mod export;
mod guard;
mod house;
mod live;
mod logged;
mod openapi;
mod pages;
mod resources;
