//! A second, lenient reader of parameters. Whatever the core accepts, a browser, a gateway or
//! Cognito must read in the same way.

use url::form_urlencoded;

/// What stands under `name`, each time it does.
#[must_use]
pub fn all(raw: &str, name: &str) -> Vec<String> {
    pairs(raw).into_iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect()
}

/// The value of `name`, where it stands once and isn't empty.
#[must_use]
pub fn one(raw: &str, name: &str) -> Option<String> {
    match all(raw, name).as_slice() {
        [value] if !value.is_empty() => Some(value.clone()),
        _ => None,
    }
}

/// Whether a name stands more than once.
#[must_use]
pub fn repeats(raw: &str) -> bool {
    let mut names: Vec<String> = pairs(raw).into_iter().map(|(name, _)| name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    names.len() != all
}

/// Encodes a value.
#[must_use]
pub fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Encodes a form.
#[must_use]
pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn pairs(raw: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}
