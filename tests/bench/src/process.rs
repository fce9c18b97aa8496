//! What the kernel knows of a process.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The CPU time of all threads so far. Nothing here ends threads, whose time would be lost.
pub fn cpu(pid: u32) -> Duration {
    let threads = fs::read_dir(proc(pid).join("task")).expect("the process has ended");
    let nanoseconds = threads
        .map(|thread| {
            let text = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap_or_default();
            text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0)
        })
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// The most memory that was resident at once, in bytes.
pub fn peak_memory(pid: u32) -> u64 {
    memory(pid, "VmHWM:")
}

/// The memory that is resident now, in bytes.
pub fn memory_now(pid: u32) -> u64 {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(proc(pid).join("status")).expect("the process has ended");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn proc(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_time_and_memory() {
        let own = std::process::id();
        assert!(cpu(own) > Duration::ZERO);
        // The kernel counts both a little late, so nothing is said of one in relation to the other.
        assert!(peak_memory(own) > 100_000 && memory_now(own) > 100_000);
    }
}
