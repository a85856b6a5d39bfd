//! One file a resource: its query, its answer, its OpenAPI and its handler together. Parts that several answers carry stand in
//! files of their own: `approval` and `card` (vehicles), `row` (violations), `point` (tracks).

pub mod approval;
pub mod card;
pub mod clock;
pub mod commands;
pub mod district;
pub mod export;
pub mod frames;
pub mod health;
pub mod map;
pub mod point;
pub mod query_log;
pub mod row;
pub mod rules;
pub mod summary;
pub mod terminals;
pub mod tracks;
pub mod vehicles;
pub mod violation;
pub mod violations;
