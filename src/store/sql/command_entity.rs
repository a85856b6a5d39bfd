//! The entities of texts to terminals, and their rows as ours.

use super::text::{kind, to_i64, to_u64};
use crate::{
    model::{ids::GatewayNumber, time::Timestamp},
    store::{
        codes::code,
        commands::{Command, CommandEvent, CommandNumber, CommandText, NewCommand},
        error::StoreError,
    },
};

/// Texts as they are now.
pub(super) mod command {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "commands")]
    pub(in crate::store::sql) struct Model {
        #[sea_orm(primary_key)]
        pub(in crate::store::sql) number: i64,
        pub(in crate::store::sql) client_key: String,
        pub(in crate::store::sql) terminal: String,
        pub(in crate::store::sql) words: String,
        pub(in crate::store::sql) urgency: String,
        pub(in crate::store::sql) shown: bool,
        pub(in crate::store::sql) spoken: bool,
        pub(in crate::store::sql) reason: String,
        pub(in crate::store::sql) actor: String,
        pub(in crate::store::sql) created_ms: i64,
        pub(in crate::store::sql) expires_ms: i64,
        pub(in crate::store::sql) attempts_max: i32,
        pub(in crate::store::sql) state: String,
        pub(in crate::store::sql) open: bool,
        pub(in crate::store::sql) version: i32,
        pub(in crate::store::sql) attempts: i32,
        pub(in crate::store::sql) gateway: Option<i32>,
        pub(in crate::store::sql) answer_by_ms: Option<i64>,
        pub(in crate::store::sql) serial: Option<i32>,
        pub(in crate::store::sql) sent_ms: Option<i64>,
        pub(in crate::store::sql) result: Option<i32>,
        pub(in crate::store::sql) settled_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store::sql) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was done to them, append-only.
pub(super) mod event {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "command_events")]
    pub(in crate::store::sql) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store::sql) command: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(in crate::store::sql) version: i32,
        pub(in crate::store::sql) at_ms: i64,
        pub(in crate::store::sql) kind: String,
        pub(in crate::store::sql) gateway: Option<i32>,
        pub(in crate::store::sql) attempt: i32,
        pub(in crate::store::sql) serial: Option<i32>,
        pub(in crate::store::sql) result: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(in crate::store::sql) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A command as a row; the key and number of a new one are given by the table.
pub(super) fn store_command(command: &Command, version: i32) -> Result<command::Model, StoreError> {
    let order = &command.order;
    Ok(command::Model {
        number: to_i64(command.number.0)?,
        client_key: order.key.clone(),
        terminal: order.terminal.to_string(),
        words: order.text.words.clone(),
        urgency: code(&order.text.urgency),
        shown: order.text.shown,
        spoken: order.text.spoken,
        reason: order.reason.clone(),
        actor: order.actor.clone(),
        created_ms: order.created.as_millis(),
        expires_ms: order.expires.as_millis(),
        attempts_max: count(order.attempts_max)?,
        state: code(&command.state),
        open: command.state.is_open(),
        version,
        attempts: count(command.attempts)?,
        gateway: command.gateway.map(|gateway| i32::from(gateway.0)),
        answer_by_ms: command.answer_by.map(Timestamp::as_millis),
        serial: command.serial.map(i32::from),
        sent_ms: command.sent.map(Timestamp::as_millis),
        result: command.result.map(i32::from),
        settled_ms: command.settled.map(Timestamp::as_millis),
    })
}

/// The command of a row.
pub(super) fn read_command(row: &command::Model) -> Result<Command, StoreError> {
    let corrupt = |error| StoreError::corrupt(format!("command {}: terminal: {error}", row.number));
    let text = CommandText {
        words: row.words.clone(),
        urgency: kind("urgency", &row.urgency)?,
        shown: row.shown,
        spoken: row.spoken,
    };
    let order = NewCommand {
        key: row.client_key.clone(),
        terminal: row.terminal.parse().map_err(corrupt)?,
        text,
        reason: row.reason.clone(),
        actor: row.actor.clone(),
        created: Timestamp::from_millis(row.created_ms),
        expires: Timestamp::from_millis(row.expires_ms),
        attempts_max: number("attempts_max", row.attempts_max)?,
    };
    Ok(Command {
        number: CommandNumber(to_u64("number", row.number)?),
        order,
        state: kind("state", &row.state)?,
        attempts: number("attempts", row.attempts)?,
        gateway: gateway(row.gateway)?,
        answer_by: row.answer_by_ms.map(Timestamp::from_millis),
        serial: optional("serial", row.serial)?,
        sent: row.sent_ms.map(Timestamp::from_millis),
        result: optional("result", row.result)?,
        settled: row.settled_ms.map(Timestamp::from_millis),
    })
}

/// A change as a row.
pub(super) fn store_event(command: i64, version: i32, event: &CommandEvent) -> Result<event::Model, StoreError> {
    Ok(event::Model {
        command,
        version,
        at_ms: event.at.as_millis(),
        kind: code(&event.kind),
        gateway: event.gateway.map(|gateway| i32::from(gateway.0)),
        attempt: count(event.attempt)?,
        serial: event.serial.map(i32::from),
        result: event.result.map(i32::from),
    })
}

/// The change of a row.
pub(super) fn read_event(row: &event::Model) -> Result<CommandEvent, StoreError> {
    Ok(CommandEvent {
        at: Timestamp::from_millis(row.at_ms),
        kind: kind("kind", &row.kind)?,
        gateway: gateway(row.gateway)?,
        attempt: number("attempt", row.attempt)?,
        serial: optional("serial", row.serial)?,
        result: optional("result", row.result)?,
    })
}

fn count(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::conflict(format!("{number} is beyond what a column holds")))
}

fn number<T: TryFrom<i32>>(column: &str, value: i32) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::corrupt(format!("column {column}: {value} is out of its range")))
}

fn optional<T: TryFrom<i32>>(column: &str, value: Option<i32>) -> Result<Option<T>, StoreError> {
    value.map(|value| number(column, value)).transpose()
}

fn gateway(value: Option<i32>) -> Result<Option<GatewayNumber>, StoreError> {
    Ok(optional("gateway", value)?.map(GatewayNumber))
}
