#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "device")]
mod backend;
#[cfg(feature = "device")]
mod builder;
mod capture;
mod clock;
mod convert;
mod converter;
mod cuts;
mod device_ring;
#[cfg(feature = "device")]
mod devices;
mod epoch;
mod event;
mod feed;
mod jitter;
mod loopback;
mod offline;
mod offset;
mod output;
mod play;
mod player;
mod player_core;
mod progress;
mod render;
mod report;
mod resample;
mod shared;
mod source;
mod state;
mod track;
mod utterance;
mod waiters;
mod wav_file;
mod wav_writer;

#[cfg(feature = "device")]
#[cfg_attr(docsrs, doc(cfg(feature = "device")))]
pub use builder::{Latency, PlayerBuilder};
pub use capture::{
    AudioChunk, CaptureFormat, ExternalMicrophone, Level, OfflineMicrophone, Recorder,
    RecorderBuilder, RecorderStats, RecorderStopper,
};
pub use cartesia_types::{Error, Result};
#[cfg(feature = "device")]
#[cfg_attr(docsrs, doc(cfg(feature = "device")))]
pub use devices::{DeviceInfo, devices, microphones};
pub use event::{Event, Events};
pub use offline::{ExternalOutput, OfflineOptions, OfflineOutput, Pace, RunningOutput};
pub use offset::AudioOffset;
pub use player::{Interruption, OutputInfo, Player, Playhead};
pub use report::{Interrupted, Outcome, Report, Silence, SilenceCause, UtteranceId};
pub use resample::{RESAMPLER_SAMPLE_RATES, Resampler};
pub use source::SourceFormat;
pub use utterance::{Position, Utterance};
pub use wav_file::WavFile;
pub use wav_writer::WavWriter;
