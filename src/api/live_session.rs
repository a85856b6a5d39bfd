//! One live session: hello, then once a second what changed. It never queues: what a slow client misses is in its next frame.

use super::{
    live::{ClientMessage, ServerMessage},
    live_frame::{Silence, Told, View},
    problem::Problem,
    resources::{clock::ClockAnswer, health::unknown_since, row::ViolationRow, violation::ChangeName},
    state::ApiState,
};
use crate::{
    cases::{change::Correction, id::EpisodeId},
    store::episodes::AppendNumber,
};
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::time::{self, MissedTickBehavior};

/// Between two frames of positions.
const PERIOD: Duration = Duration::from_secs(1);
/// Most alarms a client that was away is sent; beyond it is told to read the list.
const CATCH_UP_MAX: u32 = 500;
/// Most alarms sent between two frames.
const BURST_MAX: usize = 200;

struct Session<'a> {
    socket: WebSocket,
    api: &'a ApiState,
    told: Told,
    /// Append number of the newest alarm sent.
    sent: u64,
}

/// Why a session ends.
enum End {
    /// The client is gone, or too slow.
    Gone,
    /// The client sent what it must not.
    Unreadable,
    /// The server stops.
    Stopping,
}

/// Whether an alarm went out.
enum Alarmed {
    /// It did, or there was nothing to say.
    Done,
    /// The store did not answer: it and those after it wait.
    NotYet,
}

/// Runs a session to its end.
pub(super) async fn run(socket: WebSocket, api: &ApiState, after: Option<u64>) {
    api.sessions_opened.fetch_add(1, Ordering::Relaxed);
    let sent = after.unwrap_or_else(|| api.live.newest_append());
    let mut session = Session { socket, api, told: Told::default(), sent };
    let end = match session.greet(after.is_some()).await {
        Ok(()) => session.go_on().await,
        Err(end) => end,
    };
    let (code, reason) = match end {
        End::Gone => return,
        End::Unreadable => (close_code::POLICY, "not a message of this protocol"),
        End::Stopping => (close_code::AWAY, "the server stops"),
    };
    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    if session.send(close).await.is_err() {
        tracing::debug!("the live client was gone before it was told the end");
    }
}

impl Session<'_> {
    async fn greet(&mut self, resumes: bool) -> Result<(), End> {
        let news = self.told.news(&self.api.live, self.api.clock.now(), self.silence());
        let hello = ServerMessage::Hello {
            clock: ClockAnswer::from(&self.api.clock),
            epoch: self.api.epoch,
            append: self.sent,
            slots: news.slots,
        };
        self.say(&hello).await?;
        self.send(Message::Binary(news.frame.into())).await?;
        if resumes { self.catch_up().await } else { Ok(()) }
    }

    async fn go_on(&mut self) -> End {
        let mut ticks = time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        ticks.tick().await;
        loop {
            let outcome = tokio::select! {
                () = self.api.stopping.cancelled() => Err(End::Stopping),
                _ = ticks.tick() => self.beat().await,
                message = self.socket.recv() => self.hear(message),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    /// Everything new, in the order in which it can be understood: names, alarms, positions.
    async fn beat(&mut self) -> Result<(), End> {
        let news = self.told.news(&self.api.live, self.api.clock.now(), self.silence());
        if !news.slots.is_empty() {
            self.say(&ServerMessage::Slots { slots: news.slots }).await?;
        }
        self.alarms().await?;
        self.send(Message::Binary(news.frame.into())).await
    }

    async fn alarms(&mut self) -> Result<(), End> {
        let unseen = self.api.live.alarms_after(self.sent, BURST_MAX);
        if unseen.forgotten.is_some() {
            return self.catch_up().await;
        }
        for alarm in unseen.alarms {
            if let Alarmed::NotYet = self.alarm(alarm.append, alarm.change.row.id, alarm.change.correction).await? {
                break;
            }
        }
        Ok(())
    }

    /// What the ring no longer has, from the store.
    async fn catch_up(&mut self) -> Result<(), End> {
        let missed = match self.api.episodes.changed_after(AppendNumber(self.sent), CATCH_UP_MAX).await {
            Ok(missed) => missed,
            Err(error) => {
                tracing::warn!(%error, "a live client was not sent the alarms it missed; trying again");
                return Ok(());
            }
        };
        if missed.len() >= usize::try_from(CATCH_UP_MAX).unwrap_or(usize::MAX) {
            let newest = self.api.live.newest_append();
            let last = missed.last().map_or(newest, |last| last.append.0.max(newest));
            self.sent = last;
            return self.say(&ServerMessage::Gap { append: last }).await;
        }
        for change in missed {
            if let Alarmed::NotYet = self.alarm(change.append.0, change.row.id, change.correction).await? {
                break;
            }
        }
        Ok(())
    }

    /// One alarm, with the episode as it stands in the store now.
    async fn alarm(&mut self, append: u64, id: EpisodeId, correction: Correction) -> Result<Alarmed, End> {
        let violation = match violation(self.api, id).await {
            Ok(violation) => violation,
            Err(problem) => {
                tracing::warn!(append, detail = problem.detail, "an alarm waits for the store");
                return Ok(Alarmed::NotYet);
            }
        };
        self.sent = append;
        if let (Some(violation), Some(change)) = (violation, ChangeName::of(correction)) {
            self.say(&ServerMessage::Alarm { append, change, violation: Box::new(violation) }).await?;
        }
        Ok(Alarmed::Done)
    }

    fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => self.obey(&text),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(End::Unreadable),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    fn obey(&mut self, text: &str) -> Result<(), End> {
        let ClientMessage::View { bbox, .. } = serde_json::from_str(text).map_err(|_| End::Unreadable)?;
        let view = View::new(bbox).ok_or(End::Unreadable)?;
        self.told.look_at(Some(view));
        Ok(())
    }

    async fn say(&mut self, message: &ServerMessage) -> Result<(), End> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a live message could not be written as JSON");
            End::Gone
        })?;
        self.send(Message::Text(text.into())).await
    }

    /// A client that does not read in time is let go: it comes back with `after`.
    async fn send(&mut self, message: Message) -> Result<(), End> {
        let patience = self.api.config.live_send_timeout();
        match time::timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    fn silence(&self) -> Silence {
        let config = &self.api.config;
        Silence {
            stale_ms: i64::from(config.stale_after_s) * 1_000,
            lost_ms: i64::from(config.lost_after_s) * 1_000,
            known_until: unknown_since(self.api),
        }
    }
}

async fn violation(api: &ApiState, id: EpisodeId) -> Result<Option<ViolationRow>, Problem> {
    let Some(stored) = api.episodes.get(id).await? else { return Ok(None) };
    let book = api.shelf.newest().await?;
    Ok(Some(ViolationRow::new(&stored, &book)))
}
