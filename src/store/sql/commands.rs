//! Texts to terminals on the relational engine. A change is decided on the row as read and written only if nobody changed
//! it meanwhile (its version), in one transaction with its line of history.

use super::{
    SqlStore,
    command_entity::{command, event, read_command, read_event, store_command, store_event},
    error::from_driver,
    text::to_i64,
};
use crate::{
    model::{
        ids::{GatewayNumber, TerminalId},
        time::Timestamp,
    },
    store::{
        commands::{
            Answer, Command, CommandEvent, CommandEventKind, CommandNumber, CommandState, CommandStore, Delivery,
            EXPIRE_MAX, Enqueued, NewCommand, OPEN_MAX, OPEN_PER_TERMINAL_MAX,
        },
        error::StoreError,
    },
};
use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::NotSet,
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{ExprTrait as _, OnConflict},
};

/// Times a change is decided anew because another process was faster. On SQLite the first try holds the lock.
const TRIES: usize = 8;

#[async_trait]
impl CommandStore for SqlStore {
    async fn enqueue(&self, order: &NewCommand) -> Result<Enqueued, StoreError> {
        let transaction = self.begin().await?;
        if let Some(known) = by_key(&transaction, order).await? {
            transaction.commit().await?;
            return Ok(Enqueued::Known(known));
        }
        if let Some(full) = full(&transaction, order.terminal).await? {
            return Ok(full);
        }
        insert(&transaction, order).await?;
        let made = by_key(&transaction, order).await?;
        let command = made.ok_or_else(|| StoreError::corrupt(format!("command {} is not there", order.key)))?;
        let queued = line(order.created, CommandEventKind::Queued, &command);
        put_event(&transaction, command.number, 1, &queued).await?;
        transaction.commit().await?;
        Ok(Enqueued::Queued(command))
    }

    async fn open(&self, after: CommandNumber, limit: u32) -> Result<Vec<Command>, StoreError> {
        use command::Column as C;
        let open = command::Entity::find().filter(C::Open.eq(true)).filter(C::Number.gt(to_i64(after.0)?));
        let rows = open.order_by_asc(C::Number).limit(u64::from(limit)).all(&self.readers()?).await;
        rows.map_err(from_driver)?.iter().map(read_command).collect()
    }

    async fn take(&self, delivery: Delivery, at: Timestamp, answer_by: Timestamp) -> Result<bool, StoreError> {
        let decide = |now: &Command| {
            if now.is_held_by(delivery) {
                return Step::Done;
            }
            if !now.is_due(at) || now.next_delivery(delivery.gateway) != delivery {
                return Step::Refused;
            }
            let (gateway, attempts) = (Some(delivery.gateway), delivery.attempt);
            let taken = Command { gateway, attempts, answer_by: Some(answer_by), ..now.clone() };
            Step::to(taken, CommandEventKind::Taken, at)
        };
        change(self, delivery.number, decide).await
    }

    async fn sent(&self, delivery: Delivery, serial: u16, at: Timestamp) -> Result<bool, StoreError> {
        let decide = |now: &Command| {
            if !now.is_held_by(delivery) {
                return Step::Refused;
            }
            if now.state == CommandState::Sent && now.serial == Some(serial) && now.sent == Some(at) {
                return Step::Done;
            }
            let sent = Command { state: CommandState::Sent, serial: Some(serial), sent: Some(at), ..now.clone() };
            Step::to(sent, CommandEventKind::Sent, at)
        };
        change(self, delivery.number, decide).await
    }

    async fn settle(&self, delivery: Delivery, answer: Answer) -> Result<bool, StoreError> {
        let (state, kind) = match answer.result {
            0 => (CommandState::Acknowledged, CommandEventKind::Acknowledged),
            _ => (CommandState::Refused, CommandEventKind::Refused),
        };
        let decide = |now: &Command| {
            if now.state.is_answered() || delivery.attempt > now.attempts {
                return Step::Refused;
            }
            let gateway = Some(delivery.gateway);
            let (serial, result, settled) = (Some(answer.serial), Some(answer.result), Some(answer.at));
            let settled = Command { state, gateway, serial, result, settled, answer_by: None, ..now.clone() };
            let event = line(answer.at, kind, &settled);
            let event = CommandEvent { attempt: delivery.attempt, serial, result, ..event };
            Step::To(Box::new((settled, event)))
        };
        change(self, delivery.number, decide).await
    }

