//! Interleaved measurement: two sides in one process, a run of one, a run of the other.
//!
//! A run repeats its side until a clock's resolution no longer shows. Which side goes first changes
//! with every pair, so that drift of the machine falls on both. Nothing here knows what is measured.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Pairs of runs.
    pub runs: usize,
    /// How long a run of one side lasts at least.
    pub run: Duration,
}

/// The samples of two sides, in nanoseconds an operation; run `i` of one stands beside run `i` of
/// the other.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    pub ours: Vec<f64>,
    pub theirs: Vec<f64>,
}

/// One side: an operation, and how many answers it gives.
pub struct Side<'a> {
    run: Box<dyn FnMut() + 'a>,
    answers: f64,
}

impl std::fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Side")
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

/// An operation that gives one answer.
pub fn side<'a, T>(operation: impl FnMut() -> T + 'a) -> Side<'a> {
    per(1, operation)
}

/// An operation that gives several answers; times are per answer.
pub fn per<'a, T>(answers: usize, mut operation: impl FnMut() -> T + 'a) -> Side<'a> {
    Side {
        run: Box::new(move || {
            black_box(operation());
        }),
        answers: answers.max(1) as f64,
    }
}

impl Side<'_> {
    fn time(&mut self, repeats: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..repeats {
            (self.run)();
        }
        start.elapsed()
    }

    /// How often the operation must be repeated to last as long as a run.
    fn calibrate(&mut self, run: Duration) -> u64 {
        let mut repeats = 1;
        loop {
            let took = self.time(repeats);
            if took >= run || repeats > 1 << 30 {
                return repeats;
            }
            let factor = run.as_nanos() / took.as_nanos().max(1) + 1;
            repeats *= u64::try_from(factor).unwrap_or(2).clamp(2, 10);
        }
    }

    fn sample(&mut self, repeats: u64) -> f64 {
        self.time(repeats).as_nanos() as f64 / (repeats as f64 * self.answers)
    }
}

impl Effort {
    /// Measures two sides, interleaved.
    pub fn compare(&self, mut ours: Side<'_>, mut theirs: Side<'_>) -> Samples {
        let repeats = [ours.calibrate(self.run), theirs.calibrate(self.run)];
        let mut samples = Samples::default();
        for run in 0..self.runs {
            let [our_repeats, their_repeats] = repeats;
            if run % 2 == 0 {
                samples.ours.push(ours.sample(our_repeats));
                samples.theirs.push(theirs.sample(their_repeats));
            } else {
                samples.theirs.push(theirs.sample(their_repeats));
                samples.ours.push(ours.sample(our_repeats));
            }
        }
        samples
    }

    /// Measures one side.
    pub fn alone(&self, mut ours: Side<'_>) -> Samples {
        let repeats = ours.calibrate(self.run);
        Samples {
            ours: (0..self.runs).map(|_| ours.sample(repeats)).collect(),
            theirs: Vec::new(),
        }
    }

    /// The same effort with other bounds, for what takes long.
    pub fn at_most(self, runs: usize) -> Self {
        Self {
            runs: self.runs.min(runs),
            ..self
        }
    }
}

/// The value that a share of the samples does not exceed.
pub fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The median.
pub fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The distance between the quartiles, as a share of the median.
pub fn spread(samples: &[f64]) -> f64 {
    (quantile(samples, 0.75) - quantile(samples, 0.25)) / median(samples)
}
