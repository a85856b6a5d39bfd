//! What the copy says when it cannot do what it was asked.

use crate::{
    record::RecordError,
    store::noticed::{Doubt, chain},
};

/// A failed call. No driver type is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// Passing: the server does not answer, or did not take the call. Ask again.
    #[error("the copy does not answer: {cause}")]
    Unavailable {
        /// What the server or the connection said.
        cause: String,
    },
    /// Passing: the server committed and warned, so nobody knows whether its standby has it. Not copied; ask again.
    #[error("a commit was answered with a warning and does not count as copied")]
    Warned,
    /// Passing: the primary waits for no standby, and the settings demand that it does. Not copied; ask again.
    #[error(
        "the PostgreSQL primary waits for no standby (synchronous_standby_names is empty) and copy.standby is `required`, so \
         nothing is acknowledged: attach a standby and name it (docs/OPERATING.md, 6), or set copy.standby = \"wanted\""
    )]
    Alone,
    /// Ours: the copy ends elsewhere than where this journal goes on, so another writer has this gateway's number, or one of
    /// the two was lost. Stop, keep both, and give the gateway a new number.
    #[error(
        "the copy of gateway {gateway} ends with {copied}, its journal has {durable}: another process has that number, or data \
         was lost. Keep both and start the gateway under a new number with an empty record"
    )]
    Apart {
        /// Which gateway.
        gateway: u16,
        /// The last number in the copy.
        copied: u64,
        /// The last number in the journal, or the one before the batch that was to follow.
        durable: u64,
    },
    /// Ours: another process took the number over while this one was paused or cut off. Stop; what this one acknowledged is copied,
    /// and what it did not is the terminals' to send again.
    #[error(
        "网关编号 {gateway} 已由另一进程接管 (租约令牌 {by} {holder}, 本进程为 {token}): 本进程不再应答终端并退出 (another process took \
         gateway {gateway} over under lease token {by}, holder {holder:?}; this one has {token} and ends: find out which of the two is \
         meant and start only that one)"
    )]
    Replaced {
        /// Which gateway.
        gateway: u16,
        /// Of this writer's lease.
        token: u64,
        /// Of the writer's lease that has the copy now: newer, or as new after a fail-over took leases back.
        by: u64,
        /// Who that is.
        holder: String,
    },
    /// Ours: under a number that both have, the copy has another input than this journal, so another record was copied under the
    /// gateway's number while this one was away. Stop, keep both, and give this gateway a new number.
    #[error(
        "网关编号 {gateway} 下已复制了另一份记录: 第 {number} 条与本机不同, 请保留两份数据, 换新编号并用空目录启动 (the copy of gateway \
         {gateway} has another input {number} than the record here: another record was copied under that number. Keep both and start \
         this gateway under a new number with an empty record)"
    )]
    Differs {
        /// Which gateway.
        gateway: u16,
        /// The last number in the copy.
        number: u64,
    },
    /// The addresses make no sense.
    #[error("the address of a PostgreSQL server cannot be used: {cause}")]
    Address {
        /// Why.
        cause: String,
    },
    /// The journal or what was copied cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl CopyError {
    /// Whether asking again may help.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Warned | Self::Alone | Self::Record(RecordError::Failed { .. }))
    }
}

impl From<CopyError> for RecordError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Record(error) => error,
            CopyError::Unavailable { .. } | CopyError::Warned | CopyError::Alone => {
                Self::Unavailable { what: error.to_string() }
            }
            CopyError::Apart { .. }
            | CopyError::Replaced { .. }
            | CopyError::Differs { .. }
            | CopyError::Address { .. } => Self::Corrupt { what: error.to_string() },
        }
    }
}

impl From<Doubt> for CopyError {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Warned => Self::Warned,
            passing @ (Doubt::Silent(_) | Doubt::Failed(_)) => Self::Unavailable { cause: passing.to_string() },
        }
    }
}

/// A driver's error, which passes.
pub(super) fn from_driver(error: &tokio_postgres::Error) -> CopyError {
    CopyError::Unavailable { cause: chain(error) }
}
