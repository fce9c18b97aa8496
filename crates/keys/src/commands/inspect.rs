//! `inspect`: shows what keys are. It ends with 1 if one of them can't be used.

use std::error::Error;
use std::process::ExitCode;

use adapters::system;

use super::passphrase;
use crate::arguments::Inspect;
use crate::folder;
use crate::inspect::{self, Report};

pub(super) fn inspect(arguments: &Inspect) -> Result<ExitCode, Box<dyn Error>> {
    let now = system::now();
    let mut reports: Vec<Report> = Vec::new();
    for path in &arguments.files {
        let file = folder::read(path)?;
        let keys = inspect::keys(&file.text, passphrase, now)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        for mut report in keys {
            if report.is_private && file.exposed {
                report.problems.push("can be read by other users of this machine (chmod 600)".to_owned());
            }
            println!("{}", path.display());
            print(&report);
            reports.push(report);
        }
    }
    let halves = inspect::halves(&reports);
    if let Some(words) = halves {
        println!("{}", words.unwrap_or_else(|problem| problem));
    }
    let usable = reports.iter().all(|report| report.problems.is_empty());
    Ok(if usable && !matches!(halves, Some(Err(_))) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Report) {
    for (name, value) in &report.facts {
        println!("  {name:<18}{value}");
    }
    if report.problems.is_empty() {
        println!("  usable");
    }
    for problem in &report.problems {
        println!("  NOT USABLE: it {problem}");
    }
}
