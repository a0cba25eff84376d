//! `Private<T>`: what a log must never hold.
//!
//! Prompts, passages, answers and people's names travel in a [`Private`], whose `Debug` and
//! `Display` print a mask. A log without content is thereby a property of the compiler, not of
//! the care of whoever writes the log line.

#![forbid(unsafe_code)]

use std::fmt;

/// A value that formatting can never reveal. Reading it is explicit: [`Private::expose`].
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Private<T>(T);

/// What is printed in place of any private value.
pub const MASK: &str = "[private]";

impl<T> Private<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself: for the model, the database and the agent's own screen, never for a log.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Gives the value up.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Private<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Display for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_never_reveals() {
        let secret = Private::new(String::from("Mme Lefèvre, 12 rue du Puits"));
        for shown in [
            format!("{secret}"),
            format!("{secret:?}"),
            format!("{secret:#?}"),
            format!("{:?}", Some(&secret)),
        ] {
            assert!(!shown.contains("Lefèvre"), "{shown}");
            assert!(shown.contains(MASK), "{shown}");
        }
        assert_eq!(secret.expose().len(), 29);
    }
}
