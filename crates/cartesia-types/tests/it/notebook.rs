//! Clips in notebooks. That the kernel shows them is a matter of `cargo xtask notebook`.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_types::{AudioClip, Mp3Format, RawEncoding, RawFormat, WavFormat};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_8000;

fn clip_of(samples: &[i16]) -> AudioClip {
    let bytes: Vec<u8> = samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    AudioClip::new(FORMAT, bytes)
}

/// What a page plays: media type and file.
fn audio(html: &str) -> (&str, Vec<u8>) {
    let (_, rest) = html.split_once("src=\"data:").unwrap();
    let (media, rest) = rest.split_once(";base64,").unwrap();
    let (text, _) = rest.split_once('"').unwrap();
    (media, STANDARD.decode(text).unwrap())
}

fn samples(html: &str) -> (u32, Vec<i16>) {
    let (media, file) = audio(html);
    assert_eq!(media, "audio/wav");
    let mut reader = hound::WavReader::new(Cursor::new(file)).unwrap();
    let samples = reader.samples().map(Result::unwrap).collect();
    (reader.spec().sample_rate, samples)
}

/// The lines of the waveform, from top to bottom.
fn lines(html: &str) -> Vec<(u16, u16)> {
    let (_, path) = html.split_once(" d=\"M").unwrap();
    let (path, _) = path.split_once('"').unwrap();
    let number = |text: &str| text.parse().unwrap();
    path.split('M')
        .map(|line| {
            let (_, heights) = line.split_once(' ').unwrap();
            let (top, bottom) = heights.split_once('V').unwrap();
            (number(top), number(bottom))
        })
        .collect()
}

#[test]
fn every_encoding_plays_as_what_browsers_know() {
    for encoding in RawEncoding::ALL {
        let mut bytes = Vec::new();
        let wave: Vec<i16> = (0..1_000).map(|n: i16| n % 100 * 300).collect();
        cartesia_types::pcm::encode_i16(encoding, &wave, &mut bytes);
        let clip = AudioClip::new(RawFormat::new(encoding, 16_000), bytes);
        let html = clip.to_html();
        assert_eq!(samples(&html), (16_000, clip.samples_i16().unwrap()));
        assert!(html.contains(encoding.as_str()), "{encoding}");
    }
}

#[test]
fn files_play_as_well() {
    let clip = clip_of(&[100, 200, 300, 400]);
    let wav = AudioClip::new(WavFormat::from(FORMAT), clip.to_wav().unwrap());
    assert_eq!(samples(&wav.to_html()), (8_000, vec![100, 200, 300, 400]));

    let mp3 = AudioClip::new(Mp3Format::default(), vec![7; 16_000]);
    let html = mp3.to_html();
    assert_eq!(audio(&html), ("audio/mpeg", vec![7; 16_000]));
    assert!(html.contains("1.00 s, mp3, 44100 Hz"), "no caption");
    assert!(!html.contains("<svg"), "it is not decoded");

    // What is no file that can be read is the browser's to judge.
    let odd = AudioClip::new(WavFormat::from(FORMAT), vec![1, 2, 3]);
    assert_eq!(audio(&odd.to_html()), ("audio/wav", vec![1, 2, 3]));
}

#[test]
fn the_waveform_shows_where_it_is_loud() {
    let mut wave = vec![0; 8_000];
    for sample in &mut wave[4_000..] {
        *sample = i16::MAX;
    }
    wave[2_000] = i16::MIN;
    let html = clip_of(&wave).to_html();
    let lines = lines(&html);
    assert_eq!(lines.len(), 400);
    // Silence is a line in the middle, and loudness one from there upwards.
    assert_eq!(lines[0], (50, 51));
    assert_eq!(lines[100], (50, 100));
    assert_eq!(lines[300], (0, 50));
    assert!(html.contains("aria-label=\"Waveform of 1.00 seconds of audio\""));
}

#[test]
fn a_long_clip_is_cut_and_says_so() {
    // Five minutes, loud at the very end.
    let mut wave = vec![0; 5 * 60 * 8_000];
    *wave.last_mut().unwrap() = i16::MAX;
    let html = clip_of(&wave).to_html();
    assert!(html.len() < 3_000_000, "{}", html.len());
    assert_eq!(samples(&html).1.len(), 1024 * 1024);
    assert!(html.contains("300.00 s, pcm_s16le, 8000 Hz; this is the beginning"));
    assert_eq!(lines(&html)[399], (0, 50));

    let mp3 = AudioClip::new(Mp3Format::default(), vec![7; 5_000_000]);
    let html = mp3.to_html();
    assert_eq!(audio(&html).1.len(), 2 * 1024 * 1024);
    assert!(html.contains("this is the beginning"));
}

#[test]
fn a_clip_of_nothing_is_shown() {
    for wave in [&[][..], &[1]] {
        let html = clip_of(wave).to_html();
        assert_eq!(samples(&html).1, wave);
        assert!(html.starts_with("<figure") && html.ends_with("</figure>"));
    }
}
