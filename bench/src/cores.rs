//! Who runs where. Without this, a fast client shares a core with the server in some runs and not in others, and costs
//! twice as much in the one as in the other.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of the machine.
pub(crate) struct Cores(Vec<usize>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A server that sends as fast as it can has the last core.
    FastServer,
    /// Its client has all but the last.
    FastClient,
    /// What mostly waits, a client or its server, has all.
    Other,
}

impl Cores {
    /// Those that this process may use.
    pub(crate) fn allowed() -> io::Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let all = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        Ok(Self(all.collect()))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Keeps this thread, and the threads and processes that it starts from now on, to the cores of this role.
    pub(crate) fn keep_to(&self, role: Role) -> io::Result<()> {
        let mut set = CpuSet::new();
        self.of(role).iter().for_each(|core| set.set(*core));
        Ok(sched_setaffinity(None, &set)?)
    }

    fn of(&self, role: Role) -> &[usize] {
        match (role, &self.0[..]) {
            (Role::FastServer, [_, .., last]) => std::slice::from_ref(last),
            (Role::FastClient, [others @ .., _]) if !others.is_empty() => others,
            // One core is for all.
            (_, all) => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_client_and_the_server_share_no_core() {
        for (all, server, fast) in [
            (vec![0, 1], vec![1], vec![0]),
            (vec![2, 3, 7], vec![7], vec![2, 3]),
            (vec![5], vec![5], vec![5]),
        ] {
            let cores = Cores(all.clone());
            assert_eq!(cores.of(Role::FastServer), server);
            assert_eq!(cores.of(Role::FastClient), fast);
            assert_eq!(cores.of(Role::Other), all);
        }
    }
}
