//! A clock that moves only when told.

use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since the Unix epoch, from 2026-09-01 08:00:00 UTC.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// Where every test begins.
    pub const START: i64 = 1_788_249_600_000;

    /// A clock that stands at [`Self::START`].
    pub const fn new() -> Self {
        Self(AtomicI64::new(Self::START))
    }

    /// The time it shows.
    pub fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves it forward.
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Default for FixedClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told() {
        let clock = FixedClock::new();
        assert_eq!(clock.now(), FixedClock::START);
        clock.advance(90_000);
        assert_eq!(clock.now() - FixedClock::START, 90_000);
    }
}
