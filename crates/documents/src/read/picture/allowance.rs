//! What pictures may take of a document: so many, so large together, so long to make. A register
//! of a thousand scanned pages gives its first hundred, and names the others.

use std::time::{Duration, Instant};

use crate::document::Picture;

/// Pictures of one document.
const PICTURES: u32 = 100;
/// Bytes of all of them together: well within what the child may say.
const BYTES: usize = 40 << 20;
/// From the first to the last: half of the processor time a document has.
const TIME: Duration = Duration::from_secs(30);

/// What is left of it.
pub(in crate::read) struct Allowance {
    pictures: u32,
    bytes: usize,
    since: Instant,
}

impl Allowance {
    pub(in crate::read) fn new() -> Self {
        Self {
            pictures: PICTURES,
            bytes: BYTES,
            since: Instant::now(),
        }
    }

    /// Another picture, if there is room: `make` is not even called otherwise.
    pub(in crate::read) fn take(
        &mut self,
        make: impl FnOnce() -> Option<Picture>,
    ) -> Option<Picture> {
        if self.pictures == 0 || self.since.elapsed() > TIME {
            return None;
        }
        let picture = make()?;
        self.bytes = self.bytes.checked_sub(picture.jpeg.expose().len())?;
        self.pictures -= 1;
        Some(picture)
    }
}

#[cfg(test)]
mod tests {
    use privacy::Private;

    use super::*;

    fn picture(bytes: usize) -> Option<Picture> {
        Some(Picture {
            width: 1,
            height: 1,
            jpeg: Private::new(vec![0; bytes]),
        })
    }

    #[test]
    fn so_many_and_so_large() {
        let mut small = Allowance::new();
        let given = (0..PICTURES + 9).filter(|_| small.take(|| picture(1)).is_some());
        assert_eq!(given.count(), PICTURES as usize);
        let mut large = Allowance::new();
        assert!(large.take(|| picture(BYTES - 1)).is_some());
        assert!(large.take(|| picture(2)).is_none());
        assert!(large.take(|| picture(1)).is_some());
    }
}
