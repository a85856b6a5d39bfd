//! The entities of episodes, of the engine's state, and of what processes share.

macro_rules! entities {
    ($( $(#[$doc:meta])* $module:ident as $table:literal {
        $( $(#[$key:meta])* $field:ident : $kind:ty ),* $(,)?
    } )*) => { $(
        $(#[$doc])*
        pub(super) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub(in crate::store::sql) struct Model {
                $( $(#[$key])* pub(in crate::store::sql) $field: $kind, )*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub(in crate::store::sql) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    )* };
}

entities! {
    /// The rows as they are now.
    episode as "episodes" {
        #[sea_orm(primary_key, auto_increment = false)]
        episode: String,
        append: i64, last_append: i64, rule: String, subject: String, object: String, terminal: String,
        vehicle: Option<String>, state: String, grade: String, live: bool, open: bool, start_ms: i64, last_ms: i64,
        settled_ms: Option<i64>, body: String, shard: i32,
    }
    /// What was done to them, append-only.
    correction as "episode_corrections" {
        #[sea_orm(primary_key, auto_increment = false)]
        append: i64,
        episode: String, correction: String, cause: String, seq: i64, at_ms: i64, body: String,
    }
    /// The engine's state per terminal.
    state as "engine_states" {
        #[sea_orm(primary_key, auto_increment = false)]
        terminal: String,
        state: Vec<u8>,
        shard: i32,
    }
    /// The engine's state per terminal at full hours.
    savepoint as "engine_savepoints" {
        #[sea_orm(primary_key, auto_increment = false)]
        terminal: String,
        #[sea_orm(primary_key, auto_increment = false)]
        at_ms: i64,
        state: Vec<u8>,
        shard: i32,
    }
    /// One row per shard: fence and its holder, number of the last commit, append number before it, cursor, queue and policies.
    head as "engine_head" {
        #[sea_orm(primary_key, auto_increment = false)]
        shard: i32,
        fence: i64, holder: String, last_commit: i64, head: Option<String>, appends_before: i64,
    }
    /// The last registration of each terminal.
    registration as "registrations" {
        #[sea_orm(primary_key, auto_increment = false)]
        terminal: String,
        body: String,
    }
    /// Every change of the policy.
    policy as "policies" {
        #[sea_orm(primary_key, auto_increment = false)]
        revision: i64,
        from_ms: i64, author: String, at_ms: i64, hash: String, policy: String, seq: Option<i64>,
    }
    /// Layers of the map, GeoJSON in WGS-84.
    map_layer as "map_layers" {
        #[sea_orm(primary_key, auto_increment = false)]
        name: String,
        geojson: String,
    }
    /// What a house agreed on when it was founded.
    setting as "settings" {
        #[sea_orm(primary_key, auto_increment = false)]
        name: String,
        value: String,
    }
}
