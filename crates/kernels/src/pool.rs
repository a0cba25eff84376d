//! The threads that share out one operation's work.
//!
//! A token's worth of decoding is some two hundred short operations, so the workers spin for a
//! moment before they sleep: waking them costs more than most operations last. The calling thread
//! works too; a pool of one thread starts none.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Turns of the spin loop before a worker sleeps: some tens of microseconds.
const SPINS: u32 = 4_000;

/// Threads that run one operation at a time.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held by the operation under way.
    turn: Mutex<()>,
}

/// What a worker runs, without the lifetime of what it borrows.
#[derive(Clone, Copy)]
struct Job(*const (dyn Fn() + Sync));

// SAFETY: the pointee is `Sync`, and `Pool::run` keeps it alive while a worker uses it.
unsafe impl Send for Job {}

struct Shared {
    job: Mutex<Option<Job>>,
    wake: Condvar,
    /// Grows by one an operation, so that a worker knows a new one from the last.
    operation: AtomicUsize,
    /// Workers inside the operation.
    busy: AtomicUsize,
    stop: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// A pool of `threads` threads, the caller's included; at least one. Where the system refuses a
    /// thread, the pool is smaller.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            job: Mutex::new(None),
            wake: Condvar::new(),
            operation: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panic: Mutex::new(None),
        });
        let workers = (1..threads)
            .map_while(|_| {
                let shared = Arc::clone(&shared);
                let worker = std::thread::Builder::new().name("kernels".into());
                worker.spawn(move || shared.serve()).ok()
            })
            .collect();
        Self {
            shared,
            workers,
            turn: Mutex::new(()),
        }
    }

    /// Threads at work, the caller's included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `work` once for each item, on whichever thread is free, and returns when all are done.
    /// A panic in `work` is raised again here.
    pub fn each<T: Send>(&self, items: Vec<T>, work: impl Fn(T) + Sync) {
        if self.workers.is_empty() || items.len() < 2 {
            items.into_iter().for_each(work);
            return;
        }
        let queue = Mutex::new(items.into_iter());
        self.run(&|| {
            loop {
                let item = lock(&queue).next();
                match item {
                    Some(item) => work(item),
                    None => return,
                }
            }
        });
    }

    /// Runs `job` on the caller's thread and on every worker that comes before the caller has done.
    /// One that is late, on a busy machine, is not waited for: `job` must be whole without it.
    fn run(&self, job: &(dyn Fn() + Sync)) {
        /// Lets no more worker in and waits for those that are, even if the caller's share panics.
        struct Close<'a>(&'a Shared);
        impl Drop for Close<'_> {
            fn drop(&mut self) {
                *lock(&self.0.job) = None;
                let mut spins = 0;
                while self.0.busy.load(Ordering::Acquire) > 0 {
                    spins += 1;
                    if spins < SPINS {
                        std::hint::spin_loop();
                    } else {
                        std::thread::yield_now();
                    }
                }
            }
        }

        let turn = lock(&self.turn);
        // SAFETY: only the lifetime changes. A worker takes the pointer and counts itself in `busy`
        // under the lock; `Close` takes the pointer away under the same lock and then awaits that
        // count's fall, before `job` goes out of scope, panic or not.
        let job_pointer = unsafe {
            std::mem::transmute::<*const (dyn Fn() + Sync + '_), *const (dyn Fn() + Sync + 'static)>(
                std::ptr::from_ref(job),
            )
        };
        let close = Close(&self.shared);
        {
            let mut slot = lock(&self.shared.job);
            *slot = Some(Job(job_pointer));
            self.shared.operation.fetch_add(1, Ordering::Release);
        }
        self.shared.wake.notify_all();
        job();
        drop(close);
        let panic = lock(&self.shared.panic).take();
        drop(turn);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Shared {
    /// A worker's life.
    fn serve(&self) {
        let mut seen = 0;
        while let Some(job) = self.next(&mut seen) {
            // SAFETY: this worker is counted in `busy`, which `Close` awaits.
            let job = unsafe { &*job.0 };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(job)) {
                *lock(&self.panic) = Some(panic);
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }

    /// The next operation after `seen`, with this worker counted in; nothing once the pool is gone.
    fn next(&self, seen: &mut usize) -> Option<Job> {
        loop {
            for _ in 0..SPINS {
                let operation = self.operation.load(Ordering::Acquire);
                if operation != *seen || self.stop.load(Ordering::Relaxed) {
                    break;
                }
                std::hint::spin_loop();
            }
            let mut slot = lock(&self.job);
            while self.operation.load(Ordering::Acquire) == *seen {
                if self.stop.load(Ordering::Relaxed) {
                    return None;
                }
                slot = self.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
            }
            *seen = self.operation.load(Ordering::Acquire);
            // Over already: spin for the one after.
            if let Some(job) = *slot {
                self.busy.fetch_add(1, Ordering::Relaxed);
                return Some(job);
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        {
            let _slot = lock(&self.shared.job);
            self.shared.stop.store(true, Ordering::Relaxed);
        }
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            // A worker's panic was already raised by `run`.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_once_and_results_can_be_borrowed() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads);
            assert_eq!(pool.threads(), threads);
            for count in [0, 1, 2, 300] {
                let mut squares = vec![0; count];
                let items: Vec<_> = squares.iter_mut().enumerate().collect();
                pool.each(items, |(i, square)| *square += i * i);
                assert!(squares.iter().enumerate().all(|(i, x)| *x == i * i));
            }
        }
    }

    #[test]
    fn a_panic_comes_back_and_the_pool_still_works() {
        let pool = Pool::new(3);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.each((0..50).collect(), |i| assert_ne!(i, 17, "seventeen"));
        }));
        assert!(outcome.is_err());
        let sum = AtomicUsize::new(0);
        pool.each((0..50).collect(), |i| {
            sum.fetch_add(i, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 1225);
    }

    #[test]
    fn many_short_operations_on_borrowed_data_are_each_whole() {
        // More threads than processors: some workers come late, or not at all.
        let pool = Pool::new(8);
        for round in 0..10_000usize {
            let mut cells = [0; 5];
            pool.each(cells.iter_mut().collect(), |cell| *cell += round);
            assert_eq!(cells, [round; 5]);
        }
    }

    #[test]
    fn two_callers_take_turns() {
        let pool = Pool::new(2);
        let sum = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        pool.each(vec![1; 7], |x| {
                            sum.fetch_add(x, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 4 * 200 * 7);
    }
}
