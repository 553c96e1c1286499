//! The life of one load: start, look at it, stop it, wait for its result.
//!
//! Checks everything that can be checked before the first thread is started. A conductor thread starts the workers,
//! joins them and puts the result down where any number of waiters find it.

use crate::book::Book;
use crate::clock::{duration_ns, now_ns};
use crate::config::{Limit, LoadConfig, Protocol};
use crate::desk::{Job, Report};
use crate::error::LoadError;
use crate::h2;
use crate::model::Model;
use crate::progress::Progress;
use crate::result::LoadResult;
use crate::route::Route;
use crate::schedule::Schedule;
use crate::target::Target;
use crate::worker::Worker;
use rustix::process::{Resource, getrlimit};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Files that a process holds open beside the connections: standard streams, epoll, libraries, logs.
const OTHER_FILES: u64 = 64;

/// Before the first request of an open load is due, so that it does not wait for its thread to be started.
const HEAD_START_NS: u64 = 5_000_000;

/// Where a load stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Load is on; nothing is measured yet.
    WarmUp,
    /// Inside the measured window.
    Measuring,
    /// No more requests become due; those in flight, or waiting for a connection, are waited for.
    Draining,
    /// The result is there.
    Done,
}

/// A look at a load that may still be going on. All counts include the warm-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Where the load stands.
    pub phase: Phase,
    /// Since the load was started, in nanoseconds; stands still once it is done.
    pub elapsed_ns: u64,
    /// Requests begun.
    pub sent: u64,
    /// Requests that have ended, in whatever way.
    pub completed: u64,
    /// Those of them that got no answer of status 200 to 299.
    pub errors: u64,
    /// The others by how long they took: response times in the open model, service times in the closed one. The upper
    /// edge of a bucket, 3 to 6 % wide, in nanoseconds, and its count; ascending, without empty buckets. For the eye:
    /// what is to be published comes with the result.
    pub times: Vec<(u64, u64)>,
}

/// A load under way. Dropping it stops the load.
#[derive(Debug)]
pub struct Load {
    job: Arc<Job>,
    started_ns: u64,
    ending: Arc<Ending>,
    conductor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Ending {
    result: Mutex<Option<Finished>>,
    there: Condvar,
}

#[derive(Debug, Clone)]
struct Finished {
    result: Result<Arc<LoadResult>, LoadError>,
    at_ns: u64,
}

/// Start a load and return at once.
///
/// # Errors
/// When the configuration makes no sense, when the host may not be put under load or cannot be resolved, when the
/// certificates to trust cannot be read, when a source address is not this machine's, and when the system has too few files or threads for it.
pub fn start(config: LoadConfig) -> Result<Load, LoadError> {
    config.validate()?;
    check_file_limit(&config)?;
    let target = Target::of(&config)?;
    let book = Book::new(&config, &target)?;
    let route = Route::new(&config, &target, &[config.protocol.alpn()])?;

    let started_ns = now_ns();
    let first_due_ns = match config.model {
        Model::Closed(_) => started_ns,
        Model::Open(_) => started_ns + HEAD_START_NS,
    };
    let window_start_ns = first_due_ns + duration_ns(config.warmup);
    let window = match config.limit {
        Limit::Duration(duration) => Schedule::until(window_start_ns, window_start_ns + duration_ns(duration)),
        Limit::Requests(requests) => Schedule::counted(window_start_ns, requests),
    };
    let schedule = match &config.model {
        Model::Closed(_) => window,
        Model::Open(model) => window.fed(model, config.seed, first_due_ns),
    };
    let progress = Progress::new(config.threads as usize);
    let most_connections = config.model.most_connections(config.connections);
    let job = Arc::new(Job { config, route, book, schedule, progress, started_ns });
    let workers = (0..job.config.threads)
        .map(|index| {
            let share_of = |whole| share(whole, job.config.threads, index);
            Engine::new(&job, index as usize, share_of(job.config.connections), share_of(most_connections))
        })
        .collect::<Result<Vec<_>, _>>()?;

    let ending = Arc::new(Ending::default());
    let conductor = thread::Builder::new()
        .name("load-conductor".to_owned())
        .spawn({
            let (job, ending) = (Arc::clone(&job), Arc::clone(&ending));
            move || ending.put(conduct(&job, workers))
        })
        .map_err(|error| thread_refused(&error))?;
    Ok(Load { job, started_ns, ending, conductor: Some(conductor) })
}

impl Load {
    /// Look at the load without disturbing it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let finished = self.ending.lock().as_ref().map(|finished| finished.at_ns);
        let now = finished.unwrap_or_else(now_ns);
        let schedule = &self.job.schedule;
        let phase = if finished.is_some() {
            Phase::Done
        } else if schedule.closed_since_ns(now).is_some() {
            Phase::Draining
        } else if now >= schedule.window_start_ns() {
            Phase::Measuring
        } else {
            Phase::WarmUp
        };
        let counts = self.job.progress.counts();
        Snapshot {
            phase,
            elapsed_ns: now - self.started_ns,
            sent: counts.sent,
            completed: counts.completed,
            errors: counts.errors,
            times: self.job.progress.times(),
        }
    }

