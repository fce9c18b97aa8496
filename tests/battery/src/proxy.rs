//! A proxy for one test: the three real handlers with an environment of their own. When it is
//! dropped, everything that was logged is searched for every secret of its sign-ins.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use adapters::lambda::{Handler, respond};
use adapters::system;
use authorize::Authorize;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callback::Callback;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use protocol::time::UnixTime;
use serde_json::{Value, json};
use token::Token;
use url::Url;

use crate::event::Http;
use crate::idp::{self, Idp, Seen};
use crate::{aws, log};

pub const CLIENT_ID: &str = "client-at-the-idp";
pub const CLIENT_SECRET: &str = "client-secret=&%+\u{e9} of Cognito";
pub const ISSUER: &str = "https://idp.example/realms/a";
pub const COGNITO_REDIRECT_URI: &str = "https://pool.example/oauth2/idpresponse";
pub const CALLBACK_URL: &str = "https://proxy.example/v1/callback";
pub const COGNITO_STATE: &str = "H4sIAAAAAAAAAE2Quwnd-state_-.H4sIAAAAAAAAAB.4";

/// The environment of one test: variable to value.
pub type Environment = HashMap<String, String>;

pub struct Proxy {
    pub authorize: Authorize,
    pub callback: Callback,
    pub token: Token,
    pub idp: Idp,
    pub environment: Environment,
    pub now: UnixTime,
    secrets: Mutex<BTreeSet<String>>,
    /// How many of the IdP's requests were searched for secrets.
    searched: AtomicUsize,
}

/// A response, with the log line that was written for it.
pub struct Response {
    pub status: i64,
    pub headers: HashMap<String, String>,
    pub cookies: Vec<String>,
    pub body: String,
    pub log: Value,
}

/// A sign-in whose `code` Cognito holds.
pub struct SignIn {
    /// The IdP's state of this sign-in.
    pub state: String,
    pub nonce: String,
    pub cookies: Vec<String>,
    /// The code for Cognito.
    pub code: String,
}

/// A private ES256 key as an operator uploads it.
pub fn signing_key(kid: &str) -> Value {
    let mut jwk = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    jwk.set_key_id(kid);
    jwk.set_algorithm("ES256");
    Value::Object(jwk.as_ref().clone())
}

/// A token endpoint's answer with this nonce in the ID token. The signature is Cognito's to check.
pub fn tokens(nonce: &str) -> String {
    let payload = URL_SAFE_NO_PAD.encode(json!({"iss": ISSUER, "sub": "user", "nonce": nonce}).to_string());
    json!({
        "access_token": "access-token-of-the-idp",
        "id_token": format!("eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJlLW9mLXRoZS1pZHA"),
        "token_type": "Bearer",
        "expires_in": 3600
    })
    .to_string()
}

/// The name and value of a cookie from its `Set-Cookie` value.
pub fn cookie_pair(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

/// The parameters of a URL's query.
pub fn parameters(location: &str) -> HashMap<String, String> {
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// `name=value` pairs, form-encoded.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Cognito's authorization request, in Cognito's order, with these parameters replaced or added.
pub fn authorize_query(changes: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("client_id", CLIENT_ID),
        ("redirect_uri", COGNITO_REDIRECT_URI),
        ("scope", "openid email"),
        ("response_type", "code"),
        ("state", COGNITO_STATE),
    ];
    change(&mut pairs, changes);
    encode(&pairs)
}

/// Cognito's token request for `code`, with these parameters replaced or added.
pub fn token_form(code: &str, changes: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", COGNITO_REDIRECT_URI),
        ("client_secret", CLIENT_SECRET),
        ("code", code),
    ];
    change(&mut pairs, changes);
    encode(&pairs)
}

fn change<'a>(pairs: &mut Vec<(&'a str, &'a str)>, changes: &[(&'a str, &'a str)]) {
    for (name, value) in changes {
        match pairs.iter_mut().find(|(key, _)| key == name) {
            Some(pair) => pair.1 = value,
            None => pairs.push((name, value)),
        }
    }
}

impl Proxy {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts with a transaction store by its name.
    pub async fn with_store(store: &str) -> Self {
        Self::with(&[("TRANSACTION_STORE", store)]).await
    }

