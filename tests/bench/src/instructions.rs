//! How many instructions a start and a warm request take, counted by callgrind. Unlike times, the
//! counts are nearly the same on every run, however busy the machine is, so a test can hold them to
//! what was recorded.
//!
//! The functions run as in all other measurements. One run has a single request, another one some
//! more: the difference is the cost of warm requests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::cold::{Start, WarmLegs, starts};
use crate::progress;
use crate::sign_in;
use crate::world::World;

const REQUESTS: u64 = 40;

/// What disturbs a count, such as data that comes in more pieces, makes it larger: the least of some
/// is nearest to what the code itself takes.
const RUNS: usize = 3;

/// Counts, in instructions, by function and then by `start` or `request`.
pub type Counts = BTreeMap<String, u64>;

/// Counts for all of our functions, `token` with ES256 only: an RSA key is new in each run, and what
/// OpenSSL does with one differs from key to key.
pub fn count(world: &World) -> Counts {
    let mut warm = WarmLegs::start(world);
    let mut counts = Counts::new();
    let ours = |start: &Start| start.binary != "floor-empty" && !start.subject.contains("RSA");
    for start in starts().into_iter().filter(ours) {
        progress::say(&format!("counting the instructions of {}", start.subject));
        let [one, many] = [1, 1 + REQUESTS]
            .map(|requests| (0..RUNS).map(|_| run(world, &start, requests, &mut warm)).min().unwrap());
        counts.insert(format!("{}: start and first request", start.subject), one);
        counts.insert(format!("{}: warm request", start.subject), (many - one) / REQUESTS);
    }
    counts
}

fn run(world: &World, start: &Start, requests: u64, warm: &mut WarmLegs) -> u64 {
    let output = world.folder().join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet"]);
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    let mut function = world.start_under(valgrind, start.binary, start.deployment);
    function.ready();
    for _ in 0..requests {
        let response = function.invoke(&warm.event(start)).response;
        if start.binary == "token" {
            sign_in::assert_tokens(&response);
        }
    }
    function.terminate();
    let text = fs::read_to_string(&output).expect("callgrind wrote nothing");
    let totals = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("no totals");
    totals.trim().parse().unwrap()
}

/// Every count beside its recorded one, and whether all are within `tolerance`, such as 0.05.
pub fn compare(counts: &Counts, recorded: &Path, tolerance: f64) -> (String, bool) {
    let text = fs::read_to_string(recorded).unwrap_or_else(|error| panic!("{}: {error}", recorded.display()));
    let recorded: Counts = serde_json::from_str(&text).expect("not what --record wrote");
    let mut lines = format!("{:<44}{:>14}{:>14}\n", "Instructions", "recorded", "counted");
    let mut all_good = recorded.keys().eq(counts.keys());
    if !all_good {
        lines.push_str("The functions aren't those that were recorded.\n");
    }
    for (name, count) in counts {
        let before = recorded.get(name).copied().unwrap_or_default();
        let change = *count as f64 / before as f64 - 1.0;
        let verdict = if change > tolerance {
            "  MORE"
        } else if change < -tolerance {
            // An improvement that isn't recorded would hide the next regression.
            "  LESS"
        } else {
            ""
        };
        all_good &= verdict.is_empty();
        let percent = change * 100.0;
        // Writing to a String can't fail.
        let _ = writeln!(lines, "{name:<44}{before:>14}{count:>14}{percent:>+9.2} %{verdict}");
    }
    (lines, all_good)
}

pub fn record(counts: &Counts, to: &Path) {
    let counts: Value = json!(counts);
    fs::write(to, format!("{counts:#}\n")).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_beyond_the_tolerance_is_told_in_both_directions() {
        let file = std::env::temp_dir().join(format!("bench-counts-{}", std::process::id()));
        let counts = |count| Counts::from([("a: start".to_owned(), count)]);
        record(&counts(1000), &file);
        for (count, good) in [(951, true), (1049, true), (1051, false), (949, false)] {
            assert_eq!(compare(&counts(count), &file, 0.05).1, good, "{count}");
        }
        assert!(!compare(&Counts::new(), &file, 0.05).1);
        fs::remove_file(file).unwrap();
    }
}
