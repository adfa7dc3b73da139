//! What this process uses, as Linux counts it.

use std::time::Duration;

use xtask::Result;

/// Counts since the start of the process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Pages that had to be mapped.
    pub(crate) faults: u64,
    /// How often a thread gave way to another, by waiting or because its time was over.
    pub(crate) switches: u64,
}

impl Usage {
    pub(crate) fn now() -> Result<Self> {
        // The kernel adds up CPU time at its ticks, milliseconds apart, and when a thread gives way.
        std::thread::yield_now();
        let stat = std::fs::read_to_string("/proc/self/stat")
            .map_err(|error| format!("bench needs Linux, for /proc: {error}"))?;
        // The name of the program, in parentheses, may hold spaces. Minor faults are the tenth field.
        let fields = stat
            .rsplit_once(") ")
            .ok_or("/proc/self/stat has no name")?
            .1;
        let faults = fields.split(' ').nth(7).ok_or("/proc/self/stat is short")?;
        let mut usage = Self {
            cpu: Duration::ZERO,
            faults: faults.parse()?,
            switches: 0,
        };
        for thread in std::fs::read_dir("/proc/self/task")? {
            let folder = thread?.path();
            // The first number is the time on the CPU in nanoseconds (Linux, Documentation/scheduler).
            let schedule = std::fs::read_to_string(folder.join("schedstat"))?;
            let nanos = schedule.split(' ').next().unwrap_or_default();
            usage.cpu += Duration::from_nanos(nanos.parse()?);
            let status = std::fs::read_to_string(folder.join("status"))?;
            usage.switches += number(&status, "voluntary_ctxt_switches")?;
            usage.switches += number(&status, "nonvoluntary_ctxt_switches")?;
        }
        Ok(usage)
    }

    /// What was used since then.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            faults: self.faults.saturating_sub(earlier.faults),
            switches: self.switches.saturating_sub(earlier.switches),
        }
    }
}

/// The memory that is resident now, in KiB.
pub(crate) fn memory() -> Result<u64> {
    number(&std::fs::read_to_string("/proc/self/status")?, "VmRSS")
}

/// The most memory of this process alone that was resident at once, in KiB.
///
/// Pages of the program's file do not count: the system shares them and can drop them, and how many are mapped depends
/// on what else is in the program, which has all clients in it.
pub(crate) fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    // There are never fewer of them than before.
    let shared = number(&status, "RssFile")? + number(&status, "RssShmem")?;
    Ok(number(&status, "VmHWM")?.saturating_sub(shared))
}

fn number(status: &str, field: &str) -> Result<u64> {
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .and_then(|value| value.split_whitespace().next());
    Ok(value.ok_or_else(|| format!("no {field}"))?.parse()?)
}