    /// Starts with these variables replaced or added.
    pub async fn with(changes: &[(&str, &str)]) -> Self {
        log::record();
        let idp = Idp::start();
        let key = signing_key("k1");
        let mut environment = environment(&idp);
        let secret = "transaction-secret-0123456789abcdef";
        for (name, text) in [
            ("TRANSACTION_SECRET_ID", secret.to_owned()),
            ("COGNITO_CLIENT_SECRET_ID", CLIENT_SECRET.to_owned()),
            ("SIGNING_KEY_SECRET_ID", key.to_string()),
        ] {
            environment.insert(name.to_owned(), aws::create_secret(&text).await);
        }
        environment.insert("TRANSACTION_TABLE_NAME".to_owned(), aws::transaction_table().await);
        environment.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let secrets = [secret, CLIENT_SECRET, COGNITO_STATE, key["d"].as_str().unwrap()];
        Self::from_parts(idp, environment, secrets.map(str::to_owned).into()).await
    }

    /// The same proxy, so many seconds later.
    #[must_use]
    pub fn later(mut self, seconds: u64) -> Self {
        self.now = UnixTime(self.now.0 + seconds);
        self
    }

    /// The same proxy with another environment for `/token` alone.
    pub async fn with_token_environment(mut self, environment: Environment) -> Self {
        self.token = Token::start(&|name| environment.get(name).cloned()).await.unwrap();
        self
    }

    /// Another instance of the three Lambdas, cold, with the same environment.
    pub async fn another_instance(&self) -> Self {
        Self::from_parts(Idp::start(), self.environment.clone(), BTreeSet::new()).await
    }

    async fn from_parts(idp: Idp, environment: Environment, secrets: BTreeSet<String>) -> Self {
        let lookup = |name: &str| environment.get(name).cloned();
        Self {
            authorize: Authorize::start(&lookup).await.unwrap(),
            callback: Callback::start(&lookup).await.unwrap(),
            token: Token::start(&lookup).await.unwrap(),
            idp,
            now: system::now(),
            secrets: Mutex::new(secrets),
            searched: AtomicUsize::new(0),
            environment,
        }
    }

    pub async fn authorize(&self, query: &str, cookies: &[String]) -> Response {
        self.authorize_http(&Http::get(query, cookies)).await
    }

    pub async fn authorize_http(&self, http: &Http) -> Response {
        self.authorize_at("/authorize", http).await
    }

    /// Asks `/authorize` under another spelling of its path.
    pub async fn authorize_at(&self, path: &str, http: &Http) -> Response {
        let response = self.respond(&self.authorize, path, http).await;
        if let Some(location) = response.headers.get("location") {
            let parameters = parameters(location);
            self.remember(["state", "nonce"].into_iter().filter_map(|name| parameters.get(name)));
        }
        response
    }

    pub async fn callback(&self, query: &str, cookies: &[String]) -> Response {
        let response = self.respond(&self.callback, "/callback", &Http::get(query, cookies)).await;
        if let Some(location) = response.headers.get("location") {
            self.remember(parameters(location).get("code"));
        }
        response
    }

    pub async fn token(&self, form: &str) -> Response {
        self.token_http(&Http::post(form)).await
    }

    pub async fn token_http(&self, http: &Http) -> Response {
        let response = self.respond(&self.token, "/token", http).await;
        self.remember(
            http.body.iter().chain(
                http.headers.iter().filter(|(name, _)| *name == "authorization").map(|(_, value)| value),
            ),
        );
        if let Ok(serde_json::Value::Object(members)) = serde_json::from_str(&response.body) {
            let tokens =
                ["access_token", "id_token"].into_iter().filter_map(|name| members.get(name)?.as_str());
            self.remember(tokens.map(str::to_owned).collect::<Vec<_>>().iter());
        }
        let first = self.searched.load(Ordering::SeqCst);
        for seen in self.idp.seen_after(first) {
            self.searched.fetch_add(1, Ordering::SeqCst);
            let secret = ["code", "code_verifier", "client_assertion"].map(|name| seen.parameter(name));
            self.remember(secret.iter());
        }
        response
    }

