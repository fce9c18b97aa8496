//! Asks the deployed proxy which key it signs with, the way Cognito would use it: a sign-in of its own
//! with a code that no IdP issued, led up to the token request and no further. The proxy then signs an
//! assertion, the IdP answers `invalid_grant`, and the answer names the key.

use std::collections::HashMap;

use protocol::{ExposeSecret as _, SecretString};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};
use serde::Deserialize;
use token::SIGNED_BY;
use url::Url;

use super::random::made_up;
use super::settings::Settings;

/// The proxy, seen from outside.
pub struct Proxy<'a> {
    /// A client that follows no redirect.
    pub http: &'a Client,
    /// The deployment's settings.
    pub settings: &'a Settings,
    /// Where its routes begin.
    pub url: &'a protocol::endpoint::Endpoint,
    /// What Cognito authenticates with.
    pub client_secret: &'a SecretString,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

impl Proxy<'_> {
    /// The `kid` of the key that signed, once the IdP has answered `invalid_grant` to it.
    ///
    /// # Errors
    /// What came instead, in words.
    pub async fn signed_by(&self) -> Result<String, String> {
        let made_up = made_up().map_err(|error| error.to_string())?;
        let code = match &self.settings.proxy_callback_url {
            Some(_) => self.code_of_the_proxy(&made_up).await?,
            None => made_up,
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("client_id", &self.settings.idp_client_id)
            .append_pair("client_secret", self.client_secret.expose_secret())
            .append_pair("redirect_uri", self.settings.cognito_redirect_uri.as_str())
            .append_pair("code", code.expose_secret());
        let request = self
            .http
            .post(self.route(&self.settings.routes.token)?)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish());
        let response = send(request, "/token").await?;
        let status = response.status();
        let kid = header(&response, SIGNED_BY);
        let body = response.bytes().await.unwrap_or_default();
        let error: Option<OAuthError> = serde_json::from_slice(&body).ok();
        match (kid, error) {
            (Some(kid), Some(OAuthError { error })) if error == "invalid_grant" => Ok(kid),
            (Some(kid), _) => Err(format!(
                "the proxy signed with {kid}, and answered {status} instead of invalid_grant: sign-ins may be \
                 failing; its log line has the cause"
            )),
            (None, _) => {
                Err(format!("the proxy answered {status} without signing; its log line has the cause"))
            }
        }
    }

    /// `/authorize` and `/callback`, as a browser goes through them, with the IdP left out.
    async fn code_of_the_proxy(&self, idp_code: &SecretString) -> Result<SecretString, String> {
        let mut authorize = self.route(&self.settings.routes.authorize)?;
        let state = made_up().map_err(|error| error.to_string())?;
        authorize
            .query_pairs_mut()
            .append_pair("client_id", &self.settings.idp_client_id)
            .append_pair("redirect_uri", self.settings.cognito_redirect_uri.as_str())
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("state", state.expose_secret());
        let response = send(self.http.get(authorize), "/authorize").await?;
        let cookies: Vec<&str> = response
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        let handle = redirected(&response, "/authorize")?.remove("state").unwrap_or_default();

        let mut callback = self.route(&self.settings.routes.callback)?;
        callback
            .query_pairs_mut()
            .append_pair("code", idp_code.expose_secret())
            .append_pair("state", &handle)
            .append_pair("iss", self.settings.idp_issuer_url.as_str());
        let request = self.http.get(callback).header(COOKIE, cookies.join("; "));
        let mut answer = redirected(&send(request, "/callback").await?, "/callback")?;
        answer.remove("code").map(Into::into).ok_or_else(|| "/callback answered without a code".to_owned())
    }

    fn route(&self, path: &str) -> Result<Url, String> {
        self.url.join(path).map(|url| url.url().clone()).map_err(|error| error.to_string())
    }
}

async fn send(request: reqwest::RequestBuilder, path: &str) -> Result<Response, String> {
    // The error's own words would repeat the URL with its query.
    request.send().await.map_err(|error| format!("{path} can't be reached: {}", error.without_url()))
}

/// The parameters of the URL that an answer sends the browser to.
fn redirected(response: &Response, path: &str) -> Result<HashMap<String, String>, String> {
    let location = header(response, LOCATION.as_str()).and_then(|location| Url::parse(&location).ok());
    let parameters: Option<HashMap<String, String>> =
        location.map(|location| location.query_pairs().into_owned().collect());
    match parameters {
        Some(parameters) if !parameters.contains_key("error") => Ok(parameters),
        _ => Err(format!("{path} answered {} instead of going on with the sign-in", response.status())),
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
