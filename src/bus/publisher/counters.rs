//! Figures of the publisher since its start, for health and metrics.

use crate::bus::figures::figures;

figures! {
    /// What a publisher did; all only grow, except `publish_lag_inputs`.
    PublishCounters:
    /// Empty entries put on streams.
    publish_beats,
    /// Entries put on streams, empty ones left out.
    published_entries,
    /// Frames put on streams.
    published_frames,
    /// Entries left out because their stream was full while others had room: workers read from the record what they held.
    publish_left_out,
    /// Inputs that may be published and are not yet.
    publish_lag_inputs,
    /// Attempts that failed and were made again.
    publish_retries,
    /// Times the publisher went back to what workers had committed.
    publish_rewinds,
    /// Times a stream was at its limit and the publisher waited.
    publish_stalls,
}
