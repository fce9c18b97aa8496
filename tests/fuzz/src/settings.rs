//! Two deployments: a plain one, and one whose IdP has an authorization URL with a query, whose
//! operator fixed parameters, and whose URLs must be short.

use protocol::authorization_url::FixedParameters;
use protocol::authorize::{self, Entropy};
use protocol::callback::{self, IssPolicy};
use protocol::endpoint::Endpoint;
use protocol::pkce::CodeVerifier;
use protocol::transaction::{Handle, TRANSACTION_LIFETIME, Transaction};

use crate::NOW;

/// The client identifier.
pub const CLIENT_ID: &str = "client-1";
/// Where Cognito takes the browser back.
pub const COGNITO: &str = "https://pool.example/oauth2/idpresponse";
/// Where the IdP sends the browser back.
pub const CALLBACK: &str = "https://proxy.example/callback";
/// Who the IdP says it is.
pub const ISSUER: &str = "https://idp.example";

/// Reads a URL of these settings.
///
/// # Panics
/// If the URL isn't one.
#[must_use]
pub fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text).expect("a good URL")
}

/// Both deployments of `/authorize`.
///
/// # Panics
/// If one of them is broken.
#[must_use]
pub fn authorize() -> [authorize::Settings; 2] {
    let plain = authorize::Settings {
        idp_client_id: CLIENT_ID.to_owned(),
        idp_authorization_endpoint: endpoint("https://idp.example/authorize"),
        idp_scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
        idp_authorization_parameters: FixedParameters::default(),
        idp_authorization_url_max_length: 1 << 20,
        cognito_redirect_uri: endpoint(COGNITO),
        proxy_callback_url: endpoint(CALLBACK),
    };
    let fixed = r#"{"prompt":"login","claims":{"id_token":{"acr":null}}}"#;
    let special = authorize::Settings {
        idp_authorization_endpoint: endpoint("https://idp.example/a?tenant=a%20b&ui_locales=de"),
        idp_authorization_parameters: FixedParameters::parse(fixed).expect("good parameters"),
        idp_authorization_url_max_length: 1024,
        ..plain.clone()
    };
    [plain, special]
}

/// `/callback` with the given rule for `iss`.
#[must_use]
pub fn callback(iss: IssPolicy) -> callback::Settings {
    callback::Settings {
        idp_issuer_url: endpoint(ISSUER),
        idp_authorization_response_iss: iss,
        cognito_redirect_uri: endpoint(COGNITO),
    }
}

/// What the random source said.
pub const ENTROPY: Entropy = Entropy { handle: [0xa5; 32], code_verifier: [0x5a; 32], nonce: [0x3c; 32] };

/// A sign-in under way.
#[must_use]
pub fn transaction(cognito_state: &str, nonce: &str) -> Transaction {
    Transaction {
        handle: Handle::from_random(&ENTROPY.handle),
        cognito_state: cognito_state.to_owned().into(),
        code_verifier: CodeVerifier::from_random(&ENTROPY.code_verifier),
        nonce: nonce.to_owned().into(),
        expires_at: NOW.after(TRANSACTION_LIFETIME),
    }
}
