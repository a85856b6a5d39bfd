//! A terminal's track, decoded again from its recorded frames by the same code that judged it.

use super::{
    book::Book,
    params::Between,
    problem::{Problem, ProblemCode},
    state::ApiState,
};
use crate::{
    engine::judge::trace,
    intake::{self, Reading},
    model::{
        fix::Fix,
        ids::{Seq, TerminalId},
        input::{Event, Input, RawFrame},
        time::{Span, Timestamp},
    },
    record::recorded::Recorded,
    rules::policy::Policies,
    track::{gaps::Gaps, quality::Quality},
};
use std::{collections::BTreeMap, sync::Arc};

/// Event time before a span that the gate needs to judge its first fixes (the fix before; nine intervals).
const LEAD: Span = Span::from_secs(1_800);
/// Event time after a span that the gate needs for its last fix (the spike test looks one ahead).
const TAIL: Span = Span::from_secs(600);

/// The fixes of one terminal in a span.
#[derive(Clone, Debug, Default)]
pub struct Track {
    /// By event time; those without one, or refused for it, follow by receive time.
    pub points: Vec<(Fix, Quality)>,
    /// Stretches between good fixes longer than the judge bridges.
    pub gaps: Vec<Between>,
    /// The frames they came in.
    pub frames: BTreeMap<Seq, RawFrame>,
}

/// Where a track is read from and how it is judged.
#[derive(Clone, Debug)]
pub struct Source {
    record: Arc<dyn Recorded>,
    book: Arc<Book>,
    policies: Arc<Policies>,
    frames_max: usize,
}

impl Source {
    /// The record, and the ledger and parameters as now known.
    #[must_use]
    pub fn new(api: &ApiState, book: &Arc<Book>) -> Self {
        Self {
            record: Arc::clone(&api.record),
            book: Arc::clone(book),
            policies: api.live.policies(),
            frames_max: api.config.track_frames_max,
        }
    }

    /// The track of a terminal over a span. Decodes on a blocking thread.
    ///
    /// # Errors
    /// `too_large` when the span holds more frames than are read at once; the record's own failures.
    pub async fn track(&self, terminal: TerminalId, span: Between) -> Result<Track, Problem> {
        let wide = Between { from: span.from - LEAD, to: span.to + TAIL };
        let inputs = self.inputs(terminal, wide).await?;
        let source = self.clone();
        Ok(tokio::task::spawn_blocking(move || source.read(inputs, wide, span)).await?)
    }

    /// The newest good fix of a terminal not before `since`, looking back no further than needed.
    ///
    /// # Errors
    /// As [`Source::track`].
    pub async fn newest(&self, terminal: TerminalId, now: Timestamp) -> Result<Option<(Fix, Quality)>, Problem> {
        for back_s in LOOK_BACK_S {
            let span = Between { from: now - Span::from_secs(back_s), to: now + AHEAD };
            let track = self.track(terminal, span).await?;
            if let Some(newest) = track.points.into_iter().rev().find(|(_, quality)| is_good(*quality)) {
                return Ok(Some(newest));
            }
        }
        Ok(None)
    }

    fn read(&self, mut inputs: Vec<Input>, wide: Between, span: Between) -> Track {
        inputs.retain(|input| reaches_into(input, wide));
        let points = trace(&inputs, &self.book.world, &self.policies);
        let frames = inputs.into_iter().filter_map(|input| match input.event {
            Event::Frame(frame) => Some((input.seq, frame)),
            _ => None,
        });
        let gaps = self.gaps(&points, span);
        let points = points.into_iter().filter(|(fix, _)| is_within(fix, span)).collect();
        Track { points, gaps, frames: frames.collect() }
    }

    /// Recorded frames whose times touch the span.
    async fn inputs(&self, terminal: TerminalId, span: Between) -> Result<Vec<Input>, Problem> {
        let most = self.frames_max;
        let inputs = self.record.frames_of(terminal, span.from, span.to, most.saturating_add(1)).await?;
        if inputs.len() > most {
            let why = format!("the span holds more than {most} frames: ask for a shorter one");
            return Err(Problem::new(ProblemCode::TooLarge, why));
        }
        Ok(inputs)
    }

    fn gaps(&self, points: &[(Fix, Quality)], span: Between) -> Vec<Between> {
        let (mut habit, mut gaps) = (Gaps::default(), Vec::new());
        let good = points.iter().filter(|(_, quality)| is_good(*quality)).filter_map(|(fix, _)| fix.at);
        let mut last: Option<Timestamp> = None;
        for at in good {
            if let Some(before) = last {
                let params = &self.policies.at(at).policy.track.gap;
                let silence_ms = at.since(before).as_millis();
                if silence_ms > habit.limit_ms(params) && at > span.from && before < span.to {
                    gaps.push(Between { from: before, to: at });
                }
                habit.note(silence_ms, params);
            }
            last = Some(at);
        }
        gaps
    }
}

/// How far back the newest fix is looked for, seconds: an hour, a day, a week, 90 days.
const LOOK_BACK_S: [i64; 4] = [3_600, 86_400, 7 * 86_400, 90 * 86_400];
/// A good fix may be this much ahead of the server's clock (rules.md 0.2).
const AHEAD: Span = Span::from_secs(301);

/// Whether rules see it, or will once the next fix came.
#[must_use]
pub fn is_good(quality: Quality) -> bool {
    quality.is_judged()
}

/// Where a fix sorts in a track: event time first; without a usable one, receive time after all others.
#[must_use]
pub fn place_in_track(fix: &Fix, quality: Quality) -> (bool, i64, u64, u16) {
    let unordered = matches!(quality, Quality::ImpossibleDate | Quality::FromFuture | Quality::TooOld);
    let at = fix.at.filter(|_| !unordered).unwrap_or(fix.received);
    (unordered, at.as_millis(), fix.seq.0, fix.part)
}

fn is_within(fix: &Fix, span: Between) -> bool {
    let at = fix.at.unwrap_or(fix.received);
    (span.from..span.to).contains(&at)
        || (fix.at.is_some_and(|at| at > fix.received) && (span.from..span.to).contains(&fix.received))
}

fn reaches_into(input: &Input, span: Between) -> bool {
    let Event::Frame(frame) = &input.event else { return false };
    let positions = match intake::read(input, frame) {
        Ok((_, Reading::Positions(positions))) => positions,
        // Its time is known when it is whole.
        Ok((_, Reading::Slice(_))) => return true,
        _ => return false,
    };
    positions.reports.iter().any(|report| is_within(report.as_sent(), span))
}