    /// Ask the load to end now, without a drain. The result is there within a tenth of a second and is flagged as
    /// interrupted. Asking twice, or after the end, does nothing.
    pub fn stop(&self) {
        self.job.progress.ask_to_stop();
    }

    /// Wait for the result; `None` when `timeout` passes first. May be called again, and from several threads.
    ///
    /// # Errors
    /// When the load could not be carried out to its end: a client thread could not be started or broke off.
    pub fn wait(&self, timeout: Option<Duration>) -> Option<Result<Arc<LoadResult>, LoadError>> {
        // An instant beyond the clock's range is as good as none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut finished = self.ending.lock();
        loop {
            if let Some(finished) = &*finished {
                return Some(finished.result.clone());
            }
            finished = match deadline {
                None => self.ending.there.wait(finished).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.ending.there.wait_timeout(finished, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
        if let Some(conductor) = self.conductor.take() {
            // Its panic, if any, is one of this crate's bugs and was printed where it happened.
            let _ = conductor.join();
        }
    }
}

impl Ending {
    fn put(&self, result: Result<LoadResult, LoadError>) {
        *self.lock() = Some(Finished { result: result.map(Arc::new), at_ns: now_ns() });
        self.there.notify_all();
    }

    /// The value is replaced as a whole, so that even a poisoned lock guards a sound one.
    fn lock(&self) -> MutexGuard<'_, Option<Finished>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker of the protocol that is spoken.
enum Engine {
    Http1(Worker),
    Http2(h2::Worker),
}

impl Engine {
    fn new(job: &Arc<Job>, index: usize, connections: usize, most_connections: usize) -> Result<Self, LoadError> {
        match job.config.protocol {
            Protocol::Http1 => Worker::new(job, index, connections, most_connections).map(Self::Http1),
            Protocol::Http2 { streams } => {
                h2::Worker::new(job, index, connections, most_connections, streams as usize).map(Self::Http2)
            }
        }
    }

    fn run(self) -> Result<Report, LoadError> {
        match self {
            Self::Http1(worker) => worker.run(),
            Self::Http2(worker) => worker.run(),
        }
    }
}

fn conduct(job: &Job, workers: Vec<Engine>) -> Result<LoadResult, LoadError> {
    let mut running = Vec::with_capacity(workers.len());
    let mut refused = None;
    for (index, worker) in workers.into_iter().enumerate() {
        match thread::Builder::new().name(format!("load-{index}")).spawn(move || worker.run()) {
            Ok(handle) => running.push(handle),
            Err(error) => {
                job.progress.ask_to_stop();
                refused = Some(thread_refused(&error));
                break;
            }
        }
    }
    let reports: Vec<_> = running
        .into_iter()
        .map(|handle| {
            let report = handle.join().unwrap_or_else(|_| Err(worker_panicked()));
            if report.is_err() {
                job.progress.ask_to_stop();
            }
            report
        })
        .collect();
    let reports = reports.into_iter().collect::<Result<Vec<_>, _>>()?;
    match refused {
        Some(error) => Err(error),
        None => LoadResult::assemble(job, &reports),
    }
}

/// The part of `whole` that falls to worker `index`; the first ones take what does not divide.
fn share(whole: u32, workers: u32, index: u32) -> usize {
    (whole / workers + u32::from(index < whole % workers)) as usize
}

fn check_file_limit(config: &LoadConfig) -> Result<(), LoadError> {
    let connections = config.model.most_connections(config.connections);
    let needed = u64::from(connections) + u64::from(config.threads) + OTHER_FILES;
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < needed => Err(LoadError::new(
            "connections",
            format!("{connections} need about {needed} open files, the limit is {limit}"),
            "a limit of open files that holds all connections",
            format!("ulimit -n {needed}, or fewer connections"),
        )),
        _ => Ok(()),
    }
}

fn thread_refused(error: &std::io::Error) -> LoadError {
    LoadError::new(
        "threads",
        format!("the system refused to start one: {error}"),
        "one thread per client thread, and one more",
        "ask for fewer threads, or raise the limit of processes (ulimit -u)",
    )
}

fn worker_panicked() -> LoadError {
    LoadError::new(
        "client thread",
        "panicked; its message is on standard error",
        "no panic",
        "this is a bug of the generator: report it with the configuration of the load",
    )
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn connections_are_dealt_out_completely() {
        let shares: Vec<_> = (0..3).map(|index| share(10, 3, index)).collect();

        assert_eq!(shares, [4, 3, 3]);
    }
}
