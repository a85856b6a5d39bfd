//! `/api/v1/commands`: texts to drivers. An order is logged with its reason before it is taken, and its key makes a repeated
//! order one order. Gateways deliver; `GET` shows how far they are.

use crate::{
    api::{
        audit::{ACTOR, Look},
        book::Book,
        names::{PlateView, Reason},
        params::{At, Body, LIMIT_MAX, Params, append_cursor, limit, reason},
        problem::{Problem, ProblemCode},
        state::ApiState,
    },
    intake::words::sendable,
    model::{
        ids::TerminalId,
        plate::{Plate, PlateColour},
        time::Timestamp,
    },
    store::{
        commands::{
            Command, CommandEvent, CommandEventKind, CommandNumber, CommandState, CommandText, Enqueued, NewCommand,
            Urgency,
        },
        error::StoreError,
        queries::QueryKind,
    },
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Longest key, characters.
const KEY_CHARS_MAX: usize = 64;

/// A text to be sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOrder {
    /// Chosen by the caller, 1 to 64 letters, digits, `-` or `_`: the same key again is the same order.
    pub key: String,
    /// To which device; or give `plate`.
    pub terminal: Option<String>,
    /// To the device now fitted to the vehicle of this plate (exact, without colour); or give `terminal`.
    pub plate: Option<String>,
    /// The words: at most 1,021 bytes of GBK.
    pub text: String,
    /// `notice` unless given.
    pub urgency: Option<UrgencyName>,
    /// Why; required.
    pub reason: Option<Reason>,
}

/// How urgent a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UrgencyName {
    /// 通知
    #[default]
    Notice,
    /// 紧急
    Urgent,
}

/// Which commands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CommandsQuery {
    /// Those to this device; all unless given.
    pub terminal: Option<String>,
    /// 1 to 500, 50 unless given.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A text and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandView {
    /// Its number.
    pub number: u64,
    /// The device.
    pub terminal: String,
    /// Plate of the vehicle that the device sits in by the newest ledger; `null` when it is in none.
    pub plate: Option<PlateView>,
    /// The words.
    pub text: String,
    /// How urgent.
    pub urgency: UrgencyName,
    /// Why: `road_check`, `report`, `accident`, `case`, `duty`.
    pub reason: String,
    /// Who ordered it.
    pub actor: String,
    /// How far it is.
    pub state: CommandStateName,
    /// When it was ordered, by the server's clock, ms UTC.
    pub created_ms: i64,
    /// From when on it is not delivered any more, ms UTC.
    pub expires_ms: i64,
    /// How often delivery was tried.
    pub attempts: u32,
    /// How often it is tried at most.
    pub attempts_max: u32,
    /// The gateway that holds it or delivered it last; `null` before.
    pub gateway: Option<u16>,
    /// Serial number of the message that brought it; `null` before.
    pub serial: Option<u16>,
    /// When that was written to the device, ms UTC; `null` before.
    pub sent_ms: Option<i64>,
    /// What the device answered: 0 confirmed, 1 failed, 2 bad message, 3 not supported; `null` before.
    pub result: Option<u8>,
    /// When it answered or the command expired, ms UTC; `null` before.
    pub settled_ms: Option<i64>,
}

/// How far a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandStateName {
    /// 已排队
    Queued,
    /// 已发送
    Sent,
    /// 终端已确认
    Acknowledged,
    /// 终端拒绝
    Refused,
    /// 已过期
    Expired,
}

/// One page of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandsPage {
    /// Newest first.
    pub items: Vec<CommandView>,
    /// Give it back as `cursor` for the next page; `null` at the end. Opaque.
    pub next_cursor: Option<String>,
}

/// A text with its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandDetail {
    /// As it is.
    pub command: CommandView,
    /// What happened, oldest first.
    pub events: Vec<CommandEventView>,
}

/// One thing that happened to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CommandEventView {
    /// When, by the server's clock, ms UTC.
    pub at_ms: i64,
    /// What.
    pub kind: CommandEventName,
    /// The gateway that did or reported it.
    pub gateway: Option<u16>,
    /// The try it belongs to, from 1; 0 before the first.
    pub attempt: u32,
    /// Serial number of the message.
    pub serial: Option<u16>,
    /// What the device answered.
    pub result: Option<u8>,
}

