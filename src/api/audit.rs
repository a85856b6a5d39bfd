//! Who looked at what, when, why, and what was shown: written before the answer goes out, or there is no answer.

use super::{
    names::Reason,
    problem::{Problem, ProblemCode},
    state::ApiState,
};
use crate::store::queries::{NewQuery, QueryKind};

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
        let line = NewQuery {
            at: api.clock.now(),
            actor: ACTOR.to_owned(),
            kind: self.kind,
            subject: cut(&self.subject),
            reason: self.reason.map_or("-", Reason::as_str).to_owned(),
            detail: cut(&self.detail),
        };
        let written = api.queries.append(&line).await;
        let refused = |error| {
            Problem::from_cause(ProblemCode::Unlogged, "the query could not be logged and was not answered", &error)
        };
        let number = written.map_err(refused)?;
        tracing::debug!(query = number.0, kind = ?line.kind, reason = line.reason, "looked at");
        Ok(())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}
