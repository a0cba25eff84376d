//! The bounds of one document, and how they travel to the child: as its two arguments.

use std::time::Duration;

/// What reading one document may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Processor time of the child, in whole seconds.
    pub processor: Duration,
    /// Time on the wall: a child that waits for ever uses no processor.
    pub wall: Duration,
    /// Memory of the child in bytes (address space on Linux, committed memory on Windows).
    pub memory: u64,
    /// Bytes of the document.
    pub input: u64,
    /// Bytes of the child's answer.
    pub output: u64,
}

const MIB: u64 = 1 << 20;

impl Limits {
    /// The bounds of every document an agent opens.
    pub const DOCUMENT: Self = Self {
        processor: Duration::from_secs(60),
        wall: Duration::from_secs(180),
        memory: 1024 * MIB,
        input: 200 * MIB,
        output: 64 * MIB,
    };

    /// What the child must know to bound itself.
    pub(super) fn arguments(&self) -> [String; 2] {
        [
            self.processor.as_secs().to_string(),
            self.memory.to_string(),
        ]
    }

    /// Reads [`Self::arguments`] back; what is not told keeps its usual value.
    pub(super) fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
        let usual = Self::DOCUMENT;
        Self {
            processor: number().map_or(usual.processor, Duration::from_secs),
            memory: number().unwrap_or(usual.memory),
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back() {
        let limits = Limits {
            processor: Duration::from_secs(7),
            memory: 123 * MIB,
            ..Limits::DOCUMENT
        };
        assert_eq!(
            Limits::from_arguments(limits.arguments().into_iter()),
            limits
        );
        assert_eq!(Limits::from_arguments(std::iter::empty()), Limits::DOCUMENT);
    }
}
