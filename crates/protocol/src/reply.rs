//! What the proxy answers, as data. The adapters turn it into an HTTP response.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::oauth_error::OAuthError;

/// An HTTP answer. Every constructor sets the headers that keep answers out of frames and referrers,
/// and all but the one for public keys those that keep them out of caches (RFC 6749 section 5.1,
/// RFC 9700 section 4.2.4 and 4.16).
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Values of `Set-Cookie` header fields.
    pub cookies: Vec<String>,
    /// The body, empty for redirects.
    pub body: String,
}

/// Nothing on the page may load, run, frame or post anything.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

impl Reply {
    /// A redirect of the browser (302, as RFC 6749 shows it).
    #[must_use]
    pub fn redirect(location: String) -> Self {
        let mut reply = Self::new(302, String::new());
        reply.headers.push(("location", location));
        reply
    }

    /// The static page for a request that can't be continued. It reflects nothing of the request;
    /// `request_id` is the Lambda service's own, by which an operator finds the log line.
    #[must_use]
    pub fn page(status: u16, request_id: &str) -> Self {
        let id: String =
            request_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
        let mut reply = Self::new(status, include_str!("page.html").replace("{request_id}", &id));
        reply.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
        reply.headers.push(("content-security-policy", CONTENT_SECURITY_POLICY.to_owned()));
        reply.headers.push(("x-frame-options", "DENY".to_owned()));
        reply
    }

    /// A JSON body, as the token endpoint sends it (RFC 6749 section 5.1 and 5.2).
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        let mut reply = Self::new(status, body);
        reply.headers.push(("content-type", "application/json".to_owned()));
        reply
    }

    /// JSON that is for everyone, and may be kept for a while. 304 goes without a body and its type.
    #[must_use]
    pub(crate) fn public_json(status: u16, body: &str, etag: &str, max_age: Duration) -> Self {
        let mut reply = Self::new(status, body.to_owned());
        reply.headers.retain(|(name, _)| !matches!(*name, "cache-control" | "pragma"));
        reply.headers.push(("cache-control", format!("public, max-age={}", max_age.as_secs())));
        reply.headers.push(("etag", etag.to_owned()));
        if !body.is_empty() {
            reply.headers.push(("content-type", "application/json".to_owned()));
        }
        reply
    }

    /// An error response of the token endpoint (RFC 6749 section 5.2).
    #[must_use]
    pub fn oauth_error(status: u16, error: &OAuthError) -> Self {
        let members = [
            ("error", Some(&error.error)),
            ("error_description", error.description.as_ref()),
            ("error_uri", error.uri.as_ref()),
        ];
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value?.as_str())));
        Self::json(status, members.collect::<Value>().to_string())
    }

    fn new(status: u16, body: String) -> Self {
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("pragma", "no-cache".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("strict-transport-security", "max-age=63072000".to_owned()),
        ];
        Self { status, headers, cookies: Vec::new(), body }
    }
}

/// Shows the status only: locations, cookies and bodies carry codes and tokens.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_request_id_can_become_markup() {
        let reply = Reply::page(400, "<script>alert(1)</script>");
        assert!(!reply.body.contains("<script"));
        assert!(reply.body.contains("scriptalert1script"));
    }

    #[test]
    fn a_page_may_load_run_frame_and_post_nothing() {
        let reply = Reply::page(400, "id");
        let header =
            |name| reply.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        assert!(header("content-security-policy").unwrap().starts_with("default-src 'none'; "));
        assert_eq!(header("x-frame-options"), Some("DENY"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("pragma"), Some("no-cache"));
        assert!(header("strict-transport-security").unwrap().starts_with("max-age="));
    }

    #[test]
    fn no_answer_may_be_stored() {
        for reply in [
            Reply::page(400, "id"),
            Reply::redirect("https://a.example".into()),
            Reply::json(200, "{}".to_owned()),
        ] {
            assert!(reply.headers.contains(&("cache-control", "no-store".to_owned())));
        }
    }
}
