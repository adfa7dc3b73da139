//! The session without I/O.