    async fn give_back(&self, delivery: Delivery, at: Timestamp) -> Result<bool, StoreError> {
        let decide = |now: &Command| {
            if !now.is_held_by(delivery) {
                return Step::Refused;
            }
            let back = Command { state: CommandState::Queued, answer_by: None, ..now.clone() };
            Step::to(back, CommandEventKind::GivenBack, at)
        };
        change(self, delivery.number, decide).await
    }

    async fn expire(&self, now: Timestamp) -> Result<usize, StoreError> {
        let mut expired = 0;
        for number in over(self, now).await? {
            let decide = |command: &Command| {
                if !command.state.is_open() || !command.is_over(now) || !command.is_free(now) {
                    return Step::Refused;
                }
                let (state, settled) = (CommandState::Expired, Some(now));
                let over = Command { state, settled, answer_by: None, ..command.clone() };
                Step::to(over, CommandEventKind::Expired, now)
            };
            expired += usize::from(change(self, number, decide).await?);
        }
        Ok(expired)
    }

    async fn list(
        &self,
        terminal: Option<TerminalId>,
        before: Option<CommandNumber>,
        limit: u32,
    ) -> Result<Vec<Command>, StoreError> {
        use command::Column as C;
        let before = before.map(|before| to_i64(before.0)).transpose()?;
        let wanted = Condition::all()
            .add_option(terminal.map(|terminal| C::Terminal.eq(terminal.to_string())))
            .add_option(before.map(|before| C::Number.lt(before)));
        let select = command::Entity::find().filter(wanted).order_by_desc(C::Number).limit(u64::from(limit));
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read_command).collect()
    }

    async fn get(&self, number: CommandNumber) -> Result<Option<Command>, StoreError> {
        let row = command::Entity::find_by_id(to_i64(number.0)?).one(&self.readers()?).await.map_err(from_driver)?;
        row.as_ref().map(read_command).transpose()
    }

    async fn events(&self, number: CommandNumber) -> Result<Vec<CommandEvent>, StoreError> {
        let select = event::Entity::find()
            .filter(event::Column::Command.eq(to_i64(number.0)?))
            .order_by_asc(event::Column::Version);
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read_event).collect()
    }
}

/// What is to become of a command.
enum Step {
    /// It is changed, and this is the line.
    To(Box<(Command, CommandEvent)>),
    /// It is as wanted already.
    Done,
    /// It may not be changed so.
    Refused,
}

impl Step {
    fn to(command: Command, kind: CommandEventKind, at: Timestamp) -> Self {
        let event = line(at, kind, &command);
        Self::To(Box::new((command, event)))
    }
}

/// The line of a change, with what belongs to its kind.
fn line(at: Timestamp, kind: CommandEventKind, command: &Command) -> CommandEvent {
    let by_gateway = !matches!(kind, CommandEventKind::Queued | CommandEventKind::Expired);
    let gateway: Option<GatewayNumber> = command.gateway.filter(|_| by_gateway);
    let serial = command.serial.filter(|_| kind == CommandEventKind::Sent);
    CommandEvent { at, kind, gateway, attempt: command.attempts, serial, result: None }
}

/// Decides on the command as it is and writes the decision if it is still so.
async fn change(
    store: &SqlStore,
    number: CommandNumber,
    decide: impl Fn(&Command) -> Step,
) -> Result<bool, StoreError> {
    let id = to_i64(number.0)?;
    for _ in 0..TRIES {
        let transaction = store.begin().await?;
        let row = command::Entity::find_by_id(id).one(&transaction).await.map_err(from_driver)?;
        let Some(row) = row else { return Ok(false) };
        let (changed, event) = match decide(&read_command(&row)?) {
            Step::To(decided) => *decided,
            Step::Done => {
                transaction.commit().await?;
                return Ok(true);
            }
            Step::Refused => return Ok(false),
        };
        let changed = store_command(&changed, row.version + 1)?;
        if put(&transaction, changed, row.version).await? {
            put_event(&transaction, number, row.version + 1, &event).await?;
            transaction.commit().await?;
            return Ok(true);
        }
    }
    Err(StoreError::unavailable(format!("command {id} was changed by others {TRIES} times meanwhile")))
}

