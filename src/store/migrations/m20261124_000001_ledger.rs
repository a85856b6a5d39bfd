//! The ledger: revisions and one table per list of `model::Ledger`. Times are milliseconds UTC, positions are inside
//! JSON texts (areas, lines, windows are read whole, never searched by SQL).

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, big_pk_auto, integer, integer_null, text, text_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        schema.create_table(revisions()).await?;
        for (name, columns) in tables() {
            schema.create_table(versioned(name, columns)).await?;
            schema.create_index(live_rows(name)).await?;
        }
        for name in ["ledger_vehicles", "ledger_labels", "ledger_terminals", "ledger_approvals"] {
            schema.create_index(by_vehicle(name)).await?;
        }
        Ok(())
    }
}

fn revisions() -> TableCreateStatement {
    Table::create()
        .table("ledger_revisions")
        .col(integer("revision").primary_key())
        .col(text("author"))
        .col(big_integer("at_ms"))
        .col(big_integer_null("seq"))
        .col(text("changes"))
        .to_owned()
}

/// A table whose rows are superseded, never changed.
fn versioned(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(big_pk_auto("row_id"))
        .col(integer("recorded_revision"))
        .col(integer_null("superseded_revision"));
    for column in columns {
        table.col(column);
    }
    table
}

/// Finds what is known now and what a revision superseded.
fn live_rows(table: &'static str) -> IndexCreateStatement {
    Index::create().name(format!("{table}_by_superseded")).table(table).col("superseded_revision").to_owned()
}

/// Finds the history of one vehicle.
fn by_vehicle(table: &'static str) -> IndexCreateStatement {
    Index::create().name(format!("{table}_by_vehicle")).table(table).col("vehicle").to_owned()
}

fn validity() -> [ColumnDef; 2] {
    [big_integer("valid_from_ms"), big_integer_null("valid_to_ms")]
}

fn texts<const N: usize>(names: [&'static str; N]) -> Vec<ColumnDef> {
    names.into_iter().map(text).collect()
}

fn with_validity(mut columns: Vec<ColumnDef>) -> Vec<ColumnDef> {
    columns.extend(validity());
    columns
}

fn tables() -> Vec<(&'static str, Vec<ColumnDef>)> {
    let mut labels = texts(["vehicle", "label", "certificate"]);
    labels.push(big_integer("from_ms"));
    let mut vehicles = texts(["vehicle", "plate_number", "plate_colour", "kind", "supervising_unit"]);
    vehicles.extend(texts(["responsible_leader", "responsible_officer", "officer_phone"]));
    vehicles.push(text_null("company"));
    let mut approvals = texts(["approval", "vehicle", "route", "windows", "binds", "district"]);
    approvals.extend([text_null("load_site"), text_null("disposal_site")]);
    vec![
        ("ledger_districts", texts(["district", "name_zh", "name_en", "origin", "outline", "recognises"])),
        ("ledger_vehicles", with_validity(vehicles)),
        ("ledger_labels", labels),
        (
            "ledger_terminals",
            with_validity(texts(["terminal", "vehicle", "role", "load_sensor", "datum", "auth_code"])),
        ),
        ("ledger_companies", texts(["company", "name"])),
        ("ledger_transport_approvals", with_validity(texts(["number", "company", "district"]))),
        ("ledger_sites", with_validity(texts(["site", "name", "kind", "township", "area"]))),
        ("ledger_places", texts(["place", "name", "kind", "area"])),
        ("ledger_approvals", with_validity(approvals)),
        ("ledger_zones", with_validity(texts(["zone", "name", "area", "hours", "closed_to", "notice"]))),
    ]
}
