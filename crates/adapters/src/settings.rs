//! Reading settings from the environment into types: all problems are gathered, then reported
//! together, and the start is refused. Values are never repeated in a message, since somebody may
//! have put a secret where its name belongs.

use std::fmt::Display;
use std::time::Duration;

use protocol::endpoint::Endpoint;

/// Looks a setting up by the name of its environment variable. Tests pass their own, and never
/// touch the process environment.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// One or more settings are missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("; "))]
pub struct SettingsError {
    /// One sentence each, beginning with the variable's name.
    pub problems: Vec<String>,
}

/// Reads variables through a lookup function, and remembers what is wrong with them.
pub struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads through `lookup`; an empty variable counts as missing.
    #[must_use]
    pub fn new(lookup: &'a Lookup<'a>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    /// A variable that must be there. `None` means that a problem was noted.
    pub fn required<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let Some(text) = self.get(name) else {
            self.problem(format!("{name} is missing"));
            return None;
        };
        self.parsed(name, parse(&text))
    }

    /// A variable that may be missing. The outer `None` means that a problem was noted.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.get(name) {
            Some(text) => self.parsed(name, parse(&text)).map(Some),
            None => Some(None),
        }
    }

    /// A variable with a default. `None` means that a problem was noted.
    pub fn or_default<T, E: Display>(
        &mut self,
        name: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.optional(name, parse).map(|value| value.unwrap_or(default))
    }

    /// An endpoint of the IdP: a full URL in `endpoint_name`, or a path below the issuer in
    /// `path_name`.
    pub fn endpoint(
        &mut self,
        endpoint_name: &str,
        path_name: &str,
        issuer: Option<&Endpoint>,
    ) -> Option<Endpoint> {
        match (self.get(endpoint_name), self.get(path_name)) {
            (Some(url), None) => self.parsed(endpoint_name, Endpoint::parse(&url)),
            (None, Some(path)) => self.parsed(path_name, issuer?.join(&path)),
            (None, None) => {
                self.problem(format!(
                    "{endpoint_name} is missing (or {path_name}, a path below IDP_ISSUER_URL)"
                ));
                None
            }
            (Some(_), Some(_)) => {
                self.problem(format!("{endpoint_name} and {path_name} are both set; one of them is enough"));
                None
            }
        }
    }

    /// Notes a problem that the other methods can't see.
    pub fn problem(&mut self, sentence: String) {
        self.problems.push(sentence);
    }

    /// The settings, if there was no problem.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem.
    pub fn finish<T>(self, settings: Option<T>) -> Result<T, SettingsError> {
        match settings {
            Some(settings) if self.problems.is_empty() => Ok(settings),
            _ => Err(SettingsError { problems: self.problems }),
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|text| !text.is_empty())
    }

    fn parsed<T, E: Display>(&mut self, name: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.problem(format!("{name} {error}"))).ok()
    }
}

/// Printable ASCII without spaces, as identifiers and ARNs are written.
///
/// # Errors
/// What is expected instead.
pub fn identifier(text: &str) -> Result<String, &'static str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("must be printable ASCII without spaces")
    }
}

/// Scopes separated by spaces (RFC 6749 section 3.3), `openid` among them.
///
/// # Errors
/// What is expected instead.
pub fn scopes(text: &str) -> Result<Vec<String>, &'static str> {
    let scopes: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    if scopes.iter().any(|scope| scope == "openid") {
        Ok(scopes)
    } else {
        Err("must be scopes separated by spaces, openid among them")
    }
}

/// `true` or `false`.
///
/// # Errors
/// What is expected instead.
pub fn boolean(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

/// A whole number within limits.
///
/// # Errors
/// What is expected instead.
pub fn number(min: u64, max: u64) -> impl Fn(&str) -> Result<u64, String> {
    move |text| {
        text.parse()
            .ok()
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
    }
}

/// Reads `SECRETS_MAX_AGE_SECONDS`: how old a secret may get before it is fetched again.
pub fn secrets_max_age(read: &mut Reader<'_>) -> Option<Duration> {
    read.or_default("SECRETS_MAX_AGE_SECONDS", 300, number(10, 3600)).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "URL" => "https://idp.example/token",
            "PATH_BELOW" => "/token",
            "BAD" => "hunter2",
            "EMPTY" => "",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn every_problem_is_reported_and_no_value_is_repeated() {
        let mut read = Reader::new(&lookup);
        let settings = (
            read.required("ABSENT", identifier),
            read.required("BAD", Endpoint::parse),
            read.required("EMPTY", identifier),
        );
        let error = read.finish(Some(settings)).unwrap_err();
        assert_eq!(error.to_string(), "ABSENT is missing; BAD is not an absolute URL; EMPTY is missing");
    }

    #[test]
    fn an_endpoint_is_a_url_or_a_path_below_the_issuer_but_not_both() {
        let issuer = Endpoint::parse_issuer("https://idp.example/realms/a").unwrap();
        let mut read = Reader::new(&lookup);
        assert_eq!(
            read.endpoint("URL", "ABSENT", Some(&issuer)).unwrap().as_str(),
            "https://idp.example/token"
        );
        let joined = read.endpoint("ABSENT", "PATH_BELOW", Some(&issuer)).unwrap();
        assert_eq!(joined.as_str(), "https://idp.example/realms/a/token");
        assert!(read.endpoint("URL", "PATH_BELOW", Some(&issuer)).is_none());
        assert!(read.endpoint("ABSENT", "ABSENT", Some(&issuer)).is_none());
        assert_eq!(read.finish(Some(())).unwrap_err().problems.len(), 2);
    }

    #[test]
    fn numbers_have_limits() {
        assert_eq!(number(1, 5)("5"), Ok(5));
        for bad in ["0", "6", "-1", "x", "1.5"] {
            assert!(number(1, 5)(bad).is_err(), "{bad}");
        }
    }
}
