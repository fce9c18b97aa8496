//! The environment of `/token`.

use std::time::Duration;

use adapters::deployment::DeploymentSettings;
use adapters::settings::{Lookup, Reader, SettingsError, boolean, identifier, number};
use adapters::transaction_store::settings::TransactionStoreSettings;
use protocol::certificate_header::CertificateHeader;
use protocol::client_assertion::{self, AssertionType};
use protocol::endpoint::Endpoint;
use protocol::signing_key::{Algorithm, Selection};

/// All settings of `/token`.
#[derive(Debug)]
pub struct Settings {
    /// The client identifier, the same towards Cognito and the IdP.
    pub idp_client_id: String,
    /// The IdP's token endpoint.
    pub idp_token_endpoint: Endpoint,
    /// The issuer identifier of the IdP.
    pub idp_issuer_url: Endpoint,
    /// How long a connection to the IdP may take.
    pub idp_connect_timeout: Duration,
    /// How long the whole token request to the IdP may take.
    pub idp_timeout: Duration,
    /// `https://<domain>/oauth2/idpresponse`.
    pub cognito_redirect_uri: Endpoint,
    /// With PKCE: what `/authorize` and `/callback` do. Without: the code passes as it is.
    pub pkce: Option<Pkce>,
    /// Name or ARN of the secret that Cognito authenticates with.
    pub cognito_client_secret_id: String,
    /// Name or ARN of the secret with the private JWK.
    pub signing_key_secret_id: String,
    /// Which key of a set, and which algorithm.
    pub signing_key_selection: Selection,
    /// What the client assertion says.
    pub client_assertion: client_assertion::Settings,
    /// How old a secret may get before it is fetched again.
    pub secrets_max_age: Duration,
}

/// What `/token` must know when `/authorize` and `/callback` are deployed.
#[derive(Debug)]
pub struct Pkce {
    /// The URL of `/callback`, registered at the IdP.
    pub proxy_callback_url: Endpoint,
    /// For the transaction store.
    pub store: TransactionStoreSettings,
}

impl Settings {
    /// Reads the environment through `lookup`.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem there is.
    pub fn read(lookup: &Lookup<'_>) -> Result<Self, SettingsError> {
        let mut read = Reader::new(lookup);
        let deployment = DeploymentSettings::read(&mut read);
        let idp_token_endpoint =
            read.endpoint("IDP_TOKEN_ENDPOINT", "IDP_TOKEN_PATH", deployment.idp_issuer_url.as_ref());
        let idp_connect_timeout = idp_connect_timeout(&mut read);
        let idp_timeout = idp_timeout(&mut read);
        let pkce = match read.or_default("PKCE", true, boolean) {
            Some(true) => Pkce::read(&mut read, &deployment).map(Some),
            Some(false) => Some(None),
            None => None,
        };
        let cognito_client_secret_id = read.required("COGNITO_CLIENT_SECRET_ID", identifier);
        let signing_key_secret_id = read.required("SIGNING_KEY_SECRET_ID", identifier);
        let signing_key_selection = signing_key_selection(&mut read);
        let client_assertion = client_assertion_settings(
            &mut read,
            deployment.idp_client_id.as_deref(),
            deployment.idp_issuer_url.as_ref(),
            idp_token_endpoint.as_ref(),
        );
        let settings = || {
            Some(Self {
                idp_client_id: deployment.idp_client_id?,
                idp_token_endpoint: idp_token_endpoint?,
                idp_issuer_url: deployment.idp_issuer_url?,
                idp_connect_timeout: idp_connect_timeout?,
                idp_timeout: idp_timeout?,
                cognito_redirect_uri: deployment.cognito_redirect_uri?,
                pkce: pkce?,
                cognito_client_secret_id: cognito_client_secret_id?,
                signing_key_secret_id: signing_key_secret_id?,
                signing_key_selection: signing_key_selection?,
                client_assertion: client_assertion?,
                secrets_max_age: deployment.secrets_max_age?,
            })
        };
        read.finish(settings())
    }
}

impl Pkce {
    fn read(read: &mut Reader<'_>, deployment: &DeploymentSettings) -> Option<Self> {
        let proxy_callback_url = read.required("PROXY_CALLBACK_URL", Endpoint::parse);
        let store = TransactionStoreSettings::read(read, deployment);
        Some(Self { proxy_callback_url: proxy_callback_url?, store: store? })
    }
}

/// Reads `IDP_CONNECT_TIMEOUT_MS`: how long a connection to the IdP may take.
pub fn idp_connect_timeout(read: &mut Reader<'_>) -> Option<Duration> {
    read.or_default("IDP_CONNECT_TIMEOUT_MS", 2000, number(250, 10_000)).map(Duration::from_millis)
}

/// Reads `IDP_TIMEOUT_MS`: how long one token request to the IdP may take.
pub fn idp_timeout(read: &mut Reader<'_>) -> Option<Duration> {
    read.or_default("IDP_TIMEOUT_MS", 8000, number(250, 10_000)).map(Duration::from_millis)
}

/// Reads which key signs, and how: `SIGNING_KEY_KID`, `CLIENT_ASSERTION_ALG` and
/// `CLIENT_ASSERTION_CERTIFICATE_HEADER`.
pub fn signing_key_selection(read: &mut Reader<'_>) -> Option<Selection> {
    let kid = read.optional("SIGNING_KEY_KID", |text| Ok::<_, &str>(text.to_owned()));
    let algorithm = read.optional("CLIENT_ASSERTION_ALG", algorithm);
    let certificate_header =
        read.or_default("CLIENT_ASSERTION_CERTIFICATE_HEADER", CertificateHeader::None, certificate_header);
    Some(Selection { kid: kid?, algorithm: algorithm?, certificate_header: certificate_header? })
}

/// Reads what the assertion says: the other settings whose names begin with `CLIENT_ASSERTION`.
pub fn client_assertion_settings(
    read: &mut Reader<'_>,
    idp_client_id: Option<&str>,
    idp_issuer_url: Option<&Endpoint>,
    idp_token_endpoint: Option<&Endpoint>,
) -> Option<client_assertion::Settings> {
    let audience = read.or_default("CLIENT_ASSERTION_AUDIENCE", "issuer".to_owned(), identifier);
    let typ = read.optional("CLIENT_ASSERTION_TYP", |text| {
        [AssertionType::ClientAuthentication, AssertionType::Jwt]
            .into_iter()
            .find(|typ| typ.as_str() == text)
            .ok_or("must be client-authentication+jwt or JWT")
    });
    let lifetime = read.or_default("CLIENT_ASSERTION_LIFETIME_SECONDS", 60, number(10, 600));
    let (audience, default_typ) = match audience?.as_str() {
        "issuer" => (idp_issuer_url?.as_str().to_owned(), AssertionType::ClientAuthentication),
        "token_endpoint" => (idp_token_endpoint?.as_str().to_owned(), AssertionType::Jwt),
        literal => (literal.to_owned(), AssertionType::Jwt),
    };
    Some(client_assertion::Settings {
        idp_client_id: idp_client_id?.to_owned(),
        audience,
        typ: typ?.unwrap_or(default_typ),
        lifetime: Duration::from_secs(lifetime?),
    })
}

fn certificate_header(text: &str) -> Result<CertificateHeader, &'static str> {
    CertificateHeader::ALL
        .into_iter()
        .find(|header| header.as_str() == text)
        .ok_or("must be none, x5t#S256 or x5c")
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::parse(name)
        .ok_or_else(|| format!("must be one of {}", Algorithm::ALL.map(Algorithm::as_str).join(", ")))
}
