//! Parameters in `application/x-www-form-urlencoded`, read strictly: what isn't exactly that
//! format is refused instead of being repaired, so that two readers never see two requests.

use std::collections::HashSet;
use std::fmt;

use percent_encoding::percent_decode_str;

/// The parameters of a query or a form, in the order they came in.
pub struct Parameters(Vec<(String, String)>);

/// Broken percent-encoding, or text that isn't UTF-8 once decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameters are not well-formed application/x-www-form-urlencoded")]
pub struct Malformed;

/// A parameter came more than once, which RFC 6749 section 3.1 and 3.2 forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is repeated")]
pub struct Repeated;

impl Parameters {
    /// Reads a raw query string (without `?`) or form body.
    ///
    /// # Errors
    /// [`Malformed`] on a `%` that two hexadecimal digits don't follow, and on invalid UTF-8.
    pub fn parse(raw: &str) -> Result<Self, Malformed> {
        raw.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The value of the parameter `name`. One without a value counts as omitted (RFC 6749
    /// section 3.1).
    ///
    /// # Errors
    /// [`Repeated`] if it came more than once.
    pub fn unique(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let first = values.next().map(|(_, value)| value.as_str());
        match values.next() {
            Some(_) => Err(Repeated),
            None => Ok(first.filter(|value| !value.is_empty())),
        }
    }

    /// Refuses any repetition, so that [`Self::get`] has one meaning.
    ///
    /// # Errors
    /// [`Repeated`] if any parameter came more than once.
    pub fn all_unique(self) -> Result<UniqueParameters, Repeated> {
        let mut seen = HashSet::with_capacity(self.0.len());
        if self.0.iter().all(|(name, _)| seen.insert(name.as_str())) {
            Ok(UniqueParameters(self))
        } else {
            Err(Repeated)
        }
    }

    /// Whether the parameter `name` is there at all, with or without a value.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

/// Shows how many parameters there are and nothing of them: they carry codes and secrets.
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({})", self.0.len())
    }
}

/// Parameters of which none is repeated.
#[derive(Debug)]
pub struct UniqueParameters(Parameters);

impl UniqueParameters {
    /// The value of the parameter `name`; one without a value counts as omitted.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.unique(name).ok().flatten()
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte, and the bytes are UTF-8.
///
/// # Errors
/// [`Malformed`] on broken percent-encoding or invalid UTF-8.
pub fn decode(raw: &str) -> Result<String, Malformed> {
    let bytes = raw.as_bytes();
    let intact = bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'%'
            || matches!(bytes.get(at + 1..at + 3), Some(digits) if digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !intact {
        return Err(Malformed);
    }
    percent_decode_str(&raw.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plus_is_a_space_and_an_escaped_plus_is_a_plus() {
        let parameters = Parameters::parse("a=1+2%2B3%20%2525").unwrap();
        assert_eq!(parameters.unique("a"), Ok(Some("1 2+3 %25")));
    }

    #[test]
    fn broken_percent_encoding_is_refused() {
        for raw in ["a=%", "a=%4", "a=%zz", "a=%u0041", "%=a", "a=%-1", "a=%4%31"] {
            assert_eq!(Parameters::parse(raw).err(), Some(Malformed), "{raw}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_refused_and_so_are_overlong_forms() {
        for raw in ["a=%ff", "a=%c0%af", "a=%e0%80%af", "a=%ed%a0%80", "a=%f4%90%80%80"] {
            assert_eq!(Parameters::parse(raw).err(), Some(Malformed), "{raw}");
        }
    }

    #[test]
    fn a_repeated_parameter_is_noticed_even_when_it_is_spelled_differently() {
        let parameters = Parameters::parse("state=1&st%61te=").unwrap();
        assert_eq!(parameters.unique("state"), Err(Repeated));
        assert_eq!(parameters.all_unique().err(), Some(Repeated));
    }

    #[test]
    fn a_parameter_without_a_value_counts_as_omitted() {
        let parameters = Parameters::parse("a=&b&&c=3").unwrap();
        assert_eq!(parameters.unique("a"), Ok(None));
        assert_eq!(parameters.unique("b"), Ok(None));
        assert!(parameters.contains("b"));
        assert_eq!(parameters.all_unique().unwrap().get("c"), Some("3"));
    }

    #[test]
    fn debug_output_shows_no_parameter() {
        let parameters = Parameters::parse("client_secret=hunter2").unwrap();
        assert_eq!(format!("{parameters:?}"), "Parameters(1)");
    }

    proptest! {
        #[test]
        fn what_the_url_library_writes_is_read_back_exactly(pairs in prop::collection::vec((".+", ".+"), 0..8)) {
            let raw = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            prop_assert_eq!(Parameters::parse(&raw).unwrap().0, pairs);
        }

        #[test]
        fn no_input_makes_the_parser_panic(raw in "\\PC*") {
            let _ = Parameters::parse(&raw);
        }
    }
}
