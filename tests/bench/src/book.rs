//! Everything that was measured: samples by subject and metric, and what is said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cold::EMPTY;

/// What is measured. Times are in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// From the start of the process until it asks for its first event.
    ColdReady,
    /// From the first event until its answer.
    ColdAnswer,
    /// Both together.
    Cold,
    /// The CPU time of both together.
    ColdCpu,
    /// From a later event until its answer.
    Warm,
    /// The CPU time of a later event, with asking for the next one.
    WarmCpu,
    /// Bytes.
    PeakMemory,
    /// Bytes.
    Archive,
    /// Calls to AWS at a start.
    AwsCallsCold,
    /// How often a start waits for AWS: calls that are under way together count once.
    AwsRoundsCold,
    /// Connections to AWS that a start makes.
    AwsConnectionsCold,
    /// Calls to AWS of a warm request, or of a whole warm sign-in.
    AwsCallsWarm,
    /// The time of a request to a process that has served many in relation to that of one to a process
    /// that has served a few, right before or after.
    TimeDrift,
    /// The memory after many requests in relation to that after a few.
    MemoryDrift,
}

impl Metric {
    pub fn name(self) -> &'static str {
        match self {
            Self::ColdReady => "cold_ready_us",
            Self::ColdAnswer => "cold_answer_us",
            Self::Cold => "cold_us",
            Self::ColdCpu => "cold_cpu_us",
            Self::Warm => "warm_us",
            Self::WarmCpu => "warm_cpu_us",
            Self::PeakMemory => "peak_memory_bytes",
            Self::Archive => "archive_bytes",
            Self::AwsCallsCold => "aws_calls_cold",
            Self::AwsRoundsCold => "aws_rounds_cold",
            Self::AwsConnectionsCold => "aws_connections_cold",
            Self::AwsCallsWarm => "aws_calls_warm",
            Self::TimeDrift => "time_drift",
            Self::MemoryDrift => "memory_drift",
        }
    }
}

#[derive(Default)]
pub struct Book {
    /// With the round that each value is of.
    samples: BTreeMap<(String, Metric), Vec<(usize, f64)>>,
    round: usize,
}

impl Book {
    /// Begins a round: all that is compared is measured once more, at about the same time.
    pub fn next_round(&mut self) {
        self.round += 1;
    }

    pub fn note(&mut self, subject: &str, metric: Metric, value: f64) {
        self.samples.entry((subject.to_owned(), metric)).or_default().push((self.round, value));
    }

    pub fn note_time(&mut self, subject: &str, metric: Metric, time: Duration) {
        self.note(subject, metric, time.as_secs_f64() * 1e6);
    }

    /// The value that `share` of the samples don't exceed.
    pub fn quantile(&self, subject: &str, metric: Metric, share: f64) -> Option<f64> {
        quantile(&values(self.samples.get(&(subject.to_owned(), metric))?), share)
    }

    /// A figure made of a round's own medians, for each round: what else the machine was busy with in
    /// a round then slows all parts of the figure.
    pub fn per_round(&self, metric: Metric, figure: impl Fn(&dyn Fn(&str) -> f64) -> f64) -> Vec<f64> {
        let samples = |subject: &str| {
            let samples = self.samples.get(&(subject.to_owned(), metric));
            samples.unwrap_or_else(|| panic!("no {metric:?} of {subject}"))
        };
        let rounds: BTreeSet<usize> = samples(EMPTY).iter().map(|(round, _)| *round).collect();
        let median_in = |subject: &str, wanted: usize| {
            let in_round = samples(subject).iter().filter(|(round, _)| *round == wanted).copied();
            quantile(&values(&in_round.collect::<Vec<_>>()), 0.5).unwrap()
        };
        rounds.into_iter().map(|round| figure(&|subject| median_in(subject, round))).collect()
    }

    /// The median. Fails if that wasn't measured.
    pub fn median(&self, subject: &str, metric: Metric) -> f64 {
        self.quantile(subject, metric, 0.5).unwrap_or_else(|| panic!("no {metric:?} of {subject}"))
    }

    /// All of it, as subject, metric, and what is said of the samples.
    pub fn to_json(&self) -> Value {
        let mut subjects: Map<String, Value> = Map::new();
        for ((subject, metric), samples) in &self.samples {
            let values = values(samples);
            let at = |share| quantile(&values, share);
            subjects.entry(subject).or_insert_with(|| json!({}))[metric.name()] = json!({
                "median": at(0.5), "p10": at(0.1), "p90": at(0.9), "p99": at(0.99), "samples": samples.len()
            });
        }
        Value::Object(subjects)
    }
}

fn values(samples: &[(usize, f64)]) -> Vec<f64> {
    samples.iter().map(|(_, value)| *value).collect()
}

pub fn quantile(samples: &[f64], share: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * (sorted.len().checked_sub(1)?) as f64).round() as usize;
    sorted.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_samples() {
        let samples = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&samples, 0.5), Some(3.0));
        assert_eq!(quantile(&samples, 0.99), Some(5.0));
        assert_eq!(quantile(&samples, 0.1), Some(1.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn figures_compare_what_was_measured_in_the_same_round() {
        let mut book = Book::default();
        for slowness in [1.0, 3.0] {
            book.next_round();
            for value in [2.0, 4.0, 90.0] {
                book.note(EMPTY, Metric::Warm, slowness * value);
                book.note("a", Metric::Warm, slowness * value * 5.0);
            }
        }
        assert_eq!(book.per_round(Metric::Warm, |median| median("a") / median(EMPTY)), [5.0, 5.0]);
        assert!((book.median(EMPTY, Metric::Warm) - 12.0).abs() < 0.1);
    }
}