    /// The first two legs, up to the code that Cognito gets.
    pub async fn sign_in(&self, idp_code: &str) -> SignIn {
        let response = self.authorize(&authorize_query(&[]), &[]).await;
        let sent = parameters(&response.headers["location"]);
        let cookies: Vec<String> = response.cookies.iter().map(|cookie| cookie_pair(cookie)).collect();
        let query = encode(&[("code", idp_code), ("state", &sent["state"]), ("iss", ISSUER)]);
        let response = self.callback(&query, &cookies).await;
        let back = parameters(&response.headers["location"]);
        assert_eq!(back["state"], COGNITO_STATE);
        SignIn {
            state: sent["state"].clone(),
            nonce: sent["nonce"].clone(),
            cookies,
            code: back["code"].clone(),
        }
    }

    /// A whole sign-in that must succeed, which shows that nothing was lost before.
    pub async fn genuine_sign_in(&self) -> Seen {
        let sign_in = self.sign_in("idp-code-of-a-genuine-sign-in").await;
        self.idp.behave(idp::json("200 OK", &tokens(&sign_in.nonce)));
        let response = self.token(&token_form(&sign_in.code, &[])).await;
        assert_eq!(response.status, 200, "{}", response.log);
        self.idp.seen().last().unwrap().clone()
    }

    async fn respond<H: Handler>(&self, handler: &H, path: &str, http: &Http) -> Response {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let request_id = format!("request-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let response = respond(handler, http.event(path), &request_id, self.now).await;
        self.remember(response.cookies.iter().map(|cookie| cookie_pair(cookie)).collect::<Vec<_>>().iter());
        let log = log::line_of(&request_id);
        for field in ["route", "outcome", "cause"] {
            assert!(log[field].is_string(), "the log line has no {field}: {log}");
        }
        assert_eq!(log["Requests"], 1, "each request is counted: {log}");
        Response::new(response, log)
    }

    fn remember<'a>(&self, secrets: impl IntoIterator<Item = &'a String>) {
        let long_enough = secrets.into_iter().filter(|secret| secret.len() >= 8);
        self.secrets.lock().unwrap().extend(long_enough.cloned());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let secrets = self.secrets.lock().unwrap();
            let count = log::leaked(secrets.iter()).len();
            assert_eq!(count, 0, "{count} of {} secrets were logged", secrets.len());
        }
    }
}

impl Response {
    fn new(response: ApiGatewayV2httpResponse, log: Value) -> Self {
        let headers = response
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = response.body.map(|body| String::from_utf8(body.to_vec()).unwrap()).unwrap_or_default();
        Self { status: response.status_code, headers, cookies: response.cookies, body, log }
    }

    /// The static page: no redirect, no cookie, nothing of the request.
    pub fn assert_page(&self, status: i64) {
        assert_eq!(self.status, status, "{}", self.log);
        assert!(self.body.contains("can't continue") && self.body.contains("request-"));
        assert!(!self.headers.contains_key("location") && self.cookies.is_empty());
        self.assert_not_stored();
    }

    /// Back to Cognito with this error and Cognito's own state.
    pub fn assert_back(&self, error: &str) -> HashMap<String, String> {
        assert_eq!(self.status, 302, "{}", self.log);
        let location = &self.headers["location"];
        assert!(location.starts_with(&format!("{COGNITO_REDIRECT_URI}?")));
        let parameters = parameters(location);
        assert_eq!(parameters["error"], error);
        assert_eq!(parameters["state"], COGNITO_STATE);
        assert!(!parameters.contains_key("code"));
        self.assert_not_stored();
        parameters
    }

    /// An OAuth error in JSON.
    pub fn assert_oauth_error(&self, status: i64, error: &str) {
        assert_eq!((self.status, self.json()["error"].as_str()), (status, Some(error)), "{}", self.log);
        assert_eq!(self.headers["content-type"], "application/json");
        self.assert_not_stored();
    }

    pub fn assert_not_stored(&self) {
        assert_eq!(self.headers["cache-control"], "no-store");
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn environment(idp: &Idp) -> Environment {
    [
        ("AWS_REGION", aws::REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", aws::endpoint()),
        ("IDP_CLIENT_ID", CLIENT_ID),
        ("IDP_ISSUER_URL", ISSUER),
        ("IDP_AUTH_PATH", "/authorize"),
        ("IDP_TOKEN_ENDPOINT", &format!("http://127.0.0.1:{}/token", idp.port())),
        ("IDP_SCOPES", "openid email profile"),
        ("IDP_AUTHORIZATION_RESPONSE_ISS", "required"),
        ("COGNITO_REDIRECT_URI", COGNITO_REDIRECT_URI),
        ("PROXY_CALLBACK_URL", CALLBACK_URL),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}
