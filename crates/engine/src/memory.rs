//! How much memory the system can give, and how much this process took.

/// Bytes that can be had without swapping, or nothing where the system is not asked yet.
pub fn available() -> Option<u64> {
    field("/proc/meminfo", "MemAvailable:")
}

/// Bytes of memory in all, or nothing where the system is not asked yet.
pub fn total() -> Option<u64> {
    field("/proc/meminfo", "MemTotal:")
}

/// The most bytes that this process ever held in memory (`VmHWM`, mapped file pages included), or
/// nothing where the system is not asked yet.
pub fn peak_resident() -> Option<u64> {
    field("/proc/self/status", "VmHWM:")
}

/// A line `name  n kB` of a Linux status file, in bytes.
fn field(path: &str, name: &str) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = rest.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    #[test]
    fn linux_answers() {
        assert!(super::available().unwrap() > 1 << 20);
        assert!(super::peak_resident().unwrap() > 1 << 16);
    }
}
