//! The mock server inside the program: for `--mock`, and for `speak` without any setting.

use cartesia::ErrorKind;
use cartesia_mock::MockServer;

use crate::args::{Verb, VoicesVerb};
use crate::env_file;
use crate::failure::Failure;
use crate::global::Global;
use crate::print;

/// The keys that it accepts.
pub(crate) const API_KEY: &str = "sk_car_mock";
pub(crate) const ADMIN_KEY: &str = "sk_car_admin_mock";

/// Starts the server if the run needs it, and notes its address.
pub(crate) async fn start(global: &mut Global, verb: &Verb) -> Result<Option<MockServer>, Failure> {
    let is_first_try = matches!(verb, Verb::Speak(_) | Verb::Voices(VoicesVerb::Play(_)));
    let nothing_is_set = is_first_try && nothing_is_configured(global);
    if !verb.is_client() || !(global.mock || nothing_is_set) {
        return Ok(None);
    }
    let server = MockServer::start().await.map_err(|error| {
        let message = format!("the embedded mock server cannot run: {error}");
        Failure::of(ErrorKind::Config, message)
    })?;
    global.embedded = Some(server.url());
    Ok(Some(server))
}

/// Notes that the server is used without a request for it.
pub(crate) fn announce(global: &Global) {
    if global.embedded.is_some() && !global.mock && !global.json {
        print::note(
            "CARTESIA_API_KEY is not set: the embedded mock server hums the words instead.",
        );
    }
}

/// Whether neither a key nor a server was chosen.
pub(crate) fn nothing_is_configured(global: &Global) -> bool {
    let set = |name| env_file::is_set(&global.env_file, name);
    let profile = &global.settings;
    global.base_url.is_none()
        && !set(env_file::API_KEY)
        && !set(env_file::BASE_URL)
        && profile.api_key.is_none()
        && profile.base_url.is_none()
}
