//! What a crash left, and how it is made whole: the torn tail goes, a hole is refused, nothing acknowledged is lost.
//!
//! Of a batch that was never acknowledged any part may be on disk, in any order. So a record that does not parse in the
//! last segment is a torn tail unless a record of a *later* batch stands behind it: that batch was begun only after the
//! missing one was durable, so something acknowledged is gone and the folder is refused.

use super::{
    RecordError,
    beginning::Beginning,
    catalogue::{Filed, Span},
    config::RecordConfig,
    disk::{Disk, DiskFile},
    entry::{self, Flaw, HEADER_BYTES, Spot},
    head,
    index::SegmentIndex,
    log::Writing,
    segment::{self, Cursor, DATA_START, HeaderBlock, WALK_BYTES},
    sidecar::{self, Sidecar},
    spare::{Growing, Spares},
};
use std::{io, sync::Arc};

/// A folder made whole.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) filed: Vec<Filed>,
    pub(super) writing: Option<Writing>,
    pub(super) spares: Spares,
    pub(super) beginning: Beginning,
}

/// A segment file as found. It is not held open: there may be more of them than file descriptors.
#[derive(Debug)]
struct Present {
    segment: u64,
    size: u64,
    header: HeaderBlock,
}

/// A segment whose header is good.
#[derive(Clone, Copy, Debug)]
struct Segment {
    id: u64,
    first: u64,
    size: u64,
}

/// What a walk over a segment found.
#[derive(Debug)]
struct Walk {
    span: Span,
    index: SegmentIndex,
    /// Where the last batch begins.
    last_batch: u64,
    /// Where the last record ends.
    end: u64,
    stop: Flaw,
}

/// Reads a folder and makes it whole.
pub(super) fn recover(disk: &Arc<dyn Disk>, config: &RecordConfig) -> Result<Recovered, RecordError> {
    let names = disk.list().map_err(|error| failed("listing", "the folder", &error))?;
    let present = survey(disk.as_ref(), &names)?;
    let beginning = begin(disk.as_ref(), &names)?;
    let allocated = present.iter().map(|found| found.size).sum();
    let next_id = present.last().map_or(1, |found| found.segment + 1);
    let segments: Vec<Segment> = present.iter().filter_map(Present::good).collect();
    let last_id = segments.last().map_or(0, |segment| segment.id);
    let (left, useless) = leftovers(disk.as_ref(), &present, last_id)?;
    let (forgotten, segments) = segments.split_at(kept_from(&segments, beginning.first()));
    let mut filed = chain(disk.as_ref(), segments, beginning.first())?;
    let writing = match segments.last() {
        Some(last) => Some(reopen(disk.as_ref(), *last, &mut filed)?),
        None => None,
    };
    let mut spares = Spares::new(Arc::clone(disk), config, next_id, allocated, left);
    for found in useless {
        spares.forget(found.segment, found.size);
    }
    for segment in forgotten {
        spares.forget(segment.id, segment.size);
        sidecar::remove(disk.as_ref(), segment.id);
    }
    Ok(Recovered { filed, writing, spares, beginning })
}

/// Where the record begins, made durable before anything below it is removed.
fn begin(disk: &dyn Disk, names: &[String]) -> Result<Beginning, RecordError> {
    let beginning = Beginning::read(disk, names).and_then(|beginning| beginning.settle().map(|()| beginning));
    beginning.map_err(|error| failed("reading", "where the record begins", &error))
}

/// The place of the segment that holds `first`; those before it were forgotten, and any of them may be back.
fn kept_from(segments: &[Segment], first: u64) -> usize {
    segments.iter().rposition(|segment| segment.first <= first).unwrap_or(0)
}

/// Makes a segment's index again from its records.
pub(super) fn index_again(disk: &dyn Disk, span: Span) -> Result<SegmentIndex, RecordError> {
    let file = open(disk, span.segment)?;
    let walk = walk(&file, Span::empty(span.segment, span.first), span.last)?;
    if walk.span.last < span.last {
        return Err(hole(&walk, span.last));
    }
    if let Err(error) = sidecar::write(disk, walk.span, &walk.index) {
        tracing::warn!(segment = span.segment, %error, "an index file could not be written");
    }
    Ok(walk.index)
}

impl Present {
    fn good(&self) -> Option<Segment> {
        let HeaderBlock::Good { first } = self.header else { return None };
        Some(Segment { id: self.segment, first, size: self.size })
    }
}

