//! An IdP that can't be reached, is slow, breaks off, or isn't who it should be.

use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use battery::idp::{Behaviour, Idp, json};
use battery::proxy::{Proxy, Response, authorize_query, cookie_pair, encode, parameters, token_form, tokens};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

async fn asked(proxy: &Proxy) -> Response {
    let sign_in = proxy.sign_in("idp-code-4711").await;
    proxy.token(&token_form(&sign_in.code, &[])).await
}

#[tokio::test]
async fn a_refused_connection_is_a_503_and_the_code_is_still_good() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = Proxy::with(&[("IDP_TOKEN_ENDPOINT", &format!("http://127.0.0.1:{port}/token"))]).await;
    let response = asked(&proxy).await;
    response.assert_oauth_error(503, "temporarily_unavailable");
    assert_eq!(response.log["cause"], "idp_no_connection");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_503() {
    let proxy = Proxy::with(&[
        ("IDP_TOKEN_ENDPOINT", "https://idp.invalid/token"),
        ("IDP_CONNECT_TIMEOUT_MS", "5000"),
    ])
    .await;
    let response = asked(&proxy).await;
    assert!(matches!(response.status, 503 | 504), "{}", response.log);
    response.assert_oauth_error(response.status, "temporarily_unavailable");
}

#[tokio::test]
async fn an_idp_that_hangs_or_drips_is_a_504_at_our_own_deadline_and_is_asked_once() {
    let proxy = Proxy::with(&[("IDP_TIMEOUT_MS", "300")]).await;
    for behaviour in [Behaviour::Hang, Behaviour::Drip] {
        let asked_before = proxy.idp.seen().len();
        proxy.idp.behave(behaviour);
        let started = Instant::now();
        let response = asked(&proxy).await;
        assert!(started.elapsed() < Duration::from_secs(3));
        response.assert_oauth_error(504, "temporarily_unavailable");
        assert_eq!(response.log["cause"], "idp_timeout");
        assert_eq!(proxy.idp.seen().len(), asked_before + 1);
    }
    proxy.genuine_sign_in().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_502_and_is_asked_for_once() {
    let proxy = Proxy::start().await;
    proxy.idp.behave(Behaviour::CloseMidway);
    let response = asked(&proxy).await;
    response.assert_oauth_error(502, "server_error");
    assert_eq!(response.log["cause"], "idp_broken_answer");
    assert_eq!(proxy.idp.seen().len(), 1);
    proxy.genuine_sign_in().await;
}

/// A certificate for `name` by an authority of its own, whose certificate is in the file `ca`.
struct Certificate {
    ca: tempfile::NamedTempFile,
    config: Arc<ServerConfig>,
}

fn certificate(name: &str, valid: bool) -> Certificate {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if !valid {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let certificate = params.signed_by(&key, &ca).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(ca.pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    Certificate { ca: file, config: Arc::new(config) }
}

fn https_idp(certificate: &Certificate) -> Idp {
    let config = Arc::clone(&certificate.config);
    Idp::serve(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).ok()?;
        connection.complete_io(&mut stream).ok()?;
        Some(Box::new(StreamOwned::new(connection, stream)))
    })
}

async fn proxy_to(idp: &Idp, ca: Option<&Certificate>) -> Proxy {
    let endpoint = format!("https://localhost:{}/token", idp.port());
    let ca = ca.map(|certificate| certificate.ca.path().to_str().unwrap().to_owned()).unwrap_or_default();
    Proxy::with(&[("IDP_TOKEN_ENDPOINT", &endpoint), ("SSL_CERT_FILE", &ca)]).await
}

#[tokio::test]
async fn an_untrusted_expired_or_foreign_certificate_is_a_502_and_nothing_is_sent() {
    let right = certificate("localhost", true);
    let expired = certificate("localhost", false);
    let foreign = certificate("other.example", true);
    for (served, trusted) in
        [(&right, None), (&right, Some(&foreign)), (&expired, Some(&expired)), (&foreign, Some(&foreign))]
    {
        let idp = https_idp(served);
        let response = asked(&proxy_to(&idp, trusted).await).await;
        response.assert_oauth_error(502, "server_error");
        assert_eq!(response.log["cause"], "idp_tls");
        assert!(idp.seen().is_empty(), "no byte of the request was sent");
    }
}

#[tokio::test]
async fn a_private_ca_in_ssl_cert_file_is_trusted() {
    let certificate = certificate("localhost", true);
    let idp = https_idp(&certificate);
    let proxy = proxy_to(&idp, Some(&certificate)).await;
    let sign_in = proxy.sign_in("c").await;
    idp.behave(json("200 OK", &tokens(&sign_in.nonce)));
    let response = proxy.token(&token_form(&sign_in.code, &[])).await;
    assert_eq!(response.status, 200, "{}", response.log);
    assert_eq!(idp.seen().len(), 1);
}

/// A proxy whose issuer is where its token endpoint is, and which tells what the IdP was asked.
async fn at_its_issuer(idp: &Idp) -> Proxy {
    let issuer = format!("http://127.0.0.1:{}/realms/a", idp.port());
    let endpoint = format!("{issuer}/token");
    Proxy::with(&[("IDP_ISSUER_URL", &issuer), ("IDP_TOKEN_ENDPOINT", &endpoint)]).await
}

#[tokio::test]
async fn a_start_opens_the_connection_that_the_first_token_request_uses() {
    let idp = Idp::start();
    idp.behave(json("200 OK", "{}"));
    let proxy = at_its_issuer(&idp).await;
    assert!(idp.seen()[0].head.starts_with("GET /realms/a/.well-known/openid-configuration HTTP/1.1\r\n"));
    assert_eq!((idp.seen().len(), idp.connections()), (1, 1));
    let begun = proxy.authorize(&authorize_query(&[]), &[]).await;
    let sent = parameters(&begun.headers["location"]);
    let query =
        encode(&[("code", "c"), ("state", &sent["state"]), ("iss", &proxy.environment["IDP_ISSUER_URL"])]);
    let back = proxy.callback(&query, &[cookie_pair(&begun.cookies[0])]).await;
    idp.behave(json("200 OK", &tokens(&sent["nonce"])));
    let form = token_form(&parameters(&back.headers["location"])["code"], &[]);
    assert_eq!(proxy.token(&form).await.status, 200);
    assert_eq!((idp.seen().len(), idp.connections()), (2, 1));
}

#[tokio::test]
async fn a_start_waits_for_a_silent_idp_a_second_and_then_goes_on() {
    let idp = Idp::start();
    for behaviour in [Behaviour::Hang, Behaviour::Drip] {
        idp.behave(behaviour);
        let started = Instant::now();
        let proxy = at_its_issuer(&idp).await;
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(proxy.authorize(&authorize_query(&[]), &[]).await.status, 302);
    }
}

#[tokio::test]
async fn a_start_asks_no_other_host_than_the_token_endpoints() {
    let idp = Idp::start();
    let issuer = format!("http://127.0.0.1:{}", idp.port());
    Proxy::with(&[("IDP_ISSUER_URL", &issuer)]).await;
    assert_eq!(idp.connections(), 0);
}
