//! The public face: appends from many tasks, one writer thread, readers from any thread.

use super::{
    NewInput, Receipt, RecordError,
    catalogue::Catalogue,
    config::RecordConfig,
    disk::Disk,
    draft::Draft,
    folder::Folder,
    gate::{Answer, Gate, Held},
    log::{Log, entry_bytes},
    pace::{Backlog, Pace},
    queue::{Queue, Taken, Waiting},
    reader::{self, Frames, Reader},
    stats::RecordStats,
};
use crate::model::{
    ids::{Seq, TerminalId},
    input::Input,
    time::Timestamp,
};
use std::{
    collections::VecDeque,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

/// The record of one folder. Clones share it; the folder is released when the last clone and its readers are gone.
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    catalogue: Arc<Catalogue>,
    stats: Arc<Mutex<RecordStats>>,
    config: RecordConfig,
    queue: Arc<Queue>,
    /// Where answers wait for the copy; `None` where being durable here is enough.
    held: Option<Arc<Held>>,
    /// Free bytes of the queue.
    room: Arc<Semaphore>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// An append that is in the queue, in its place. Awaiting it yields the receipt.
#[derive(Debug)]
#[must_use = "the receipt is the point"]
pub struct Pending(oneshot::Receiver<Result<Receipt, RecordError>>);

impl Journal {
    /// Opens the record in a folder, made if it is missing, and recovers what a crash left.
    ///
    /// # Errors
    /// [`RecordError::InUse`], [`RecordError::Corrupt`], [`RecordError::Config`] or [`RecordError::Failed`].
    pub fn open(folder: &Path, config: RecordConfig) -> Result<Self, RecordError> {
        config.usable()?;
        let folder: Arc<dyn Disk> = Arc::new(Folder::take(folder)?);
        Self::on(&folder, config)
    }

    /// Opens the record on any disk.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn on(disk: &Arc<dyn Disk>, config: RecordConfig) -> Result<Self, RecordError> {
        Self::start(disk, config, None)
    }

    /// [`Journal::open`] for a record whose inputs must be durable in a copy too: its appends are answered when the gate says that
    /// they are. [`Journal::durable`] stays what is durable here.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn gated(folder: &Path, config: RecordConfig) -> Result<(Self, Gate), RecordError> {
        config.usable()?;
        let folder: Arc<dyn Disk> = Arc::new(Folder::take(folder)?);
        Self::gated_on(&folder, config)
    }

    /// [`Journal::gated`] on any disk.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn gated_on(disk: &Arc<dyn Disk>, config: RecordConfig) -> Result<(Self, Gate), RecordError> {
        let held = Arc::new(Held::default());
        let journal = Self::start(disk, config, Some(Arc::clone(&held)))?;
        let gate = Gate::new(held, Arc::clone(&journal.shared.catalogue));
        Ok((journal, gate))
    }

    fn start(disk: &Arc<dyn Disk>, config: RecordConfig, held: Option<Arc<Held>>) -> Result<Self, RecordError> {
        let log = Log::open(disk, &config)?;
        let queue = Arc::new(Queue::default());
        let (catalogue, stats) = (Arc::clone(log.catalogue()), Arc::clone(log.stats()));
        let writer = {
            let (queue, config, held) = (Arc::clone(&queue), config.clone(), held.clone());
            let named = std::thread::Builder::new().name("record".to_owned());
            let started = named.spawn(move || write_until_closed(log, &queue, held.as_deref(), &config));
            started.map_err(|error| RecordError::Failed { what: format!("starting the writer thread: {error}") })?
        };
        let room = Arc::new(Semaphore::new(config.queue_bytes_max));
        let writer = Mutex::new(Some(writer));
        Ok(Self { shared: Arc::new(Shared { catalogue, stats, config, queue, held, room, writer }) })
    }

    /// Makes inputs durable, in order, and gives the proof. Either all of them or, on error, none is acknowledged.
    ///
    /// # Errors
    /// [`RecordError::Full`] and [`RecordError::Failed`] pass: ask again while an answer is owed.
    /// [`RecordError::TooLarge`] and [`RecordError::Closed`] do not.
    pub async fn append(&self, inputs: Vec<NewInput>) -> Result<Receipt, RecordError> {
        self.submit(inputs).await?.await
    }

    /// Puts inputs in the queue, waiting for room, and returns before they are durable: the next append of the same
    /// caller stands behind this one.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`] or [`RecordError::Closed`].
    pub async fn submit(&self, inputs: Vec<NewInput>) -> Result<Pending, RecordError> {
        let drafts: Vec<Draft> = inputs.into_iter().map(Draft::of).collect();
        let cost = self.cost(&drafts)?;
        let room = Arc::clone(&self.shared.room).acquire_many_owned(cost).await.map_err(|_| RecordError::Closed)?;
        self.enqueue(drafts, room)
    }

    /// [`Journal::append`] for threads without a runtime.
    ///
    /// # Errors
    /// As [`Journal::append`].
    ///
    /// # Panics
    /// When called from a task of the runtime.
    pub fn append_blocking(&self, inputs: Vec<NewInput>) -> Result<Receipt, RecordError> {
        let drafts: Vec<Draft> = inputs.into_iter().map(Draft::of).collect();
        let cost = self.cost(&drafts)?;
        loop {
            match Arc::clone(&self.shared.room).try_acquire_many_owned(cost) {
                Ok(room) => return self.enqueue(drafts, room)?.wait(),
                Err(tokio::sync::TryAcquireError::Closed) => return Err(RecordError::Closed),
                Err(tokio::sync::TryAcquireError::NoPermits) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Whether an append of this input could be made at all: what is noted elsewhere before it is recorded is asked for first.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`].
    pub fn takes(&self, input: NewInput) -> Result<(), RecordError> {
        self.cost(&[Draft::of(input)]).map(drop)
    }

    /// Durable inputs from `seq` on, in order.
    #[must_use]
    pub fn read_from(&self, seq: Seq) -> Reader {
        Reader::new(Arc::clone(&self.shared.catalogue), seq)
    }

    /// The terminal's recorded frames whose greatest event time is not before `from`, with a seq up to `upto`.
    #[must_use]
    pub fn frames_upto(&self, terminal: TerminalId, from: Timestamp, upto: Seq) -> Frames {
        Frames::new(Arc::clone(&self.shared.catalogue), terminal, from, upto)
    }

    /// One durable input; `None` when there is none with this seq.
    ///
    /// # Errors
    /// [`RecordError::Failed`] or [`RecordError::Corrupt`].
    pub fn input(&self, seq: Seq) -> Result<Option<Input>, RecordError> {
        reader::one(&self.shared.catalogue, seq)
    }

    /// The last durable seq, to wait on.
    #[must_use]
    pub fn durable(&self) -> watch::Receiver<Seq> {
        self.shared.catalogue.watch()
    }

    /// The last input that is durable wherever it must be, to wait on: in the copy of a gated record, else here.
    #[must_use]
    pub fn copied(&self) -> watch::Receiver<Seq> {
        self.shared.held.as_ref().map_or_else(|| self.durable(), |held| held.watch())
    }

    /// Lets whole segments go whose inputs are all copied and at or below `upto`, soon after: the record of a gateway is a spool.
    /// Its last segment stays. Reading what is gone is [`RecordError::Forgotten`].
    ///
    /// # Panics
    /// When the record is not gated: then it is the only one.
    pub fn forget(&self, upto: Seq) {
        let held = self.shared.held.as_ref().expect("only a record that has a copy may forget");
        self.shared.queue.forget(upto.min(held.copied()).0);
    }

    /// How the record is.
    #[must_use]
    pub fn stats(&self) -> RecordStats {
        let stats = self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue_bytes = self.shared.config.queue_bytes_max.saturating_sub(self.shared.room.available_permits());
        let copied = self.shared.held.as_ref().map(|held| held.copied());
        RecordStats { copied, queue_bytes, ..stats }
    }

    /// Refuses further appends, writes those that wait, and ends the writer. Blocks until that is done.
    pub fn close(&self) {
        self.shared.close();
    }

    fn cost(&self, drafts: &[Draft]) -> Result<u32, RecordError> {
        assert!(!drafts.is_empty(), "an append holds something");
        let bytes = drafts.iter().map(entry_bytes).sum();
        let limit = self.shared.config.append_bytes_max();
        if bytes > limit {
            return Err(RecordError::TooLarge { bytes, limit });
        }
        Ok(u32::try_from(bytes).unwrap_or(u32::MAX))
    }

    fn enqueue(&self, drafts: Vec<Draft>, room: OwnedSemaphorePermit) -> Result<Pending, RecordError> {
        let (answer, pending) = oneshot::channel();
        self.shared.queue.push(Waiting { drafts, answer, room })?;
        Ok(Pending(pending))
    }
}

impl Pending {
    /// The outcome if it is there already; asked again after that, the append is [`RecordError::Closed`].
    pub fn ready(&mut self) -> Option<Result<Receipt, RecordError>> {
        match self.0.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(RecordError::Closed)),
        }
    }

    fn wait(self) -> Result<Receipt, RecordError> {
        self.0.blocking_recv().unwrap_or(Err(RecordError::Closed))
    }
}

impl Future for Pending {
    type Output = Result<Receipt, RecordError>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|outcome| outcome.unwrap_or(Err(RecordError::Closed)))
    }
}

impl Shared {
    fn close(&self) {
        self.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the record's writer panicked; what it did not acknowledge is not durable");
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// How long the writer waits for appends when there is nothing to do for the spare: a full disk is asked again then.
const IDLE: Duration = Duration::from_millis(500);
/// How long it must have been quiet before the writer works ahead on the spare: an append that comes meanwhile waits for
/// one slice.
const QUIET: Duration = Duration::from_millis(5);

/// So many inputs wait for no others.
const MANY: usize = 32;

/// Closes the queue however the writer ends, a panic included: nobody waits for a receipt that cannot come.
struct Ending<'a> {
    queue: &'a Queue,
    held: Option<&'a Held>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.queue.abandon();
        if let Some(held) = self.held {
            held.close();
        }
    }
}

/// The writer thread: everything that waits is one batch; between batches, and when it is quiet, work on the spare.
fn write_until_closed(mut log: Log, queue: &Queue, held: Option<&Held>, config: &RecordConfig) {
    let _ending = Ending { queue, held };
    let (mut patience, mut pace) = (QUIET, Pace::new(config.pace_ms));
    loop {
        let backlog = if queue.is_short(MANY) { Backlog::Few } else { Backlog::Enough };
        let rest = pace.rest(backlog, Instant::now());
        if !rest.is_zero() {
            std::thread::sleep(rest);
        }
        match queue.take(patience) {
            Taken::Appends(mut waiting) => {
                while !waiting.is_empty() {
                    commit(&mut log, batch(&mut waiting, config.batch_bytes_max), held);
                    pace.written(Instant::now());
                    log.keep_pace();
                }
                patience = QUIET;
            }
            Taken::Forget(upto) => log.forget(upto),
            Taken::Idle => patience = if log.tend() { QUIET } else { IDLE },
            Taken::Closed => return,
        }
    }
}

/// The first appends that fit into one batch; one at least.
fn batch(waiting: &mut VecDeque<Waiting>, bytes_max: usize) -> Vec<Waiting> {
    let mut bytes = 0;
    let fits = |append: &&Waiting| {
        bytes += append.drafts.iter().map(entry_bytes).sum::<usize>();
        bytes <= bytes_max
    };
    let count = waiting.iter().take_while(fits).count().max(1);
    waiting.drain(..count).collect()
}

/// Makes a batch durable and answers its appends, or hands the answers to the gate.
fn commit(log: &mut Log, appends: Vec<Waiting>, held: Option<&Held>) {
    let (mut drafts, mut owed) = (Vec::new(), Vec::with_capacity(appends.len()));
    for append in appends {
        owed.push((append.drafts.len(), append.answer, append.room));
        drafts.extend(append.drafts);
    }
    let receipt = match log.commit(&drafts) {
        Ok(receipt) => receipt,
        Err(refusal) => return owed.into_iter().for_each(|(_, answer, _)| refuse(answer, &refusal)),
    };
    let mut next = receipt.first().0;
    let answers = owed.into_iter().map(|(inputs, to, room)| {
        let first = next;
        next += u64::try_from(inputs).expect("a usize fits");
        Answer { first, last: next - 1, to, room }
    });
    match held {
        Some(held) => held.hold(answers.collect()),
        None => answers.for_each(Answer::send),
    }
}

fn refuse(answer: oneshot::Sender<Result<Receipt, RecordError>>, refusal: &RecordError) {
    if answer.send(Err(refusal.clone())).is_err() {
        tracing::debug!("whoever asked for the append is gone");
    }
}