/// All segment files, ascending.
fn survey(disk: &dyn Disk, names: &[String]) -> Result<Vec<Present>, RecordError> {
    let mut ids: Vec<u64> = names.iter().filter_map(|name| segment::id_of(name)).collect();
    ids.sort_unstable();
    let look = |segment| -> io::Result<Present> {
        let file = disk.open(&segment::name(segment))?;
        let (size, header) = (file.size()?, segment::read_header(file.as_ref(), segment)?);
        Ok(Present { segment, size, header })
    };
    ids.into_iter().map(|id| look(id).map_err(|error| failed("opening", &segment::name(id), &error))).collect()
}

/// The spare among the files without a header, and those to remove.
fn leftovers<'a>(
    disk: &dyn Disk,
    present: &'a [Present],
    last_id: u64,
) -> Result<(Option<Growing>, Vec<&'a Present>), RecordError> {
    let mut spare: Option<&Present> = None;
    let mut useless = Vec::new();
    for found in present.iter().filter(|found| found.segment > last_id) {
        match found.header {
            HeaderBlock::Good { .. } => {}
            HeaderBlock::Blank => useless.extend(spare.replace(found)),
            HeaderBlock::Broken if is_blank(disk, found)? => {
                useless.push(found);
            }
            HeaderBlock::Broken => {
                let what = format!("the header of {} is damaged, but it holds records", segment::name(found.segment));
                return Err(RecordError::Corrupt { what });
            }
        }
    }
    let growing = |found: &Present| -> Result<Growing, RecordError> {
        Ok(Growing { segment: found.segment, file: open(disk, found.segment)?, filled: found.size })
    };
    Ok((spare.map(growing).transpose()?, useless))
}

/// Whether nothing stands behind the header block.
fn is_blank(disk: &dyn Disk, found: &Present) -> Result<bool, RecordError> {
    let file = open(disk, found.segment)?;
    Ok(last_nonzero(file.as_ref(), DATA_START, found.size)?.is_none())
}

/// Checks that the segments' seqs follow each other from `beginning` on, and files them.
fn chain(disk: &dyn Disk, segments: &[Segment], beginning: u64) -> Result<Vec<Filed>, RecordError> {
    if segments.is_empty() && beginning > 1 {
        let what = format!("no segment holds input {beginning}, with which the record begins");
        return Err(RecordError::Corrupt { what });
    }
    let mut filed = Vec::with_capacity(segments.len());
    let mut expected = beginning;
    let followers = segments.iter().skip(1).map(|next| Some(next.first)).chain([None]);
    for (segment, follower) in segments.iter().zip(followers) {
        let fits = segment.first == expected && follower.is_none_or(|first| first >= segment.first);
        if !fits {
            let name = segment::name(segment.id);
            let what = format!("{name} begins with input {} where {expected} must follow", segment.first);
            return Err(RecordError::Corrupt { what });
        }
        if let Some(first) = follower.filter(|first| *first > segment.first) {
            filed.push(sealed(disk, *segment, first - 1)?);
            expected = first;
        }
    }
    Ok(filed)
}

/// Files a segment that has a successor, through its sidecar where that is whole.
fn sealed(disk: &dyn Disk, segment: Segment, last: u64) -> Result<Filed, RecordError> {
    let known = Sidecar::open(disk, segment.id).map(|sidecar| sidecar.span());
    if let Some(span) = known.filter(|span| (span.first, span.last) == (segment.first, last)) {
        return Ok(Filed { span, index: None });
    }
    let walk = walk(&open(disk, segment.id)?, Span::empty(segment.id, segment.first), last)?;
    if walk.span.last < last {
        return Err(hole(&walk, last));
    }
    let kept = sidecar::write(disk, walk.span, &walk.index).is_err();
    Ok(Filed { span: Span { end: u64::MAX, ..walk.span }, index: kept.then_some(walk.index) })
}

/// Reads the last segment to its end, cuts a torn tail off and makes its last batch durable once more.
fn reopen(disk: &dyn Disk, last: Segment, filed: &mut Vec<Filed>) -> Result<Writing, RecordError> {
    let file = open(disk, last.id)?;
    let walk = walk(&file, Span::empty(last.id, last.first), u64::MAX)?;
    let torn = last_nonzero(file.as_ref(), walk.end, last.size)?;
    if let Some(torn_end) = torn {
        refuse_hole(file.as_ref(), &walk, torn_end)?;
        tracing::warn!(segment = last.id, at = walk.end, stop = ?walk.stop, "a torn tail is cut off the record");
    }
    let name = segment::name(last.id);
    settle(file.as_ref(), &walk, torn).map_err(|error| failed("recovering", &name, &error))?;
    let (end, capacity) = (walk.end, last.size);
    filed.push(Filed { span: walk.span, index: Some(walk.index) });
    Ok(Writing { segment: last.id, file, end, capacity })
}

