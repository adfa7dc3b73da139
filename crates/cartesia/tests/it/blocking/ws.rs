//! Connections, contexts and pools.
