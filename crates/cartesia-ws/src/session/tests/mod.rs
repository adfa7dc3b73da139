//! What the session does, told as scripts, and what it never does, whatever happens.

mod closing;
mod deadlines;
mod deliveries;
mod endings;
mod errors;
mod expiry;
mod interleavings;
mod losses;
mod model;
mod reconnects;
mod script;
mod world;
mod writing;

use script::Script;
