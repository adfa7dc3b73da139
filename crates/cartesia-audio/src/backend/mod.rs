//! The machine's own audio devices: the only place that knows `cpal`.

mod input;

pub(crate) use input::Input;
