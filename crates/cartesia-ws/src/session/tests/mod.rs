//! What the session does, told as scripts, and what it never does, whatever happens.

mod closing;
mod deadlines;
mod endings;
mod errors;
mod expiry;
mod losses;
mod reconnects;
mod script;
mod writing;

use script::Script;
