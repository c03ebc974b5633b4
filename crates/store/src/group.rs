//! Group commit: batches of many callers become durable together.
//!
//! A commit costs a flush of the disk and every page it has touched, whether it carries one batch or ten. So a thread of its own
//! takes whatever batches are waiting, books them in one database transaction, and answers each caller when that is
//! on the disk. While it waits for the disk, callers prepare what comes next.

use crate::change::By;
use crate::error::StoreError;
use crate::recorded::Recorded;
use crate::tx::Store;
use ledger::{Outcome, Transaction};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Batches that wait at most; who comes then waits until one is taken.
const QUEUE: usize = 64;
/// Batches of one commit at most: what a caller waits for is bounded.
const MOST: usize = 16;

/// The answers of a batch, once they are durable; the error is shared by all batches of the commit that failed.
pub type Answer = Result<Vec<Outcome>, Arc<StoreError>>;

struct Job {
    batch: Vec<Transaction>,
    /// Takes the batch back: its caller has the time to free it.
    answer: SyncSender<(Answer, Vec<Transaction>)>,
}

/// Takes batches from many threads and commits them in groups.
#[derive(Debug)]
pub struct GroupCommit {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// A batch that is on its way.
#[derive(Debug)]
pub struct Waiting {
    answer: Receiver<(Answer, Vec<Transaction>)>,
}

impl GroupCommit {
    /// Starts to commit to a store, in somebody's name; what is committed is recorded by the clock.
    pub fn start(mut store: Store, by: By<'_>) -> GroupCommit {
        let (sender, jobs) = sync_channel::<Job>(QUEUE);
        let (actor, command) = (by.actor.to_owned(), by.command.to_owned());
        let thread = std::thread::spawn(move || {
            while let Ok(first) = jobs.recv() {
                let mut group = vec![first];
                group.extend(jobs.try_iter().take(MOST - 1));
                commit(&mut store, By::new(&actor, &command), group);
            }
        });
        GroupCommit {
            jobs: Some(sender),
            thread: Some(thread),
        }
    }

    /// Hands in a batch. Waits while too many are in the queue.
    pub fn submit(&self, batch: Vec<Transaction>) -> Waiting {
        let (sender, answer) = sync_channel(1);
        let job = Job {
            batch,
            answer: sender,
        };
        if let Some(jobs) = &self.jobs {
            // A thread that is gone drops the job, and waiting for its answer says so.
            let _ = jobs.send(job);
        }
        Waiting { answer }
    }
}

impl Drop for GroupCommit {
    /// Commits what was handed in, and stops.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported where it happened; its callers have got errors.
            let _ = thread.join();
        }
    }
}

impl Waiting {
    /// Waits until the batch is durable.
    pub fn wait(self) -> Answer {
        match self.answer.recv() {
            Ok((answer, _)) => answer,
            Err(_) => Err(Arc::new(StoreError::Database {
                what: "commit a group",
                reason: "the thread that commits is gone".to_owned(),
            })),
        }
    }
}

fn commit(store: &mut Store, by: By<'_>, group: Vec<Job>) {
    let outcomes = store.write::<_, StoreError>(by, Recorded::ByClock, |tx| {
        tx.post_all(group.iter().map(|job| &job.batch[..]))
    });
    let mut outcomes = outcomes.map(Vec::into_iter).map_err(Arc::new);
    for job in group {
        let answer = match &mut outcomes {
            Ok(outcomes) => Ok(outcomes.by_ref().take(job.batch.len()).collect()),
            Err(error) => Err(error.clone()),
        };
        // Nobody waits for it any more: it is booked all the same, and its keys say so.
        let _ = job.answer.send((answer, job.batch));
    }
}
