//! Running a workload for a bounded time and keeping every latency.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What one round of one system gave.
#[derive(Debug, Clone)]
pub struct Sample {
    events: u64,
    elapsed: Duration,
    latencies: Vec<Duration>,
}

impl Sample {
    /// A sample of `events` done in `elapsed`; `latencies` are those of single operations, in any order.
    #[must_use]
    pub fn new(events: u64, elapsed: Duration, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self { events, elapsed, latencies }
    }

    /// The same with `longer` added to the time that it took.
    #[must_use]
    pub fn and(mut self, longer: Duration) -> Self {
        self.elapsed += longer;
        self
    }

    /// Events per second of wall time.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark stay far below 2^52")]
    pub fn events_per_s(&self) -> f64 {
        self.events as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency below which `per_mille` thousandths of the operations lie; `None` when none was kept.
    #[must_use]
    pub fn quantile(&self, per_mille: usize) -> Option<Duration> {
        let last = self.latencies.len().checked_sub(1)?;
        self.latencies.get(last * per_mille / 1000).copied()
    }
}

/// Monotonic time of a round.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Time that the processor gave to this thread: what a core can do, whoever else runs on the machine.
#[derive(Debug, Clone, Copy)]
pub struct CoreTime(Duration);

impl CoreTime {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(thread_time())
    }

    /// Time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        thread_time().saturating_sub(self.0)
    }
}

fn thread_time() -> Duration {
    let told = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = Duration::from_secs(u64::try_from(told.tv_sec).unwrap_or(0));
    seconds + Duration::from_nanos(u64::try_from(told.tv_nsec).unwrap_or(0))
}

/// Runs `operation(thread, turn)` on `threads` threads for `length`; each call stores `events_each` events durably.
///
/// The clock stops when the last thread has returned, so that nothing unfinished is counted.
pub fn drive_threads(
    threads: usize,
    length: Duration,
    events_each: u64,
    operation: impl Fn(usize, usize) + Sync,
) -> Sample {
    let stop = AtomicBool::new(false);
    let watch = Stopwatch::start();
    let latencies: Vec<Duration> = std::thread::scope(|scope| {
        let (stop, operation) = (&stop, &operation);
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut own = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let begun = Stopwatch::start();
                        operation(thread, own.len());
                        own.push(begun.elapsed());
                    }
                    own
                })
            })
            .collect();
        std::thread::sleep(length);
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    let events = latencies.len() as u64 * events_each;
    Sample::new(events, watch.elapsed(), latencies)
}
