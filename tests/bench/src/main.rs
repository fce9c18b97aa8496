//! Runs the functions' release binaries as Lambda does, and measures them beside floors: programs of
//! the same build profile that do only what can't be left out. No time is compared with one of
//! another run, since machines and their moods differ.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a tool for developers, which fails by panicking, and rounds"
)]

mod arguments;
mod aws;
mod aws_calls;
mod book;
mod cold;
mod environment;
mod event;
mod floor;
mod function;
mod http;
mod idp;
mod instructions;
mod legs;
mod load;
mod long_run;
mod process;
mod progress;
mod report;
mod runtime_api;
mod sign_in;
mod stub;
mod targets;
mod tls;
mod warm;
mod world;

use std::path::Path;
use std::process::ExitCode;

use crate::arguments::{Arguments, Run, Times};
use crate::book::{Book, Metric};
use crate::world::{World, archive_size};

/// What counts may differ by without a reason to look. Without a change of the code they differ by less
/// than a tenth of that.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("bench: {problem}");
            return ExitCode::from(2);
        }
    };
    let world = World::new(&arguments.binaries, &arguments.binaries.join("../bench"));
    match arguments.run {
        Run::Times(options) => times(&world, &options),
        Run::Instructions { record } => instructions(&world, record),
        Run::Load { requests } => load(&world, requests),
    }
}

fn load(world: &World, requests: usize) -> ExitCode {
    let (text, good) = load::run(world, requests);
    progress::done();
    print!("{text}");
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn times(world: &World, options: &Times) -> ExitCode {
    let (cold, warm, long) = if options.quick { (10, 20, 600) } else { (60, 150, 10_000) };
    let mut book = Book::default();
    for start in cold::starts() {
        book.note(&start.subject, Metric::Archive, archive_size(&world.binary(start.binary)) as f64);
    }
    aws_calls::measure(world, &mut book);
    cold::measure(world, cold, &mut book);
    warm::measure(world, warm, &mut book);
    long_run::measure(world, long, &mut book);
    progress::done();
    let targets = targets::all(&book);
    print!("{}\n{}", report::machine(), report::table(&book, &targets));
    if let Some(path) = &options.json {
        report::write_json(path, &book, &targets);
    }
    let missed = targets.iter().any(|target| !target.is_met());
    if options.check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn instructions(world: &World, record: bool) -> ExitCode {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let counts = instructions::count(world);
    progress::done();
    if record {
        instructions::record(&counts, &recorded);
    }
    let (table, good) = instructions::compare(&counts, &recorded, TOLERANCE);
    print!("{table}");
    if good {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "bench: counts differ from the recorded ones by more than {:.0} %. If that is meant, or comes with another \
         compiler or library, run\n  ./scripts/bench --instructions --record\nand commit \
         tests/bench/instructions.json with the change.",
        TOLERANCE * 100.0
    );
    ExitCode::FAILURE
}
