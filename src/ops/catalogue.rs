//! The one table of metric names. A name is `PREFIX_NAME[_UNIT]`; outside it stands `muckwatch_` before it and, for counters,
//! `_total` behind it. Log fields and the API use the same names.

/// How a figure moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; starts at 0 with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by upper bound, with their sum; only grows.
    Histogram,
}

/// What a figure says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Name without `muckwatch_` and `_total`.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// One sentence for the person who reads the graph.
    pub help: &'static str,
}

/// What a name means; `None` if nobody wrote it down.
#[must_use]
pub fn meaning(name: &str) -> Option<&'static Meaning> {
    CATALOGUE.iter().find(|meaning| meaning.name == name)
}

macro_rules! catalogue {
    ($( $kind:ident { $( $name:ident: $help:literal ),* $(,)? } )*) => {
        /// Every figure there is.
        pub const CATALOGUE: &[Meaning] = &[$( $( Meaning { name: stringify!($name), kind: Kind::$kind, help: $help }, )* )*];
    };
}

catalogue! {
    Counter {
        // The gateway (labels: gateway).
        gateway_accepted: "Connections accepted",
        gateway_answers: "Answers sent to terminals",
        gateway_clashes: "Terminals that connected while another connection of theirs was open",
        gateway_closed_idle: "Connections closed because nothing came for too long",
        gateway_closed_junk: "Connections closed over the junk limit",
        gateway_closed_not_reading: "Connections closed because they did not take their answers in time",
        gateway_closed_foreign: "Connections closed because they spoke for too many terminals",
        gateway_closed_record: "Connections closed because the record refused for too long",
        gateway_commands_answered: "Texts to drivers that their terminals answered",
        gateway_commands_given_back: "Texts to drivers that another gateway may send: the connection went before the answer",
        gateway_commands_sent: "Texts to drivers sent",
        gateway_commands_unmatched: "Answers of terminals to no text of ours",
        gateway_commands_unreported: "Answers of terminals that the store did not take",
        gateway_foreign: "Frames of terminals beyond the limit per connection",
        gateway_frames: "Checksum-valid frames",
        gateway_junk_bytes: "Bytes that were no frames",
        gateway_recorded: "Frames made durable",
        gateway_refused_connections: "Connections refused: too many in all",
        gateway_refused_address: "Connections refused: too many from one address",
        gateway_refused_frames: "Stretches between delimiters that were no frames",
        gateway_quarantined: "Frames of terminals that the ledger does not know",
        gateway_unacknowledged: "Frames not acknowledged because the record refused them",
        gateway_unauthenticated: "Frames of known terminals without the right code",
        gateway_undecodable: "Frames recorded although their bodies do not decode",
        gateway_writes: "Writes to terminals",
        // The record.
        record_batches: "Batches made durable",
        record_inputs: "Inputs made durable",
        record_disk_errors: "Failed calls to the disk",
        // The copy of the record on PostgreSQL (labels: gateway).
        copy_batches: "Batches committed to the copy",
        copy_bytes: "Bytes of the batches committed to the copy",
        copy_connects: "Connections made to the copy's server",
        copy_inputs: "Inputs copied",
        copy_retries: "Calls to the copy that were made again",
        copy_warned: "Commits that do not count because a warning came with them",
        // The bus (labels: gateway).
        bus_publish_beats: "Empty entries put on streams",
        bus_published_entries: "Entries put on streams, empty ones left out",
        bus_published_frames: "Frames put on streams",
        bus_publish_left_out: "Entries left out because their stream was full while others had room; workers read the record",
        bus_publish_retries: "Attempts to publish that failed and were made again",
        bus_publish_rewinds: "Times the publisher went back to what workers had committed",
        bus_publish_stalls: "Times a stream was at its limit and the publisher waited",
        bus_claimed: "Entries taken over from pending ones of this or another consumer",
        bus_connects: "Times a consumer connected",
        bus_duplicates: "Entries that brought nothing new",
        bus_entries: "Entries delivered to judging",
        bus_holes: "Holes filled from the record",
        bus_hole_inputs: "Inputs read from the record to fill holes",
        bus_lost_streams: "Times a stream was gone and was made anew",
        bus_stale_controls: "Control entries of a ticker that was replaced, or not newer than the last",
        bus_unreadable: "Entries that are none of ours",
        // Shards by leases (labels: member).
        crew_taken: "Leases of shards taken",
        crew_lost: "Leases of shards lost, or shards that ended badly",
        // Pages and programs.
        http_requests: "HTTP requests answered, by class of status",
        http_seconds: "Seconds spent on HTTP requests, by class of status",
        // Judging.
        worker_commits: "Commits of episodes, states and cursor",
        worker_commit_us: "Microseconds these took, retries included",
        worker_inputs: "Inputs judged and committed",
        worker_rejudged: "Re-judgements done",
        worker_corrections: "Alarms and corrections of episodes appended",
        worker_quality: "Fixes by what the quality gate said of them",
        worker_unreadable: "Frames recorded although their body could not be read",
    }
    Gauge {
        check: "1 while a check of the process holds, 0 while it fails; `/health` says why",
        gateway_connections: "Connections open now",
        record_durable_number: "Number of the last durable input",
        record_bytes: "Bytes of all segment files, the spare included",
        record_max_bytes: "Limit of the record's bytes",
        record_segments: "Segment files with inputs",
        record_queue_bytes: "Bytes of appends that wait for the writer",
        record_sync_seconds: "Duration of the last fdatasync",
        record_state: "How the record is: 0 good, 1 nearly full, 2 full, 3 failed; from 2 on nothing is acknowledged",
        copy_alone: "1 while the PostgreSQL primary waits for no standby: what is acknowledged is on one machine",
        copy_replaced: "1 once another process took the gateway's number over: this one acknowledges nothing and ends",
        copy_lag_inputs: "Inputs durable at the gateway and not yet copied",
        copy_stalled_seconds: "How long inputs have waited since one was last copied, as looked at; 0 while none waits",
        bus_publish_lag_inputs: "Inputs that may be published and are not yet",
        stream_entries: "Entries on a shard's stream when one was last cut",
        clock_ahead_seconds: "How far this machine's wall clock is ahead of the database's, at least; negative = behind",
        house_shards: "Shards of the house; those that no worker holds (crew_shards) are not judged",
        crew_members: "Workers alive when last looked",
        crew_shards: "Shards this worker holds",
        crew_token: "Token of the lease by which this worker holds the shard",
        live_terminals: "Terminals on the live board",
        live_sessions: "Live sessions open",
        shard_lag_seconds: "Receipt of the last tick judged until now: how far judging is behind; negative = that tick lies in the future",
        shard_lag_inputs: "Durable inputs not yet judged",
        shard_halted: "1 if the judge of this shard stopped and a person must look",
    }
    Histogram {
        worker_lag_seconds: "Time from the receipt of a frame to the commit that took it in; what is judged 30 s behind the newest fix may follow",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_say_their_unit() {
        // Proves: no name twice, none with an ending that the format adds, each with a sentence.
        let names: BTreeSet<_> = CATALOGUE.iter().map(|meaning| meaning.name).collect();
        assert_eq!(names.len(), CATALOGUE.len());
        for meaning in CATALOGUE {
            assert!(!meaning.name.ends_with("_total") && !meaning.name.ends_with("_ms"), "{}", meaning.name);
            assert!(meaning.help.len() > 10 && !meaning.help.ends_with('.'), "{}", meaning.name);
        }
    }
}
