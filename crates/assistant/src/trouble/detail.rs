//! The short details that sentences carry: a system's refusal, a size.

use std::io::{self, ErrorKind};

use crate::messages::detail as say;

/// What the system refused, in French.
pub fn refusal(error: &io::Error) -> String {
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::NotFound, _) => say::not_found(),
        (ErrorKind::PermissionDenied, _) => say::denied(),
        (ErrorKind::ReadOnlyFilesystem, _) => say::read_only(),
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => say::full(),
        (_, Some(code)) => say::other(code),
        (_, None) => say::unknown(),
    }
}

/// A size as an agent reads it.
pub fn size(bytes: u64) -> String {
    let value = |unit: u64| {
        format!("{:.1}", bytes as f64 / unit as f64)
            .replace('.', ",")
            .replace(",0", "")
    };
    match bytes {
        1_073_741_824.. => say::gibibytes(value(1 << 30)),
        1_048_576.. => say::mebibytes(value(1 << 20)),
        _ => say::kibibytes(value(1 << 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_french() {
        assert_eq!(size(3_221_225_472), "3\u{a0}Gio");
        assert_eq!(size(1_572_864), "1,5\u{a0}Mio");
        assert_eq!(size(512), "0,5\u{a0}Kio");
    }
}
