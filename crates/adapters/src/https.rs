//! The one HTTPS client of a Lambda. AWS and the IdP are both called through it, so there is one
//! TLS stack, one set of roots to parse, and one connection pool to keep warm.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use lambda_http::http;
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::settings::Lookup;

/// Shorter than the idle time-outs of load balancers (60 s and more), so that a connection that the
/// other side has closed isn't used again.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a start waits for a connection that it opens early. Whoever is slower is met by the first request.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// The client can't be built.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// `SSL_CERT_FILE` can't be used.
    #[error("SSL_CERT_FILE must name a readable PEM file with at least one CA certificate")]
    CertFile,
    /// The TLS library refused its configuration.
    #[error("the TLS library refused its configuration")]
    Tls(#[from] rustls::Error),
    /// The HTTP library refused its configuration.
    #[error("the HTTP library refused its configuration")]
    Client(#[from] reqwest::Error),
}

/// Builds the client. It never follows a redirect, never retries, never reads proxy settings from
/// the environment, and trusts Mozilla's public roots, or instead of them the CAs in the PEM file
/// that `SSL_CERT_FILE` names.
///
/// # Errors
/// See [`HttpsError`].
pub fn client(connect_timeout: Duration, lookup: &Lookup<'_>) -> Result<reqwest::Client, HttpsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(lookup("SSL_CERT_FILE").filter(|path| !path.is_empty()))?)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("cognito-oidc-proxy/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .build()?)
}

fn roots(ssl_cert_file: Option<String>) -> Result<RootCertStore, HttpsError> {
    let Some(path) = ssl_cert_file else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|_| HttpsError::CertFile)? {
        let certificate = certificate.map_err(|_| HttpsError::CertFile)?;
        store.add(certificate).map_err(|_| HttpsError::CertFile)?;
    }
    if store.is_empty() { Err(HttpsError::CertFile) } else { Ok(store) }
}

/// The client as the transport of the AWS SDK.
#[derive(Debug, Clone)]
pub struct AwsTransport(pub reqwest::Client);

impl HttpClient for AwsTransport {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for AwsTransport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let response = client.execute(to_reqwest(request)?).await.map_err(connector_error)?;
            let status = response.status();
            let headers = response.headers().clone();
            let body = response.bytes().await.map_err(connector_error)?;
            let mut response =
                HttpResponse::new(status.as_u16().try_into().map_err(other)?, SdkBody::from(body));
            for (name, value) in &headers {
                let value = value.to_str().map_err(other)?;
                response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
            }
            Ok(response)
        })
    }
}

fn to_reqwest(request: HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(other)?;
    let (parts, body) = request.into_parts();
    // Every body that our few operations send is in memory.
    let body = body.bytes().map(<[u8]>::to_vec).unwrap_or_default();
    let request = http::Request::from_parts(parts, body);
    reqwest::Request::try_from(request).map_err(other)
}

fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}

fn other<E: std::error::Error + Send + Sync + 'static>(error: E) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cas_of_the_file_stand_instead_of_the_public_roots() {
        assert!(roots(None).unwrap().len() > 100);
        let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/src/https_test_ca.pem").to_owned();
        assert_eq!(roots(Some(certificate)).unwrap().len(), 1);
    }

    #[test]
    fn a_certificate_file_that_cannot_be_used_is_refused() {
        for path in ["/nowhere.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            let client = client(Duration::from_secs(1), &|_| Some(path.to_owned()));
            assert!(matches!(client, Err(HttpsError::CertFile)), "{path}");
        }
    }
}
