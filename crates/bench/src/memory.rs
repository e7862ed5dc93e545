//! What the system says of this process.

use std::io;

/// The most memory that was resident at once, in bytes.
///
/// # Errors
/// The system is no Linux.
pub fn peak_memory() -> io::Result<u64> {
    told("VmHWM:")
}

/// Has [`peak_memory`] begin again at what is resident now.
///
/// # Errors
/// The system is no Linux, or does not let a process forget its peak.
pub fn forget_peak_memory() -> io::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5")
}

/// The memory that is resident now, in bytes.
///
/// # Errors
/// The system is no Linux.
pub fn resident_memory() -> io::Result<u64> {
    told("VmRSS:")
}

fn told(name: &str) -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kibibytes.map(|kibibytes| kibibytes << 10).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
