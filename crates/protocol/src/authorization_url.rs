//! The URL that sends the browser to the IdP (RFC 6749 section 4.1.1), with the fixed parameters
//! that an operator configured.

use serde_json::{Map, Value};
use url::Url;

use crate::endpoint::Endpoint;

/// Parameters that this proxy alone decides. Neither the IdP's own URL nor the configuration may
/// set them.
const RESERVED: [&str; 11] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
];

/// Fixed parameters for every authorization request, e.g. `acr_values`, `claims` or `vtr`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixedParameters(Vec<(String, String)>);

/// What is wrong with the fixed parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FixedParametersError {
    /// Not a JSON object.
    #[error("must be a JSON object")]
    NotAnObject,
    /// A name that only the proxy may set.
    #[error("must not set {0:?}, which the proxy sets itself")]
    Reserved(&'static str),
    /// `null` says nothing.
    #[error("has a member without a value")]
    Null,
}

impl FixedParameters {
    /// Reads a JSON object. Strings are sent as they are, all other values as JSON, which is what
    /// `claims` (OpenID Connect Core section 5.5) and `vtr` want.
    ///
    /// # Errors
    /// See [`FixedParametersError`].
    pub fn parse(json: &str) -> Result<Self, FixedParametersError> {
        let members: Map<String, Value> =
            serde_json::from_str(json).map_err(|_| FixedParametersError::NotAnObject)?;
        members
            .into_iter()
            .map(|(name, value)| match (reserved(&name), value) {
                (Some(reserved), _) => Err(FixedParametersError::Reserved(reserved)),
                (None, Value::Null) => Err(FixedParametersError::Null),
                (None, Value::String(text)) => Ok((name, text)),
                (None, other) => Ok((name, other.to_string())),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }
}

/// Whether the query of the IdP's own authorization URL has a parameter that would stand twice in
/// the request.
#[must_use]
pub fn query_collides(endpoint: &Endpoint, fixed: &FixedParameters) -> bool {
    endpoint.url().query_pairs().any(|(name, _)| reserved(&name).is_some() || fixed.contains(&name))
}

/// Joins the endpoint's own query, the parameters of this request, and the fixed ones. What the
/// operator fixed, in either place, stands in for what the caller sent under the same name.
#[must_use]
pub fn build(endpoint: &Endpoint, parameters: &[(&str, &str)], fixed: &FixedParameters) -> Url {
    let in_query = |name: &str| endpoint.url().query_pairs().any(|(key, _)| key == name);
    let mut url = endpoint.url().clone();
    url.query_pairs_mut()
        .extend_pairs(parameters.iter().filter(|(name, _)| !fixed.contains(name) && !in_query(name)))
        .extend_pairs(&fixed.0);
    url
}

fn reserved(name: &str) -> Option<&'static str> {
    RESERVED.into_iter().find(|reserved| *reserved == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_with_a_query_of_its_own_keeps_it() {
        let endpoint = Endpoint::parse("https://idp.example/authorize?tenant=a%20b").unwrap();
        let url = build(&endpoint, &[("state", "x")], &FixedParameters::default());
        assert_eq!(url.as_str(), "https://idp.example/authorize?tenant=a%20b&state=x");
    }

    #[test]
    fn json_values_are_sent_as_json_and_strings_as_they_are() {
        let fixed = FixedParameters::parse(r#"{"acr_values":"a b","vtr":["P2.Cl.Cm"],"max_age":0}"#).unwrap();
        let endpoint = Endpoint::parse("https://idp.example/a").unwrap();
        let url = build(&endpoint, &[], &fixed);
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        pairs.sort();
        let expected = [("acr_values", "a b"), ("max_age", "0"), ("vtr", "[\"P2.Cl.Cm\"]")];
        assert_eq!(pairs, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_fixed_parameter_wins_over_the_callers() {
        let fixed = FixedParameters::parse(r#"{"prompt":"login"}"#).unwrap();
        let endpoint = Endpoint::parse("https://idp.example/a").unwrap();
        let url = build(&endpoint, &[("prompt", "none")], &fixed);
        assert_eq!(url.query(), Some("prompt=login"));
    }

    #[test]
    fn a_parameter_in_the_endpoints_query_wins_over_the_callers_and_is_configured_once() {
        let endpoint = Endpoint::parse("https://idp.example/a?prompt=login").unwrap();
        let url = build(&endpoint, &[("prompt", "none")], &FixedParameters::default());
        assert_eq!(url.query(), Some("prompt=login"));
        let fixed = FixedParameters::parse(r#"{"prompt":"consent"}"#).unwrap();
        assert!(query_collides(&endpoint, &fixed));
        assert!(!query_collides(&endpoint, &FixedParameters::default()));
    }

    #[test]
    fn what_the_proxy_sets_itself_cannot_be_configured() {
        for name in RESERVED {
            let parsed = FixedParameters::parse(&format!(r#"{{"{name}":"x"}}"#));
            assert_eq!(parsed, Err(FixedParametersError::Reserved(name)));
        }
        assert_eq!(FixedParameters::parse("[]"), Err(FixedParametersError::NotAnObject));
        assert_eq!(FixedParameters::parse(r#"{"a":null}"#), Err(FixedParametersError::Null));
        let endpoint = Endpoint::parse("https://idp.example/a?st%61te=1").unwrap();
        assert!(query_collides(&endpoint, &FixedParameters::default()));
    }
}
