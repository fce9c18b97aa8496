//! URLs that secrets or codes are sent to: `https`, or `http` to a loopback host.

use std::fmt;

use url::{Host, Url};

/// An absolute URL with its text exactly as configured, since issuers and redirect URIs are
/// compared character by character (RFC 3986 section 6.2.1, RFC 9700 section 2.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    text: String,
    url: Url,
}

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It can't be parsed as an absolute URL.
    #[error("is not an absolute URL")]
    NotAUrl,
    /// A space, a control character, a backslash or anything but ASCII, which a lenient reader of
    /// URLs would drop or change, while the text is compared and sent as it stands.
    #[error("must be printable ASCII without spaces and backslashes")]
    Character,
    /// It is neither `https` nor `http` to a loopback host.
    #[error("must start with https:// (http:// only to a loopback host)")]
    NotHttps,
    /// It carries a user name or a password.
    #[error("must not contain a user name or password")]
    UserInfo,
    /// It has a fragment, which RFC 6749 section 3.1 and 3.2 forbid.
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// It has a query where none is allowed (OpenID Connect Discovery section 2: issuer).
    #[error("must not contain a query (?)")]
    Query,
    /// A path that doesn't begin with a slash.
    #[error("must start with / and contain neither ? nor #")]
    NotAPath,
}

impl Endpoint {
    /// Reads an endpoint URL.
    ///
    /// # Errors
    /// See [`EndpointError`].
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(EndpointError::Character);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(EndpointError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// Reads an issuer identifier: an endpoint URL without a query.
    ///
    /// # Errors
    /// See [`EndpointError`].
    pub fn parse_issuer(text: &str) -> Result<Self, EndpointError> {
        let issuer = Self::parse(text)?;
        if issuer.url.query().is_some() {
            return Err(EndpointError::Query);
        }
        Ok(issuer)
    }

    /// The endpoint at `path` below this issuer. An issuer's own path is kept: Keycloak's realms
    /// and Okta's custom authorization servers live there.
    ///
    /// # Errors
    /// [`EndpointError::NotAPath`] if `path` doesn't begin with `/`, or has a query or fragment.
    pub fn join(&self, path: &str) -> Result<Self, EndpointError> {
        if !path.starts_with('/') || path.contains(['?', '#']) {
            return Err(EndpointError::NotAPath);
        }
        Self::parse(&format!("{}{path}", self.text.trim_end_matches('/')))
    }

    /// The text exactly as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// RFC 6761 section 6.3 reserves `localhost` and all names below it for loopback.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_for_loopback_hosts_only() {
        for text in ["http://localhost:1/a", "http://idp.localhost/", "http://127.0.0.9/", "http://[::1]:8/"]
        {
            assert!(Endpoint::parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://example.com/",
            "http://localhost.example.com/",
            "http://evillocalhost/",
            "http://10.0.0.1/",
            "ftp://localhost/",
        ] {
            assert_eq!(Endpoint::parse(text), Err(EndpointError::NotHttps), "{text}");
        }
    }

    #[test]
    fn user_information_and_fragments_are_refused() {
        assert_eq!(Endpoint::parse("https://a:b@example.com/"), Err(EndpointError::UserInfo));
        assert_eq!(Endpoint::parse("https://example.com/#x"), Err(EndpointError::Fragment));
        assert_eq!(Endpoint::parse("example.com"), Err(EndpointError::NotAUrl));
    }

    #[test]
    fn what_a_lenient_reader_would_repair_is_refused() {
        for text in [
            "https://idp.example\n",
            " https://idp.example",
            "https://idp.example/a b",
            "https:\\\\idp.example",
            "https://idp.ex\u{e4}mple",
        ] {
            assert_eq!(Endpoint::parse(text), Err(EndpointError::Character), "{text:?}");
        }
        let issuer = Endpoint::parse_issuer("https://idp.example").unwrap();
        assert_eq!(issuer.join("/token\n"), Err(EndpointError::Character));
    }

    #[test]
    fn a_path_is_appended_to_the_issuers_own_path() {
        for (issuer, path, expected) in [
            (
                "https://kc.example/realms/a",
                "/protocol/openid-connect/token",
                "https://kc.example/realms/a/protocol/openid-connect/token",
            ),
            (
                "https://x.okta.example/oauth2/default",
                "/v1/token",
                "https://x.okta.example/oauth2/default/v1/token",
            ),
            ("https://t.auth0.example/", "/oauth/token", "https://t.auth0.example/oauth/token"),
        ] {
            let joined = Endpoint::parse_issuer(issuer).unwrap().join(path).unwrap();
            assert_eq!(joined.as_str(), expected);
        }
    }

    #[test]
    fn a_path_is_only_a_path() {
        let issuer = Endpoint::parse_issuer("https://idp.example").unwrap();
        for path in ["", "token", "@evil.example/", "/token?a=b", "/token#a", "https://evil.example"] {
            assert_eq!(issuer.join(path), Err(EndpointError::NotAPath), "{path}");
        }
    }

    #[test]
    fn the_issuer_keeps_its_exact_text() {
        let issuer = Endpoint::parse_issuer("https://IdP.example").unwrap();
        assert_eq!(issuer.as_str(), "https://IdP.example");
        assert_eq!(Endpoint::parse_issuer("https://idp.example/?a"), Err(EndpointError::Query));
    }
}