/// Writes header and last batch again, zeros over the torn tail, and syncs. What was read may have been in the page cache
/// only: after a sync that failed, a further one would not write it; written again, it is dirty again.
fn settle(file: &dyn DiskFile, walk: &Walk, torn_end: Option<u64>) -> io::Result<()> {
    let mut tail = vec![0; bytes_between(walk.last_batch, walk.end)];
    file.read_at(walk.last_batch, &mut tail)?;
    tail.resize(bytes_between(walk.last_batch, torn_end.unwrap_or(walk.end)), 0);
    file.write_at(0, &segment::header(walk.span.segment, walk.span.first))?;
    file.write_at(walk.last_batch, &tail)?;
    file.sync()
}

/// Refuses the segment when a record of a later batch stands behind the place where records end.
fn refuse_hole(file: &dyn DiskFile, walk: &Walk, torn_end: u64) -> Result<(), RecordError> {
    let mut rest = vec![0; bytes_between(walk.end, torn_end)];
    let segment = walk.span.segment;
    file.read_at(walk.end, &mut rest).map_err(|error| failed("reading", &segment::name(segment), &error))?;
    let starts = 0..rest.len().saturating_sub(HEADER_BYTES - 1);
    for (start, position) in starts.zip(walk.end..) {
        let spot = Spot { segment, position };
        let Some(Ok(entry)) = rest.get(start..).map(|bytes| entry::parse(bytes, spot)) else { continue };
        let batch_first = entry.ordinal.seq.saturating_sub(u64::from(entry.ordinal.in_batch));
        if batch_first > walk.span.last + 1 {
            return Err(hole(walk, batch_first - 1));
        }
    }
    Ok(())
}

/// Reads records from the start of `from` while seqs follow, at most up to `limit`.
fn walk(file: &Arc<dyn DiskFile>, from: Span, limit: u64) -> Result<Walk, RecordError> {
    let start = Spot { segment: from.segment, position: DATA_START };
    let mut cursor = Cursor::new(Arc::clone(file), start, WALK_BYTES);
    let (mut span, mut index, mut last_batch) = (from, SegmentIndex::default(), DATA_START);
    let stop = loop {
        let end = cursor.spot().position;
        let found = match cursor.next().map_err(|error| failed("reading", &segment::name(from.segment), &error))? {
            Ok(found) if found.entry.ordinal.seq == span.last + 1 && span.last < limit => found,
            Ok(_) => break (Flaw::Broken("a seq out of order"), end),
            Err(flaw) => break (flaw, end),
        };
        if found.entry.ordinal.in_batch == 0 {
            last_batch = found.spot.position;
        }
        let head = head::of_record(&found);
        span.last += 1;
        span.end = cursor.spot().position;
        span.greatest = head.map_or(span.greatest, |head| head.greatest.max(span.greatest));
        index.note(span.last, found.spot, head);
    };
    Ok(Walk { span, index, last_batch, end: stop.1, stop: stop.0 })
}

/// One past the last byte that is not zero in `from..to`.
fn last_nonzero(file: &dyn DiskFile, from: u64, to: u64) -> Result<Option<u64>, RecordError> {
    let mut buffer = vec![0; WALK_BYTES];
    let (mut position, mut last) = (from, None);
    while position < to {
        let want = bytes_between(position, to).min(WALK_BYTES);
        let chunk = buffer.get_mut(..want).unwrap_or_default();
        let read = file.read_at(position, chunk).map_err(|error| failed("reading", "a segment", &error))?;
        if read == 0 {
            break;
        }
        let found = chunk.iter().take(read).rposition(|byte| *byte != 0);
        last = found.and_then(|at| u64::try_from(at).ok()).map_or(last, |at| Some(position + at + 1));
        position += u64::try_from(read).expect("a usize fits");
    }
    Ok(last)
}

fn open(disk: &dyn Disk, segment: u64) -> Result<Arc<dyn DiskFile>, RecordError> {
    let name = segment::name(segment);
    disk.open(&name).map_err(|error| failed("opening", &name, &error))
}

fn bytes_between(from: u64, to: u64) -> usize {
    usize::try_from(to.saturating_sub(from)).expect("a segment fits into memory")
}

fn hole(walk: &Walk, last: u64) -> RecordError {
    let name = segment::name(walk.span.segment);
    let (missing, end, stop) = (walk.span.last + 1, walk.end, walk.stop);
    RecordError::Corrupt { what: format!("{name} lacks inputs {missing}..={last} at byte {end} ({stop:?})") }
}

fn failed(call: &str, name: &str, error: &io::Error) -> RecordError {
    RecordError::Failed { what: format!("{call} {name}: {error}") }
}
