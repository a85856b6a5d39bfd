//! Texts to terminals: from the store's queue to the connection that reaches the terminal, and the answer back.
//!
//! ```text
//! store ── open, due ─▶ poll: is the terminal connected here? ── take ─▶ connection ── 0x8300, our serial ─▶ terminal
//!   ▲                                                                        │ 0x0001
//!   └──────────────── settle: sent, answered, given back ◀── reports ◀───────┘
//! ```
//! Every gateway polls; the store lets exactly one take a command. A terminal gets texts on the newest connection that
//! may speak for it: a terminal of the ledger must have authenticated there, so that a stranger who borrows its phone
//! neither reads nor confirms what was meant for the driver. A terminal that the ledger does not know gets them too: to
//! tell a black truck to stop is what the office wants, and there is no code it could be asked for.

use super::{
    Shared,
    errands::{Fate, Report},
    lines::Order,
};
use crate::{
    store::{
        commands::{Command, CommandNumber, CommandStore},
        error::StoreError,
    },
    telemetry::Outage,
};
use std::time::Duration;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Reports that may wait for the store. Four for each command that may be open in the house are more than can come.
pub(super) const REPORTS_MAX: usize = 20_000;
/// Commands read at once.
const PAGE: u32 = 500;
/// Pause before a report is offered again to a store that does not answer.
const RETRY: Duration = Duration::from_secs(1);
/// Longest time the last reports may take when the gateway stops; what is left is mended by the leases.
const LAST_REPORTS: Duration = Duration::from_secs(5);

/// Delivers until `stop`; then notes what the connections that have ended reported.
pub(super) async fn run(
    shared: &Shared,
    store: &dyn CommandStore,
    mut reports: mpsc::Receiver<Report>,
    stop: &CancellationToken,
) {
    let mut at_hand = None;
    tokio::join!(
        stop.run_until_cancelled(poll_always(shared, store)),
        stop.run_until_cancelled(settle_always(store, &mut reports, &mut at_hand)),
    );
    let last = async {
        reports.close();
        while let Some(report) = at_hand.take().or_else(|| reports.try_recv().ok()) {
            if let Err(error) = note(store, &report).await {
                tracing::warn!(command = report.delivery.number.0, %error, "the last of a text is not noted");
            }
        }
    };
    if timeout(LAST_REPORTS, last).await.is_err() {
        tracing::warn!("the store did not take the last reports of texts in time; their leases run out");
    }
}

async fn poll_always(shared: &Shared, store: &dyn CommandStore) {
    let mut beat = interval(Duration::from_millis(shared.config.command_poll_ms.max(1)));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut outage = Outage::new("the store: texts to drivers wait");
    loop {
        beat.tick().await;
        match poll(shared, store).await {
            Ok(()) => outage.over(),
            Err(error) => outage.failed(&error),
        }
    }
}

/// One look at all open commands.
async fn poll(shared: &Shared, store: &dyn CommandStore) -> Result<(), StoreError> {
    let expired = store.expire(shared.clock.now()).await?;
    if expired > 0 {
        tracing::info!(expired, "texts expired without an answer");
    }
    let mut after = CommandNumber(0);
    loop {
        let page = store.open(after, PAGE).await?;
        for command in &page {
            if command.is_due(shared.clock.now()) {
                hand_over(shared, store, command).await?;
            }
        }
        match page.last() {
            Some(last) if page.len() >= PAGE as usize => after = last.number,
            _ => return Ok(()),
        }
    }
}

/// Takes a command whose terminal is connected here and has room, and gives it to the connection.
async fn hand_over(shared: &Shared, store: &dyn CommandStore, command: &Command) -> Result<(), StoreError> {
    let Some(line) = shared.lines.newest(command.order.terminal) else { return Ok(()) };
    let Ok(place) = line.try_reserve() else { return Ok(()) };
    let (delivery, at) = (command.next_delivery(shared.number), shared.clock.now());
    let patience = Duration::from_secs(shared.config.command_answer_s);
    if store.take(delivery, at, at + shared.clock.span(patience)).await? {
        let order = &command.order;
        place.send(Order { delivery, terminal: order.terminal, text: order.text.clone() });
    }
    Ok(())
}

/// Notes reports one after the other; one that the store does not take stays at hand and holds back those behind it.
async fn settle_always(store: &dyn CommandStore, reports: &mut mpsc::Receiver<Report>, at_hand: &mut Option<Report>) {
    while let Some(report) = reports.recv().await {
        *at_hand = Some(report);
        while let Err(error) = note(store, &report).await {
            let passing = matches!(error, StoreError::Unavailable { .. });
            tracing::warn!(command = report.delivery.number.0, passing, %error, "what became of a text is not noted");
            if !passing {
                break;
            }
            sleep(RETRY).await;
        }
        *at_hand = None;
    }
}

async fn note(store: &dyn CommandStore, report: &Report) -> Result<(), StoreError> {
    let Report { delivery, at, fate } = *report;
    let noted = match fate {
        Fate::Sent(serial) => store.sent(delivery, serial, at).await?,
        Fate::Answered(answer) => store.settle(delivery, answer).await?,
        Fate::GivenBack => store.give_back(delivery, at).await?,
    };
    tracing::debug!(command = delivery.number.0, attempt = delivery.attempt, ?fate, noted, "a text");
    Ok(())
}
