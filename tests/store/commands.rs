//! What `CommandStore` promises.

use super::sample;
use muckwatch::{
    model::{
        ids::GatewayNumber,
        time::{Span, Timestamp},
    },
    store::{
        commands::{
            Answer, Command, CommandEventKind, CommandNumber, CommandState, CommandStore, CommandText, Delivery,
            Enqueued, NewCommand, OPEN_PER_TERMINAL_MAX, Urgency,
        },
        error::StoreError,
    },
};

/// Seconds after the first order.
pub(crate) fn second(second: i64) -> Timestamp {
    sample::at("2026-11-24T08:00:00+08:00") + Span::from_secs(second)
}

pub(crate) fn order(key: &str) -> NewCommand {
    NewCommand {
        key: key.to_owned(),
        terminal: "13800138000".parse().unwrap(),
        text: CommandText {
            words: "请靠边停车接受检查".to_owned(),
            urgency: Urgency::Urgent,
            shown: true,
            spoken: false,
        },
        reason: "road_check".to_owned(),
        actor: "local".to_owned(),
        created: second(0),
        expires: second(600),
        attempts_max: 3,
    }
}

pub(crate) fn delivery(number: CommandNumber, gateway: u16, attempt: u32) -> Delivery {
    Delivery { number, gateway: GatewayNumber(gateway), attempt }
}

pub(crate) fn answer(serial: u16, result: u8, at: i64) -> Answer {
    Answer { serial, result, at: second(at) }
}

pub(crate) async fn fill(store: &dyn CommandStore) {
    ordered(store, &order("k1")).await;
}

async fn ordered(store: &dyn CommandStore, order: &NewCommand) -> CommandNumber {
    match store.enqueue(order).await.unwrap() {
        Enqueued::Queued(command) => command.number,
        other => panic!("{other:?}"),
    }
}

async fn open(store: &dyn CommandStore) -> Vec<CommandNumber> {
    store.open(CommandNumber(0), 100).await.unwrap().iter().map(|command| command.number).collect()
}

async fn state(store: &dyn CommandStore, number: CommandNumber) -> CommandState {
    store.get(number).await.unwrap().unwrap().state
}

async fn kinds(store: &dyn CommandStore, number: CommandNumber) -> Vec<CommandEventKind> {
    store.events(number).await.unwrap().iter().map(|event| event.kind).collect()
}

pub(crate) async fn an_order_is_made_once(store: &dyn CommandStore) {
    // Proves: a repeated order is the command it made, as it was ordered; the same key for something else is refused.
    let number = ordered(store, &order("k1")).await;
    let known = Enqueued::Known(store.get(number).await.unwrap().unwrap());
    let later = NewCommand { created: second(5), ..order("k1") };
    assert_eq!(store.enqueue(&later).await.unwrap(), known);
    let Enqueued::Known(Command { order: kept, .. }) = known else { panic!("known") };
    assert_eq!(kept, order("k1"));
    let other = NewCommand { terminal: "13800138001".parse().unwrap(), ..order("k1") };
    assert!(matches!(store.enqueue(&other).await, Err(StoreError::Conflict { .. })));
    assert_eq!(open(store).await, [number]);
}

