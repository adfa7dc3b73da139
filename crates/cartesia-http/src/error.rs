//! The details that an error takes from its response.

use crate::Error;
use crate::response::ResponseInfo;

/// Completes errors from responses.
pub(crate) trait WithInfo {
    /// Adds status, request id and number of attempts.
    fn with_info(self, info: &ResponseInfo) -> Self;
}

impl WithInfo for Error {
    fn with_info(self, info: &ResponseInfo) -> Self {
        self.with_status(info.status())
            .with_request_id(info.request_id().map(str::to_owned))
            .with_attempts(info.attempts())
    }
}
