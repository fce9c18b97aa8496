//! What the functions are held to. Each target is a measured value and the most that it may be, both of
//! the same run.

use serde_json::{Value, json};

use crate::book::{Book, Metric, quantile};
use crate::cold::{EMPTY, HANDSHAKE, token, with_dynamodb};
use crate::warm::{POST, floor_of_token, signature};
use crate::world::{KEYS, Key};

const MIB: f64 = 1024.0 * 1024.0;

pub struct Target {
    /// What is compared with what.
    pub text: String,
    /// The measured value divided by what it is compared with, in each round.
    pub ratios: Vec<f64>,
    pub at_most: f64,
}

impl Target {
    fn new(text: &str, ratios: Vec<f64>, at_most: f64) -> Self {
        Self { text: text.to_owned(), ratios, at_most }
    }

    /// The ratio that so large a share of the rounds don't exceed.
    pub fn ratio(&self, share: f64) -> f64 {
        quantile(&self.ratios, share).unwrap()
    }

    pub fn is_met(&self) -> bool {
        self.ratio(0.5) <= self.at_most
    }

    pub fn to_json(&self) -> Value {
        let [ratio, p10, p90] = [0.5, 0.1, 0.9].map(|share| self.ratio(share));
        json!({
            "target": self.text, "ratio": ratio, "p10": p10, "p90": p90, "at_most": self.at_most, "met": self.is_met()
        })
    }
}

/// All targets, by what was measured.
pub fn all(book: &Book) -> Vec<Target> {
    [warm(book), cold(book), aws(book), sizes(book), drift(book)].into_iter().flatten().collect()
}

fn warm(book: &Book) -> Vec<Target> {
    let mut targets: Vec<Target> = ["authorize", "callback"]
        .map(|name| {
            let ratios = book.per_round(Metric::Warm, |median| median(name) / median(EMPTY));
            Target::new(&format!("warm {name} / empty"), ratios, 2.0)
        })
        .into();
    for Key { name, .. } in &KEYS {
        let apart = book.per_round(Metric::Warm, |median| {
            median(&token(name)) / (median(&signature(name)) + median(EMPTY) + median(POST))
        });
        let in_one =
            book.per_round(Metric::Warm, |median| median(&token(name)) / median(&floor_of_token(name)));
        targets.push(Target::new(&format!("warm token {name} / (signature + empty + POST)"), apart, 1.15));
        targets.push(Target::new(&format!("warm token {name} / the three in one process"), in_one, 1.15));
    }
    targets
}

fn cold(book: &Book) -> Vec<Target> {
    let mut targets: Vec<Target> = ["authorize", "callback"]
        .map(|name| {
            let ratios = book
                .per_round(Metric::Cold, |median| median(name) / (6.0 * median(EMPTY) + median(HANDSHAKE)));
            Target::new(&format!("cold {name} / (6 x empty + TLS)"), ratios, 1.0)
        })
        .into();
    targets.extend(KEYS.iter().map(|key| {
        let ratios = book.per_round(Metric::Cold, |median| {
            let signature = 1.2 * median(&signature(key.name));
            median(&token(key.name)) / (6.0 * median(EMPTY) + 2.0 * median(HANDSHAKE) + signature)
        });
        let text = format!("cold token {} / (6 x empty + 2 x TLS + 1.2 x signature)", key.name);
        Target::new(&text, ratios, 1.0)
    }));
    targets
}

fn aws(book: &Book) -> Vec<Target> {
    let warm = vec![book.median("sign-in", Metric::AwsCallsWarm)];
    let mut targets = vec![Target::new("AWS calls of a warm sign-in", warm, 0.0)];
    for (binary, at_most) in [("authorize", 1.0), ("callback", 2.0), ("token", 1.0)] {
        let subject = with_dynamodb(binary);
        let calls = vec![book.quantile(&subject, Metric::AwsCallsWarm, 1.0).unwrap()];
        targets.push(Target::new(&format!("AWS calls of a warm {subject}"), calls, at_most));
    }
    for subject in ["authorize", "callback"].map(with_dynamodb) {
        let connections = vec![book.median(&subject, Metric::AwsConnectionsCold)];
        targets.push(Target::new(&format!("connections to AWS at a start of {subject}"), connections, 1.0));
    }
    for name in ["authorize", "callback", "jwks", &token(KEYS[0].name)] {
        let text = format!("AWS round trips at a start of {name}");
        targets.push(Target::new(&text, vec![book.median(name, Metric::AwsRoundsCold)], 1.0));
    }
    targets
}

fn sizes(book: &Book) -> Vec<Target> {
    let names = ["authorize", "callback", "jwks", &token(KEYS[0].name)];
    let target = |name: &str, metric, what: &str, mib: f64| {
        Target::new(&format!("{what} of {name}, MiB"), vec![book.median(name, metric) / MIB], mib)
    };
    let with_dynamodb = ["authorize", "callback", "token"].map(with_dynamodb);
    let all = names.into_iter().chain(with_dynamodb.iter().map(String::as_str));
    let memory = all.map(|name| target(name, Metric::PeakMemory, "peak memory", 16.0));
    let archives = names.iter().map(|name| target(name, Metric::Archive, "archive", 4.0));
    memory.chain(archives).collect()
}

/// The tenth that is let pass is what a machine does to equal work.
fn drift(book: &Book) -> Vec<Target> {
    let names = ["authorize", "callback", &token("ES256")];
    let target = |name: &str, metric, what: &str| {
        let text = format!("{what} of {name} after many / a few requests");
        Target::new(&text, vec![book.median(name, metric)], 1.1)
    };
    let times = names.iter().map(|name| target(name, Metric::TimeDrift, "time"));
    let memory = names.iter().map(|name| target(name, Metric::MemoryDrift, "memory"));
    times.chain(memory).collect()
}