pub(crate) async fn a_command_goes_its_way_and_every_step_is_kept(store: &dyn CommandStore) {
    // Proves: queued, taken, sent, acknowledged; each step with its time, gateway, serial and result; a settled command is
    // not open and not taken again, and its first answer stands.
    let number = ordered(store, &order("k1")).await;
    let one = delivery(number, 3, 1);
    assert!(store.take(one, second(1), second(31)).await.unwrap());
    assert_eq!(state(store, number).await, CommandState::Queued, "taken is not sent");
    assert!(store.sent(one, 0xFFFF, second(2)).await.unwrap());
    assert_eq!(state(store, number).await, CommandState::Sent);
    assert!(store.settle(one, answer(0xFFFF, 0, 3)).await.unwrap());
    assert!(!store.settle(one, answer(0xFFFF, 3, 4)).await.unwrap(), "the first answer stands");
    assert!(!store.take(delivery(number, 4, 2), second(50), second(80)).await.unwrap());
    let now = store.get(number).await.unwrap().unwrap();
    assert_eq!((now.state, now.serial, now.result), (CommandState::Acknowledged, Some(0xFFFF), Some(0)));
    assert_eq!((now.sent, now.settled, now.answer_by), (Some(second(2)), Some(second(3)), None));
    let steps = store.events(number).await.unwrap();
    let step = |at: usize| (steps[at].kind, steps[at].at, steps[at].gateway, steps[at].serial, steps[at].result);
    let gateway = Some(GatewayNumber(3));
    assert_eq!(step(0), (CommandEventKind::Queued, second(0), None, None, None));
    assert_eq!(step(1), (CommandEventKind::Taken, second(1), gateway, None, None));
    assert_eq!(step(2), (CommandEventKind::Sent, second(2), gateway, Some(0xFFFF), None));
    assert_eq!(step(3), (CommandEventKind::Acknowledged, second(3), gateway, Some(0xFFFF), Some(0)));
    assert_eq!((steps.len(), open(store).await.len()), (4, 0));
}

pub(crate) async fn of_many_gateways_one_takes(store: &dyn CommandStore) {
    // Proves: of gateways that take at once exactly one holds the command; after its lease another may take it, with the
    // next try and not before; a command out of tries or of time is not taken.
    let number = ordered(store, &order("k1")).await;
    let takes = (1..=8).map(|gateway| store.take(delivery(number, gateway, 1), second(1), second(31)));
    let mut holders = 0;
    for taken in futures_util::future::join_all(takes).await {
        holders += usize::from(taken.unwrap());
    }
    assert_eq!(holders, 1);
    let holder = store.get(number).await.unwrap().unwrap().gateway.unwrap();
    let other = if holder == GatewayNumber(1) { 2 } else { 1 };
    assert!(!store.take(delivery(number, other, 2), second(30), second(60)).await.unwrap(), "it is still lent");
    assert!(!store.take(delivery(number, other, 1), second(31), second(61)).await.unwrap(), "that try was made");
    assert!(store.take(delivery(number, other, 2), second(31), second(61)).await.unwrap());
    assert!(store.take(delivery(number, other, 3), second(61), second(91)).await.unwrap());
    assert!(!store.take(delivery(number, other, 4), second(91), second(121)).await.unwrap(), "out of tries");
    let late = ordered(store, &order("k2")).await;
    assert!(!store.take(delivery(late, 1, 1), second(600), second(630)).await.unwrap(), "out of time");
}

pub(crate) async fn an_answer_of_an_older_delivery_counts(store: &dyn CommandStore) {
    // Proves: what a terminal answers settles its command though another gateway holds it, and though it expired; a
    // holder that lost its lease to another can neither note a sending nor give back.
    let number = ordered(store, &order("k1")).await;
    let (first, second_try) = (delivery(number, 1, 1), delivery(number, 2, 2));
    assert!(store.take(first, second(1), second(31)).await.unwrap());
    assert!(store.take(second_try, second(31), second(61)).await.unwrap());
    assert!(!store.sent(first, 1, second(32)).await.unwrap() && !store.give_back(first, second(32)).await.unwrap());
    assert!(store.settle(first, answer(1, 2, 33)).await.unwrap());
    assert_eq!(state(store, number).await, CommandState::Refused);
    let never = delivery(ordered(store, &order("k2")).await, 1, 1);
    assert!(!store.settle(never, answer(1, 0, 33)).await.unwrap(), "nobody took it, so nobody answered it");
    assert!(store.take(never, second(40), second(70)).await.unwrap());
    assert_eq!(store.expire(second(700)).await.unwrap(), 1);
    assert!(store.settle(never, answer(9, 0, 701)).await.unwrap());
    assert_eq!(state(store, never.number).await, CommandState::Acknowledged);
}

