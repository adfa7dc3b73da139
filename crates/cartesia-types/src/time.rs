//! Points in time as the service writes them.

crate::open::open_string! {
    /// A point in time as the service wrote it: RFC 3339 in UTC, for example
    /// `2026-08-14T09:30:00Z`.
    ///
    /// It is kept as text, so that you can choose a date library; any of them parses this form, and compares
    /// in order of time as long as the number of fraction digits is the same.
    Timestamp {}
}