/// What happened to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommandEventName {
    /// 下达
    Queued,
    /// 网关领取
    Taken,
    /// 发送
    Sent,
    /// 连接中断, 退回
    GivenBack,
    /// 终端确认
    Acknowledged,
    /// 终端拒绝
    Refused,
    /// 过期
    Expired,
}

/// Orders a text to a driver: 201 with a new command, 200 with the one that the key made before.
#[utoipa::path(post, path = "/api/v1/commands", tag = "commands", request_body = CommandOrder,
    responses((status = 201, body = CommandView), (status = 200, body = CommandView)))]
pub(crate) async fn order(
    State(api): State<ApiState>,
    Body(order): Body<CommandOrder>,
) -> Result<(StatusCode, Json<CommandView>), Problem> {
    let reason = reason(order.reason)?;
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let terminal = addressee(&order, &book, now)?;
    let command = new_command(&api, &order, terminal, reason)?;
    let detail = format!("{} {}: {}", command.key, terminal, command.text.words);
    let subject = order.plate.unwrap_or_else(|| terminal.to_string());
    Look { kind: QueryKind::Command, subject, reason: Some(reason), detail }.log(&api).await?;
    let full = |what: &str| Problem::new(ProblemCode::QueueFull, format!("too many texts are open {what}"));
    match api.commands.enqueue(&command).await.map_err(refused)? {
        Enqueued::Queued(command) => Ok((StatusCode::CREATED, Json(CommandView::new(&command, &book, now)))),
        Enqueued::Known(command) => Ok((StatusCode::OK, Json(CommandView::new(&command, &book, now)))),
        Enqueued::Full => Err(full("in this house")),
        Enqueued::TerminalFull => Err(full("for this device")),
    }
}

/// Texts, newest first.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands", params(CommandsQuery),
    responses((status = 200, body = CommandsPage)))]
pub(crate) async fn commands(
    State(api): State<ApiState>,
    Params(query): Params<CommandsQuery>,
) -> Result<Json<CommandsPage>, Problem> {
    let limit = limit(query.limit, LIMIT_MAX)?;
    let before = append_cursor(query.cursor.as_deref())?.map(CommandNumber);
    let terminal = query.terminal.as_deref().map(terminal).transpose()?;
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let found = api.commands.list(terminal, before, u32::try_from(limit).unwrap_or(LIMIT_MAX)).await?;
    let next_cursor = found.last().filter(|_| found.len() == limit).map(|last| last.number.0.to_string());
    let items = found.iter().map(|command| CommandView::new(command, &book, now)).collect();
    Ok(Json(CommandsPage { items, next_cursor }))
}

/// One text with what happened to it.
#[utoipa::path(get, path = "/api/v1/commands/{number}", tag = "commands",
    params(("number" = u64, Path, description = "Its number")),
    responses((status = 200, body = CommandDetail)))]
pub(crate) async fn command(State(api): State<ApiState>, At(number): At<u64>) -> Result<Json<CommandDetail>, Problem> {
    if i64::try_from(number).is_err() {
        return Err(Problem::not_found("command", number));
    }
    let found = api.commands.get(CommandNumber(number)).await?;
    let found = found.ok_or_else(|| Problem::not_found("command", number))?;
    let events = api.commands.events(found.number).await?;
    let book = api.shelf.newest().await?;
    let command = CommandView::new(&found, &book, api.clock.now());
    Ok(Json(CommandDetail { command, events: events.iter().map(CommandEventView::from).collect() }))
}

/// A key that was used for something else is the caller's mistake.
fn refused(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict { .. } => Problem::parameter("key", "it ordered something else before; take a fresh one"),
        other => other.into(),
    }
}

fn new_command(
    api: &ApiState,
    order: &CommandOrder,
    terminal: TerminalId,
    reason: Reason,
) -> Result<NewCommand, Problem> {
    let words = sendable(&order.text).map_err(|why| Problem::parameter("text", why))?.to_owned();
    let created = api.clock.now();
    let patience = Duration::from_secs(api.config.command_expires_s);
    Ok(NewCommand {
        key: key(&order.key)?,
        terminal,
        text: CommandText { words, urgency: order.urgency.unwrap_or_default().into(), shown: true, spoken: true },
        reason: reason.as_str().to_owned(),
        actor: ACTOR.to_owned(),
        created,
        expires: created + api.clock.span(patience),
        attempts_max: api.config.command_attempts_max,
    })
}

