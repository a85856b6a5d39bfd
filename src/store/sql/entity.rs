//! The entities of the ledger, one per table. Every row carries the revision that recorded it and the one that superseded
//! it; the macro writes that down once.

use sea_orm::entity::prelude::*;

/// What every versioned table has.
pub(super) trait VersionedEntity: EntityTrait {
    /// The column of the row's number.
    const ROW_ID: Self::Column;
    /// The column of the revision that recorded the row.
    const RECORDED: Self::Column;
    /// The column of the revision that superseded the row.
    const SUPERSEDED: Self::Column;
    /// The values of the three.
    fn stamp(row: &Self::Model) -> RowStamp;
}

/// Number and life of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowStamp {
    /// The row's number; 0 in a row not stored yet.
    pub(super) row_id: i64,
    /// The revision that recorded it.
    pub(super) recorded: i32,
    /// The revision that superseded it.
    pub(super) superseded: Option<i32>,
}

macro_rules! versioned {
    ($( $(#[$doc:meta])* $module:ident as $table:literal { $( $field:ident : $kind:ty ),* $(,)? } )*) => { $(
        $(#[$doc])*
        pub(super) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub(in crate::store::sql) struct Model {
                #[sea_orm(primary_key)]
                pub(in crate::store::sql) row_id: i64,
                pub(in crate::store::sql) recorded_revision: i32,
                pub(in crate::store::sql) superseded_revision: Option<i32>,
                $( pub(in crate::store::sql) $field: $kind, )*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub(in crate::store::sql) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            impl super::VersionedEntity for Entity {
                const ROW_ID: Column = Column::RowId;
                const RECORDED: Column = Column::RecordedRevision;
                const SUPERSEDED: Column = Column::SupersededRevision;
                fn stamp(row: &Model) -> super::RowStamp {
                    super::RowStamp {
                        row_id: row.row_id,
                        recorded: row.recorded_revision,
                        superseded: row.superseded_revision,
                    }
                }
            }
        }
    )* };
}

versioned! {
    /// One row: whose ledger it is.
    district as "ledger_districts" {
        district: String, name_zh: String, name_en: String, origin: String, outline: String, recognises: String,
    }
    /// Vehicles.
    vehicle as "ledger_vehicles" {
        vehicle: String, plate_number: String, plate_colour: String, kind: String, company: Option<String>,
        supervising_unit: String, responsible_leader: String, responsible_officer: String, officer_phone: String,
        valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
    /// Emission-label timelines.
    label as "ledger_labels" { vehicle: String, label: String, from_ms: i64, certificate: String }
    /// Devices in vehicles.
    terminal as "ledger_terminals" {
        terminal: String, vehicle: String, role: String, load_sensor: String, datum: String, auth_code: String,
        valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
    /// Companies.
    company as "ledger_companies" { company: String, name: String }
    /// Transport approvals.
    transport_approval as "ledger_transport_approvals" {
        number: String, company: String, district: String, valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
    /// Building and disposal sites.
    site as "ledger_sites" {
        site: String, name: String, kind: String, township: String, area: String,
        valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
    /// Other known places.
    place as "ledger_places" { place: String, name: String, kind: String, area: String }
    /// Haul approvals.
    approval as "ledger_approvals" {
        approval: String, vehicle: String, load_site: Option<String>, disposal_site: Option<String>, route: String,
        windows: String, binds: String, district: String, valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
    /// Restricted zones.
    zone as "ledger_zones" {
        zone: String, name: String, area: String, hours: String, closed_to: String, notice: String,
        valid_from_ms: i64, valid_to_ms: Option<i64>,
    }
}

/// Revisions.
pub(super) mod revision {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_revisions")]
    pub(in crate::store::sql) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store::sql) revision: i32,
        pub(in crate::store::sql) author: String,
        pub(in crate::store::sql) at_ms: i64,
        pub(in crate::store::sql) seq: Option<i64>,
        pub(in crate::store::sql) changes: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store::sql) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The query log.
pub(super) mod query {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "query_log")]
    pub(in crate::store::sql) struct Model {
        #[sea_orm(primary_key)]
        pub(in crate::store::sql) number: i64,
        pub(in crate::store::sql) at_ms: i64,
        pub(in crate::store::sql) actor: String,
        pub(in crate::store::sql) kind: String,
        pub(in crate::store::sql) subject: String,
        pub(in crate::store::sql) reason: String,
        pub(in crate::store::sql) detail: String,
        pub(in crate::store::sql) key: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store::sql) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
