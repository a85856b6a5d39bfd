//! The house towards people and programs: HTTP resources, the live WebSocket, the embedded pages, OpenAPI.
//!
//! `app.rs` hands in [`state::ApiParts`] and a bound listener; [`router::router`] is the whole of it as a service and
//! [`serve::serve`] runs it until told to stop. The api reads the record, the store and the live board; it calls neither gateway nor
//! worker. Every request passes [`guard`] first. JSON names live in [`names`], [`shapes`] and `resources/` only.

pub mod audit;
pub mod base_map;
pub mod book;
pub mod config;
pub mod embed;
pub mod guard;
pub mod hours;
pub mod http_counters;
pub mod live;
mod live_frame;
mod live_session;
pub mod names;
pub mod openapi;
pub mod params;
pub mod plate_search;
pub mod problem;
pub mod resources;
pub mod router;
pub mod serve;
pub mod shapes;
pub mod state;
pub mod trace;
pub mod troubles;
pub mod verdict;
