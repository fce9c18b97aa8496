//! Our token request to the IdP (RFC 6749 section 4.1.3, RFC 7523 section 2.2, RFC 7636
//! section 4.5): these parameters and no others, whatever the caller sent.

use secrecy::{ExposeSecret as _, SecretString};
use url::form_urlencoded;

use crate::client_assertion::CLIENT_ASSERTION_TYPE;
use crate::endpoint::Endpoint;
use crate::pkce::CodeVerifier;

/// What is exchanged.
#[derive(Debug)]
pub struct CodeExchange<'a> {
    /// The IdP's code.
    pub code: &'a SecretString,
    /// The redirect URI that the authorization request named: ours with PKCE, Cognito's without.
    pub redirect_uri: &'a Endpoint,
    /// The client identifier, which some IdPs want beside the assertion.
    pub client_id: &'a str,
    /// The verifier, where the authorization request had a challenge.
    pub code_verifier: Option<&'a CodeVerifier>,
}

/// Writes the form, authenticated by `client_assertion`.
#[must_use]
pub fn form(exchange: &CodeExchange<'_>, client_assertion: &SecretString) -> SecretString {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", exchange.code.expose_secret())
        .append_pair("redirect_uri", exchange.redirect_uri.as_str())
        .append_pair("client_id", exchange.client_id)
        .append_pair("client_assertion_type", CLIENT_ASSERTION_TYPE)
        .append_pair("client_assertion", client_assertion.expose_secret());
    if let Some(verifier) = exchange.code_verifier {
        form.append_pair("code_verifier", verifier.expose());
    }
    form.finish().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_exactly_the_parameters_of_the_exchange() {
        let verifier = CodeVerifier::from_random(&[0; 32]);
        let redirect_uri = Endpoint::parse("https://proxy.example/callback").unwrap();
        let code = "a/+=".to_owned().into();
        let exchange = CodeExchange {
            code: &code,
            redirect_uri: &redirect_uri,
            client_id: "client",
            code_verifier: Some(&verifier),
        };
        let form = form(&exchange, &"x.y.z".to_owned().into());
        assert_eq!(
            form.expose_secret(),
            "grant_type=authorization_code&code=a%2F%2B%3D&redirect_uri=https%3A%2F%2Fproxy.example%2Fcallback\
             &client_id=client&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &client_assertion=x.y.z&code_verifier=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        );
    }
}
