//! Runs that are killed at random moments, and continued.

use std::time::{Duration, Instant};

use super::audio::Audio;
use super::program::{Memory, Program, Run, results};
use crate::Result;

/// After the result of an item: a kill comes at any moment of what follows.
const DELAY: u64 = 100_000;

/// What became of the runs.
pub(super) struct Killed {
    /// The last run, which made all that was left.
    pub(super) last: Run,
    /// How many results were there at each kill.
    pub(super) moments: Vec<u64>,
    pub(super) seconds: f64,
    /// The most memory of all runs.
    pub(super) memory: u64,
    /// Lines of results that a kill tore.
    pub(super) torn: usize,
}

/// Makes all items, and kills the program so many times. `whole` is what a run without kills made.
pub(super) fn run(program: &Program, kills: u32, seed: u64, whole: &Audio) -> Result<Killed> {
    let output = "killed";
    let folder = program.folder.join(output);
    let mut random = Random(seed);
    let items = whole.len() as u64;
    // One in each of so many equal parts of the run.
    let part = items / u64::from(kills.max(1));
    let moments: Vec<_> = (0..u64::from(kills))
        .map(|kill| kill * part + random.below(part))
        .collect();
    let began = Instant::now();
    let mut memory = Memory::default();
    for moment in &moments {
        let made = if folder.exists() {
            results(&folder)?.len() as u64
        } else {
            0
        };
        let mut running = program.start(output, super::CONTEXTS, &[])?;
        for _ in made..*moment {
            if !running.next()? {
                break;
            }
        }
        std::thread::sleep(Duration::from_micros(random.below(DELAY)));
        memory.0.extend(running.kill()?.0);
        if folder.exists() {
            whole.check_sizes(&folder)?;
        }
    }
    let last = program.run(output, super::CONTEXTS, &[])?;
    let seconds = began.elapsed().as_secs_f64();
    memory.0.extend(&last.memory.0);
    let made = Audio::read(&folder)?;
    whole.compare(&made)?;
    Ok(Killed {
        torn: whole.check_results(&folder)?,
        memory: memory.most(),
        last,
        moments,
        seconds,
    })
}

/// `SplitMix64`: the same seed gives the same kills.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_follow_from_the_seed_and_are_spread() {
        let draw = |seed| {
            let mut random = Random(seed);
            (0..100).map(|_| random.below(10)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        for number in 0..10 {
            assert!(draw(1).contains(&number), "{number}");
        }
        assert_eq!(Random(1).below(0), 0);
    }
}
