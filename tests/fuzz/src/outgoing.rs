//! What holds for every answer: no header can be split, and a browser goes to a configured place.

use protocol::Reply;
use url::Url;

use crate::second_reader;

/// Checks all headers and cookies.
///
/// # Panics
/// If one has a character that could end it.
pub fn assert_headers(reply: &Reply) {
    for (name, value) in &reply.headers {
        assert_visible(name);
        assert_visible(value);
    }
    for cookie in &reply.cookies {
        assert_visible(cookie);
    }
}

/// Checks a header's value.
///
/// # Panics
/// If it isn't visible ASCII and spaces.
pub fn assert_visible(value: &str) {
    assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "a character that no header may have");
}

/// Checks where `location` leads: to `target`, whose own query is kept, and no parameter twice.
/// Returns the query.
///
/// # Panics
/// If it leads elsewhere.
#[must_use]
pub fn assert_leads_to(location: &str, target: &str) -> String {
    assert_visible(location);
    let (url, expected) = (Url::parse(location).expect("a URL"), Url::parse(target).expect("a URL"));
    let place = |url: &Url| (url.origin(), url.username().to_owned(), url.path().to_owned());
    assert_eq!(place(&url), place(&expected), "the browser is sent elsewhere");
    assert!(location.starts_with(target) && url.fragment().is_none());
    let query = url.query().unwrap_or_default().to_owned();
    assert!(query.starts_with(expected.query().unwrap_or_default()));
    assert!(!second_reader::repeats(&query), "a parameter is sent twice");
    query
}

/// Checks a redirect to Cognito, and that Cognito's state is in it as it came. Returns the query.
///
/// # Panics
/// If it isn't such a redirect.
#[must_use]
pub fn assert_back_to_cognito(reply: &Reply, cognito_state: &str) -> String {
    assert_headers(reply);
    assert_eq!(reply.status, 302);
    let locations: Vec<&String> =
        reply.headers.iter().filter(|(name, _)| *name == "location").map(|(_, value)| value).collect();
    let [location] = locations.as_slice() else {
        panic!("{} locations", locations.len());
    };
    let query = assert_leads_to(location, crate::settings::COGNITO);
    assert_eq!(second_reader::all(&query, "state"), [cognito_state], "Cognito's state was changed");
    assert!(second_reader::one(&query, "code").is_some() != second_reader::one(&query, "error").is_some());
    query
}