/// Writes a row over its version `before`; false when that is not there any more.
async fn put(db: &impl ConnectionTrait, row: command::Model, before: i32) -> Result<bool, StoreError> {
    use command::Column as C;
    let unchanged = C::Number.eq(row.number).and(C::Version.eq(before));
    let update = command::Entity::update_many()
        .filter(unchanged)
        .set(command::ActiveModel { number: NotSet, ..row.into_active_model().reset_all() });
    Ok(update.exec(db).await.map_err(from_driver)?.rows_affected == 1)
}

async fn put_event(
    db: &impl ConnectionTrait,
    number: CommandNumber,
    version: i32,
    event: &CommandEvent,
) -> Result<(), StoreError> {
    let row = store_event(to_i64(number.0)?, version, event)?;
    event::Entity::insert(row.into_active_model()).exec_without_returning(db).await.map_err(from_driver)?;
    Ok(())
}

async fn insert(db: &impl ConnectionTrait, order: &NewCommand) -> Result<(), StoreError> {
    let command = Command {
        number: CommandNumber(0),
        order: order.clone(),
        state: CommandState::Queued,
        attempts: 0,
        gateway: None,
        answer_by: None,
        serial: None,
        sent: None,
        result: None,
        settled: None,
    };
    let row = command::ActiveModel { number: NotSet, ..store_command(&command, 1)?.into_active_model().reset_all() };
    let once = OnConflict::column(command::Column::ClientKey).do_nothing().to_owned();
    let written = command::Entity::insert(row).on_conflict(once).exec_without_returning(db).await;
    match written.map_err(from_driver)? {
        1 => Ok(()),
        _ => Err(StoreError::unavailable(format!("command {} is being ordered at this moment", order.key))),
    }
}

/// The command that a key made, if it was for the same.
async fn by_key(db: &impl ConnectionTrait, order: &NewCommand) -> Result<Option<Command>, StoreError> {
    let find = command::Entity::find().filter(command::Column::ClientKey.eq(&order.key));
    let Some(row) = find.one(db).await.map_err(from_driver)? else { return Ok(None) };
    let known = read_command(&row)?;
    if known.order.terminal != order.terminal || known.order.text != order.text {
        return Err(StoreError::conflict(format!("the key {} ordered something else before", order.key)));
    }
    Ok(Some(known))
}

/// Whether a further order is one too many.
async fn full(db: &impl ConnectionTrait, terminal: TerminalId) -> Result<Option<Enqueued>, StoreError> {
    let open = command::Entity::find().filter(command::Column::Open.eq(true));
    let of_terminal = open.clone().filter(command::Column::Terminal.eq(terminal.to_string()));
    if of_terminal.count(db).await.map_err(from_driver)? >= OPEN_PER_TERMINAL_MAX {
        return Ok(Some(Enqueued::TerminalFull));
    }
    let all = open.count(db).await.map_err(from_driver)?;
    Ok((all >= OPEN_MAX).then_some(Enqueued::Full))
}

/// Open commands that are over and lent to nobody.
async fn over(store: &SqlStore, now: Timestamp) -> Result<Vec<CommandNumber>, StoreError> {
    use command::Column as C;
    let now = now.as_millis();
    let over = Condition::any().add(C::ExpiresMs.lte(now)).add(C::Attempts.into_expr().gte(C::AttemptsMax.into_expr()));
    let free = Condition::any().add(C::AnswerByMs.is_null()).add(C::AnswerByMs.lte(now));
    let find = command::Entity::find().filter(C::Open.eq(true)).filter(over).filter(free).order_by_asc(C::Number);
    let rows = find.limit(EXPIRE_MAX).all(&store.readers()?).await.map_err(from_driver)?;
    rows.iter().map(|row| Ok(read_command(row)?.number)).collect()
}
