//! `mock`: the offline server.

use cartesia::ErrorKind;
use cartesia_mock::cli::MockArgs;

use crate::failure::Failure;

pub(crate) async fn run(args: MockArgs) -> Result<(), Failure> {
    cartesia_mock::cli::run(args).await.map_err(|error| {
        Failure::of(
            ErrorKind::Config,
            format!("the mock server cannot run: {error}"),
        )
    })
}
