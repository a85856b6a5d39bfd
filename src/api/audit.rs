//! Who looked at what, when, why, and what was shown: written before the answer goes out, or there is no answer.

use super::{
    names::Reason,
    problem::{Problem, ProblemCode},
    state::ApiState,
};
use crate::store::{
    error::StoreError,
    queries::{NewQuery, QueryKind},
};
use std::error::Error;

/// The one actor as long as there are no accounts.
pub(crate) const ACTOR: &str = "local";
/// Longest text of one column; a longer one is cut, not refused.
const TEXT_CHARS_MAX: usize = 500;

/// A look to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What was asked.
    pub kind: QueryKind,
    /// About whom: a plate as typed, a vehicle code, a terminal, a frame.
    pub subject: String,
    /// Why; single frames ask for none.
    pub reason: Option<Reason>,
    /// What more was asked, and what is shown.
    pub detail: String,
}

impl Look {
    /// Writes the line. Only after this may the answer go out.
    ///
    /// # Errors
    /// `unlogged` when the log did not take it.
    pub async fn log(self, api: &ApiState) -> Result<(), Problem> {
        let key = NewQuery::fresh_key().map_err(|error| unlogged(&error))?;
        let line = NewQuery {
            key,
            at: api.clock.now(),
            actor: ACTOR.to_owned(),
            kind: self.kind,
            subject: cut(&self.subject),
            reason: self.reason.map_or("-", Reason::as_str).to_owned(),
            detail: cut(&self.detail),
        };
        let written = match api.queries.append(&line).await {
            // Once more: a primary that was just replaced. The key sees to it that there is one line.
            Err(StoreError::Unavailable { .. }) => api.queries.append(&line).await,
            done => done,
        };
        let number = written.map_err(|error| unlogged(&error))?;
        tracing::debug!(query = number.0, kind = ?line.kind, reason = line.reason, "looked at");
        Ok(())
    }
}

fn unlogged(cause: &dyn Error) -> Problem {
    Problem::from_cause(ProblemCode::Unlogged, "the query could not be logged and was not answered", cause)
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}