fn key(given: &str) -> Result<String, Problem> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let fits = (1..=KEY_CHARS_MAX).contains(&given.len()) && given.chars().all(plain);
    if fits { Ok(given.to_owned()) } else { Err(Problem::parameter("key", "1 to 64 letters, digits, - or _")) }
}

/// The device that is meant.
fn addressee(order: &CommandOrder, book: &Book, now: Timestamp) -> Result<TerminalId, Problem> {
    match (&order.terminal, &order.plate) {
        (Some(digits), None) => terminal(digits),
        (None, Some(plate)) => device_of(plate, book, now),
        _ => Err(Problem::parameter("terminal", "give either `terminal` or `plate`")),
    }
}

fn terminal(digits: &str) -> Result<TerminalId, Problem> {
    digits.parse().map_err(|error| Problem::parameter("terminal", error))
}

fn device_of(typed: &str, book: &Book, now: Timestamp) -> Result<TerminalId, Problem> {
    let wanted = Plate::new(typed, PlateColour::Other);
    let mut hits = book.fleet(now).filter(|vehicle| vehicle.plate.number() == wanted.number());
    let vehicle = hits.next().ok_or_else(|| Problem::not_found("vehicle with the plate", typed))?;
    if hits.next().is_some() {
        return Err(Problem::parameter("plate", "two vehicles have this number in two colours: give `terminal`"));
    }
    book.device(&vehicle.id, now).ok_or_else(|| Problem::not_found("device now in the vehicle", typed))
}

impl CommandView {
    fn new(command: &Command, book: &Book, now: Timestamp) -> Self {
        let order = &command.order;
        let fitting = book.fitting(order.terminal, now);
        let vehicle = fitting.and_then(|fitting| book.vehicle(&fitting.vehicle, now));
        Self {
            number: command.number.0,
            terminal: order.terminal.to_string(),
            plate: vehicle.map(|vehicle| (&vehicle.plate).into()),
            text: order.text.words.clone(),
            urgency: order.text.urgency.into(),
            reason: order.reason.clone(),
            actor: order.actor.clone(),
            state: command.state.into(),
            created_ms: order.created.as_millis(),
            expires_ms: order.expires.as_millis(),
            attempts: command.attempts,
            attempts_max: order.attempts_max,
            gateway: command.gateway.map(|gateway| gateway.0),
            serial: command.serial,
            sent_ms: command.sent.map(Timestamp::as_millis),
            result: command.result,
            settled_ms: command.settled.map(Timestamp::as_millis),
        }
    }
}

impl From<&CommandEvent> for CommandEventView {
    fn from(event: &CommandEvent) -> Self {
        Self {
            at_ms: event.at.as_millis(),
            kind: event.kind.into(),
            gateway: event.gateway.map(|gateway| gateway.0),
            attempt: event.attempt,
            serial: event.serial,
            result: event.result,
        }
    }
}

impl From<UrgencyName> for Urgency {
    fn from(name: UrgencyName) -> Self {
        match name {
            UrgencyName::Notice => Self::Notice,
            UrgencyName::Urgent => Self::Urgent,
        }
    }
}

impl From<Urgency> for UrgencyName {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Notice => Self::Notice,
            Urgency::Urgent => Self::Urgent,
        }
    }
}

impl From<CommandState> for CommandStateName {
    fn from(state: CommandState) -> Self {
        match state {
            CommandState::Queued => Self::Queued,
            CommandState::Sent => Self::Sent,
            CommandState::Acknowledged => Self::Acknowledged,
            CommandState::Refused => Self::Refused,
            CommandState::Expired => Self::Expired,
        }
    }
}

impl From<CommandEventKind> for CommandEventName {
    fn from(kind: CommandEventKind) -> Self {
        match kind {
            CommandEventKind::Queued => Self::Queued,
            CommandEventKind::Taken => Self::Taken,
            CommandEventKind::Sent => Self::Sent,
            CommandEventKind::GivenBack => Self::GivenBack,
            CommandEventKind::Acknowledged => Self::Acknowledged,
            CommandEventKind::Refused => Self::Refused,
            CommandEventKind::Expired => Self::Expired,
        }
    }
}
