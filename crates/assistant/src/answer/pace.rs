//! How long the rest of a reading will take.

use std::time::Instant;

/// The time left to read, from the pace so far.
pub struct Pace {
    since: Instant,
    from: Option<usize>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            from: None,
        }
    }
}

impl Pace {
    /// Seconds left, once a second of work tells the pace.
    pub fn left(&mut self, done: usize, total: usize) -> Option<u32> {
        let from = *self.from.get_or_insert(done);
        let elapsed = self.since.elapsed().as_secs_f32();
        let read = done.saturating_sub(from);
        (elapsed >= 1.0 && read > 0)
            .then(|| (elapsed / read as f32 * total.saturating_sub(done) as f32).ceil() as u32)
    }
}