pub(crate) async fn a_connection_lost_gives_back_at_once(store: &dyn CommandStore) {
    use CommandEventKind::{GivenBack, Queued, Sent, Taken};
    // Proves: a command given back may be taken by another gateway before the lease is over, and is queued meanwhile.
    let number = ordered(store, &order("k1")).await;
    let one = delivery(number, 1, 1);
    assert!(store.take(one, second(1), second(31)).await.unwrap() && store.sent(one, 5, second(2)).await.unwrap());
    assert!(store.give_back(one, second(3)).await.unwrap());
    assert!(!store.give_back(one, second(3)).await.unwrap(), "once");
    assert_eq!(state(store, number).await, CommandState::Queued);
    assert!(store.take(delivery(number, 2, 2), second(3), second(33)).await.unwrap());
    assert_eq!(kinds(store, number).await, [Queued, Taken, Sent, GivenBack, Taken]);
}

pub(crate) async fn what_is_over_expires_once(store: &dyn CommandStore) {
    // Proves: a queued command expires at its time, one that is lent not before its lease is over, one out of tries at
    // once; each once.
    let waiting = ordered(store, &order("k1")).await;
    let lent = ordered(store, &NewCommand { terminal: "2".parse().unwrap(), ..order("k2") }).await;
    let tried = ordered(store, &NewCommand { attempts_max: 1, ..order("k3") }).await;
    assert!(store.take(delivery(lent, 1, 1), second(595), second(625)).await.unwrap());
    assert!(store.take(delivery(tried, 1, 1), second(1), second(31)).await.unwrap());
    assert_eq!(store.expire(second(30)).await.unwrap(), 0);
    assert_eq!((store.expire(second(31)).await.unwrap(), state(store, tried).await), (1, CommandState::Expired));
    assert_eq!((store.expire(second(600)).await.unwrap(), state(store, waiting).await), (1, CommandState::Expired));
    assert_eq!((store.expire(second(624)).await.unwrap(), store.expire(second(625)).await.unwrap()), (0, 1));
    assert_eq!(store.expire(second(9_999)).await.unwrap(), 0);
    assert_eq!(kinds(store, waiting).await, [CommandEventKind::Queued, CommandEventKind::Expired]);
    assert_eq!(store.get(lent).await.unwrap().unwrap().settled, Some(second(625)));
}

pub(crate) async fn open_commands_are_bounded(store: &dyn CommandStore) {
    // Proves: a terminal takes so many open commands and no more, another still takes its own, and a settled one makes room.
    let mut first = None;
    for key in 0..OPEN_PER_TERMINAL_MAX {
        let number = ordered(store, &order(&format!("k{key}"))).await;
        first.get_or_insert(number);
    }
    assert_eq!(store.enqueue(&order("more")).await.unwrap(), Enqueued::TerminalFull);
    let other = NewCommand { terminal: "1".parse().unwrap(), ..order("other") };
    ordered(store, &other).await;
    let one = delivery(first.unwrap(), 1, 1);
    assert!(store.take(one, second(1), second(31)).await.unwrap());
    assert!(store.settle(one, answer(1, 0, 2)).await.unwrap());
    ordered(store, &order("more")).await;
}

pub(crate) async fn lists_go_on_and_tell_terminals_apart(store: &dyn CommandStore) {
    // Proves: newest first, pages go on where they ended, one terminal's commands alone; open ones oldest first.
    let mut numbers = Vec::new();
    for key in 0..6 {
        let terminal = if key % 2 == 0 { "1" } else { "2" }.parse().unwrap();
        numbers.push(ordered(store, &NewCommand { terminal, ..order(&key.to_string()) }).await);
    }
    let listed = async |terminal: Option<&str>, before, limit| {
        let terminal = terminal.map(|digits| digits.parse().unwrap());
        let page = store.list(terminal, before, limit).await.unwrap();
        page.iter().map(|command| command.number).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None, 2).await, [numbers[5], numbers[4]]);
    assert_eq!(listed(None, Some(numbers[4]), 10).await, [numbers[3], numbers[2], numbers[1], numbers[0]]);
    assert_eq!(listed(Some("2"), None, 10).await, [numbers[5], numbers[3], numbers[1]]);
    assert_eq!(open(store).await, numbers);
    let rest = store.open(numbers[3], 1).await.unwrap();
    assert_eq!(rest.iter().map(|command| command.number).collect::<Vec<_>>(), [numbers[4]]);
    assert_eq!(store.get(CommandNumber(99)).await.unwrap(), None);
}
