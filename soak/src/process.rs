//! What this process uses, as Linux tells it.

use xtask::Result;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    /// Resident memory in bytes.
    pub(crate) memory: u64,
    /// Open files, sockets among them.
    pub(crate) files: usize,
}

impl Process {
    pub(crate) fn now() -> Result<Self> {
        let status = std::fs::read_to_string("/proc/self/status")
            .map_err(|error| format!("soak needs Linux, for /proc: {error}"))?;
        let kibibytes: u64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .ok_or("/proc/self/status has no VmRSS")?
            .parse()?;
        Ok(Self {
            memory: kibibytes << 10,
            files: std::fs::read_dir("/proc/self/fd")?.count(),
        })
    }
}
