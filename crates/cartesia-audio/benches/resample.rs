//! What a second of mono audio costs between the rates that matter, in pieces of 20 ms: divided by a
//! second, the time of one run is the part of a core that the conversion takes.

use std::hint::black_box;

use cartesia_audio::Resampler;
use criterion::{Criterion, criterion_group, criterion_main};

fn second_of_audio(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resample_one_second");
    for (source, target) in [
        (24_000, 48_000),
        (44_100, 48_000),
        (22_050, 44_100),
        (8_000, 48_000),
        (48_000, 16_000),
        // No common factor: every frame is interpolated.
        (44_101, 48_000),
    ] {
        let Ok(mut resampler) = Resampler::new(source, target, 1) else {
            continue;
        };
        let mut state = 1_u32;
        let input: Vec<f32> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(state >> 16).unwrap_or_default()) / 65_536.0 - 0.5
        })
        .take(source as usize)
        .collect();
        let mut output = Vec::with_capacity(resampler.output_bound(input.len()));
        group.bench_function(format!("{source}_to_{target}"), |bencher| {
            bencher.iter(|| {
                output.clear();
                for piece in black_box(&input).chunks(source as usize / 50) {
                    resampler.push(piece, &mut output);
                }
                output.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, second_of_audio);
criterion_main!(benches);
