//! The table that people read, and the file that programs read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::book::{Book, Metric};
use crate::cold::{EMPTY, HANDSHAKE, ONE_ROOT, starts};
use crate::targets::Target;
use crate::warm::{POST, floor_of_token, signature};
use crate::world::KEYS;

/// Everything as text: times in milliseconds, medians with the tenth and the ninetieth percentile.
pub fn table(book: &Book, targets: &[Target]) -> String {
    let subjects: Vec<String> = starts().into_iter().map(|start| start.subject).collect();
    let one_root = |subject: &String| format!("{subject}{ONE_ROOT}");
    let mut text = String::new();
    section(&mut text, "Cold start, ms", ["start to ready", "first answer", "both", "CPU"]);
    for subject in subjects.iter().cloned().chain(subjects.iter().map(one_root)) {
        let metrics = [Metric::ColdReady, Metric::ColdAnswer, Metric::Cold, Metric::ColdCpu];
        row(&mut text, &subject, metrics.map(|metric| spread(book, &subject, metric)));
    }
    for subject in [HANDSHAKE.to_owned(), one_root(&HANDSHAKE.to_owned())] {
        let both = spread(book, &subject, Metric::Cold);
        row(&mut text, &subject, [String::new(), String::new(), both, String::new()]);
    }
    section(&mut text, "Warm request, ms", ["p50", "p99", "CPU", ""]);
    let signatures = KEYS.iter().map(|key| signature(key.name));
    let floors = KEYS.iter().map(|key| floor_of_token(key.name)).chain(signatures).chain([POST.to_owned()]);
    for subject in subjects.iter().cloned().chain(floors) {
        let p99 = book.quantile(&subject, Metric::Warm, 0.99).map_or(String::new(), ms);
        let [p50, cpu] = [Metric::Warm, Metric::WarmCpu].map(|metric| spread(book, &subject, metric));
        row(&mut text, &subject, [p50, p99, cpu, String::new()]);
    }
    section(
        &mut text,
        "Sizes, MiB, and AWS at a start",
        ["peak memory", "archive", "AWS calls", "waits, connections"],
    );
    for subject in &subjects {
        row(&mut text, subject, sizes(book, subject));
    }
    let _ = writeln!(text, "\n{:<66}{:>22}{:>9}", "Targets, in each round", "measured", "at most");
    for target in targets {
        let verdict = if target.is_met() { "" } else { "  MISSED" };
        let _ = writeln!(text, "{:<66}{:>22}{:>9.2}{verdict}", target.text, ratios(target), target.at_most);
    }
    text
}

fn section(text: &mut String, title: &str, columns: [&str; 4]) {
    text.push('\n');
    row(text, title, columns.map(str::to_owned));
}

fn row(text: &mut String, subject: &str, columns: [String; 4]) {
    let _ = write!(text, "{subject:<40}");
    for column in columns {
        let _ = write!(text, "{column:>24}");
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn spread(book: &Book, subject: &str, metric: Metric) -> String {
    let at = |share| book.quantile(subject, metric, share).map(ms);
    match (at(0.5), at(0.1), at(0.9)) {
        (Some(median), Some(p10), Some(p90)) => format!("{median} ({p10}..{p90})"),
        _ => String::new(),
    }
}

fn ratios(target: &Target) -> String {
    let [median, p10, p90] = [0.5, 0.1, 0.9].map(|share| target.ratio(share));
    if target.ratios.len() > 1 { format!("{median:.2} ({p10:.2}..{p90:.2})") } else { format!("{median:.2}") }
}

fn ms(microseconds: f64) -> String {
    format!("{:.2}", microseconds / 1000.0)
}

fn sizes(book: &Book, subject: &str) -> [String; 4] {
    let median = |metric| book.quantile(subject, metric, 0.5);
    let mib =
        |metric| median(metric).map_or(String::new(), |bytes| format!("{:.2}", bytes / 1024.0 / 1024.0));
    let count = |metric| median(metric).unwrap_or_default();
    let waits = format!("{}, {}", count(Metric::AwsRoundsCold), count(Metric::AwsConnectionsCold));
    [mib(Metric::PeakMemory), mib(Metric::Archive), count(Metric::AwsCallsCold).to_string(), waits]
}

/// Writes everything as JSON.
pub fn write_json(path: &Path, book: &Book, targets: &[Target]) {
    let report = json!({
        "machine": machine(),
        "measured": book.to_json(),
        "targets": targets.iter().map(Target::to_json).collect::<Vec<Value>>(),
        "empty_handler": EMPTY,
    });
    fs::write(path, format!("{report:#}\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The processor's model and how many of it there are, without which no time says anything.
pub fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let count = cpuinfo.lines().filter(|line| line.starts_with("processor")).count();
    format!("{} x {}", count, model.trim_start_matches(['\t', ':', ' ']))
}
