//! What the command line asks for. The script itself answers `--help`, before anything is built.

use std::path::PathBuf;

#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Where the binaries are; the script says it.
    pub binaries: PathBuf,
    pub run: Run,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Run {
    Times(Times),
    Instructions { record: bool },
    Load { requests: usize },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Times {
    pub quick: bool,
    pub json: Option<PathBuf>,
    pub check: bool,
}

impl Arguments {
    /// # Errors
    /// What is wrong with them, in a sentence.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut binaries = PathBuf::new();
        let mut times = Times { quick: false, json: None, check: false };
        let (mut instructions, mut record, mut load) = (false, false, None);
        while let Some(argument) = arguments.next() {
            let mut path = || arguments.next().map(PathBuf::from).ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--binaries" => binaries = path()?,
                "--json" => times.json = Some(path()?),
                "--quick" => times.quick = true,
                "--check" => times.check = true,
                "--instructions" => instructions = true,
                "--record" => record = true,
                "--load" => {
                    let requests = arguments.next().and_then(|text| text.parse().ok()).filter(|n| *n > 0);
                    load = Some(requests.ok_or("--load needs a number of requests")?);
                }
                _ => return Err(format!("{argument} is not known; see --help")),
            }
        }
        let of_times = times.quick || times.check || times.json.is_some();
        let run = match (instructions, record, load) {
            (false, false, Some(_)) if of_times => return Err("--load goes alone".to_owned()),
            (false, false, Some(requests)) => Run::Load { requests },
            (_, _, Some(_)) => return Err("--load goes alone".to_owned()),
            (true, _, None) if of_times => return Err("--instructions goes with --record only".to_owned()),
            (true, record, None) => Run::Instructions { record },
            (false, true, None) => return Err("--record goes with --instructions".to_owned()),
            (false, false, None) => Run::Times(times),
        };
        Ok(Self { binaries, run })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Arguments, String> {
        Arguments::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_and_those_that_do_not_go_together_refused() {
        let times = Times { quick: true, json: Some("b".into()), check: false };
        let parsed = parse("--binaries a --quick --json b").unwrap();
        assert_eq!(parsed, Arguments { binaries: "a".into(), run: Run::Times(times) });
        assert_eq!(parse("--load 5").unwrap().run, Run::Load { requests: 5 });
        for wrong in
            ["--json", "--fast", "--record", "--instructions --quick", "--load x", "--load 5 --quick"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
