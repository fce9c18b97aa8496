//! What the command line asks for. The script itself answers `--help`, before anything is built.

use std::path::PathBuf;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Where the binaries are; the script says it.
    pub binaries: PathBuf,
    pub quick: bool,
    pub json: Option<PathBuf>,
    pub check: bool,
    pub instructions: bool,
    pub record: bool,
}

impl Arguments {
    /// # Errors
    /// What is wrong with them, in a sentence.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(argument) = arguments.next() {
            let mut path = || arguments.next().map(PathBuf::from).ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--binaries" => parsed.binaries = path()?,
                "--json" => parsed.json = Some(path()?),
                "--quick" => parsed.quick = true,
                "--check" => parsed.check = true,
                "--instructions" => parsed.instructions = true,
                "--record" => parsed.record = true,
                _ => return Err(format!("{argument} is not known; see --help")),
            }
        }
        if parsed.record && !parsed.instructions {
            return Err("--record goes with --instructions".to_owned());
        }
        if parsed.instructions && (parsed.quick || parsed.check || parsed.json.is_some()) {
            return Err("--instructions goes with --record only".to_owned());
        }
        Ok(parsed)
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
        let parsed = parse("--binaries a --quick --json b").unwrap();
        assert!(parsed.quick && parsed.json == Some("b".into()) && parsed.binaries == PathBuf::from("a"));
        for wrong in ["--json", "--fast", "--record", "--instructions --quick"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
