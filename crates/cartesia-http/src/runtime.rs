//! Where a future is polled.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Returns whether this thread polls the main future of a runtime with many threads, as under `#[tokio::main]`.
///
/// Such a thread runs no tasks. It sleeps until a task wakes it, which is expensive for both threads: so a task
/// hands over a lot at once.
pub(crate) fn is_main_of_many_threads() -> bool {
    // Only what `block_on` polls is no task.
    tokio::task::try_id().is_none()
        && Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread)
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn tasks_are_no_main_future() {
        assert!(!is_main_of_many_threads(), "without a runtime");
        let many = Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let one = Builder::new_current_thread().build().unwrap();
        assert!(many.block_on(async { is_main_of_many_threads() }));
        assert!(!one.block_on(async { is_main_of_many_threads() }));
        for runtime in [&many, &one] {
            let task = runtime.spawn(async { is_main_of_many_threads() });
            assert!(!runtime.block_on(task).unwrap());
            let blocking = runtime.spawn_blocking(is_main_of_many_threads);
            assert!(!runtime.block_on(blocking).unwrap());
        }
    }
}
