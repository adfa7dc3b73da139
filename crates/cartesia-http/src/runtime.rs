//! Where a future is polled.

use tokio::runtime::Handle;

/// Returns whether this thread polls the main future of a runtime, as under `#[tokio::main]`.
///
/// To hand something to it is expensive, so a task hands over a lot at once. With many threads, this one runs no tasks: it
/// sleeps until a task wakes it. With one thread, the runtime looks for news of all sockets before each turn of the future.
pub(crate) fn is_main() -> bool {
    // Only what `block_on` polls is no task.
    tokio::task::try_id().is_none() && Handle::try_current().is_ok()
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn tasks_are_no_main_future() {
        assert!(!is_main(), "without a runtime");
        let many = Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let one = Builder::new_current_thread().build().unwrap();
        for runtime in [&many, &one] {
            assert!(runtime.block_on(async { is_main() }));
            let task = runtime.spawn(async { is_main() });
            assert!(!runtime.block_on(task).unwrap());
            let blocking = runtime.spawn_blocking(is_main);
            assert!(!runtime.block_on(blocking).unwrap());
        }
    }
}
