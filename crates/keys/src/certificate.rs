//! Certificates for IdPs that register one (X.509, RFC 5280): self-signed ones, and what a JWK says of
//! the one it has (`x5c`, `x5t#S256`; RFC 7517 sections 4.7 and 4.9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPublic, Id, PKey, PKeyRef, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectKeyIdentifier};
use openssl::x509::{X509, X509Builder, X509NameBuilder};
use protocol::time::UnixTime;
use serde_json::{Map, Value};

use crate::private_jwk::PrivateJwk;
use crate::thumbprint::certificate_thumbprint;

/// The most that RFC 5280 appendix A.1 allows for a common name.
const COMMON_NAME_MAX_LENGTH: usize = 64;

const SECONDS_PER_DAY: u64 = 86_400;

/// What is wrong with a key's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// `x5c` isn't a list of certificates.
    #[error("has an x5c that is not a list of certificates in base64")]
    Unreadable,
    /// It is somebody else's.
    #[error("has a certificate for another key")]
    OtherKey,
    /// Its thumbprint is stale.
    #[error("has an x5t#S256 other than its certificate's")]
    Thumbprint,
    /// Its time is over, or not yet come.
    #[error("has a certificate that is not valid at this time")]
    Expired,
    /// OpenSSL itself failed.
    #[error("has a certificate that OpenSSL could not handle")]
    OpenSsl,
}

impl From<ErrorStack> for CertificateError {
    fn from(_: ErrorStack) -> Self {
        Self::OpenSsl
    }
}

/// Makes a certificate for the key, signed by the key itself, valid for `days` from `now`.
///
/// # Errors
/// If OpenSSL fails.
pub fn self_signed(key: &PKey<Private>, name: &str, days: u32, now: UnixTime) -> Result<X509, ErrorStack> {
    let mut subject = X509NameBuilder::new()?;
    let common_name: String = name.chars().take(COMMON_NAME_MAX_LENGTH).collect();
    subject.append_entry_by_text("CN", &common_name)?;
    let subject = subject.build();

    let mut serial = BigNum::new()?;
    serial.rand(127, MsbOption::MAYBE_ZERO, false)?;
    let end = now.0.saturating_add(u64::from(days) * SECONDS_PER_DAY);

    let mut builder = X509Builder::new()?;
    builder.set_version(2)?; // which is X.509 version 3
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&subject)?;
    builder.set_issuer_name(&subject)?;
    builder.set_not_before(&*time(now)?)?;
    builder.set_not_after(&*time(UnixTime(end))?)?;
    builder.set_pubkey(key)?;
    builder.append_extension(BasicConstraints::new().critical().build()?)?;
    builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(identifier)?;
    builder.sign(key, digest(key))?;
    Ok(builder.build())
}

/// Puts a certificate, or the chain that begins with it, into the JWK.
///
/// # Errors
/// [`CertificateError::OtherKey`] if it isn't the key's own.
pub fn attach(jwk: &mut PrivateJwk, key: &PKeyRef<Private>, chain: &[X509]) -> Result<(), CertificateError> {
    let first = chain.first().ok_or(CertificateError::Unreadable)?;
    if !first.public_key()?.public_eq(key) {
        return Err(CertificateError::OtherKey);
    }
    let ders = chain.iter().map(|certificate| certificate.to_der());
    let ders = ders.collect::<Result<Vec<_>, _>>()?;
    let x5c: Vec<Value> = ders.iter().map(|der| STANDARD.encode(der).into()).collect();
    jwk.set("x5t#S256", certificate_thumbprint(&first.to_der()?));
    jwk.set("x5c", x5c);
    Ok(())
}

/// The certificates that a JWK holds, its own first.
///
/// # Errors
/// [`CertificateError::Unreadable`]
pub fn chain_of(jwk: &Map<String, Value>) -> Result<Vec<X509>, CertificateError> {
    let Some(x5c) = jwk.get("x5c") else {
        return Ok(Vec::new());
    };
    let certificates = x5c.as_array().filter(|list| !list.is_empty()).ok_or(CertificateError::Unreadable)?;
    let read = |text: &Value| X509::from_der(&STANDARD.decode(text.as_str()?).ok()?).ok();
    certificates.iter().map(read).collect::<Option<_>>().ok_or(CertificateError::Unreadable)
}

/// Checks that the certificate that a JWK holds is its own, and valid now.
///
/// # Errors
/// See [`CertificateError`].
pub fn check<T: HasPublic>(
    jwk: &Map<String, Value>,
    key: &PKeyRef<T>,
    now: UnixTime,
) -> Result<(), CertificateError> {
    let chain = chain_of(jwk)?;
    let Some(own) = chain.first() else {
        return Ok(());
    };
    if !own.public_key()?.public_eq(key) {
        return Err(CertificateError::OtherKey);
    }
    let thumbprint = certificate_thumbprint(&own.to_der()?);
    if jwk.get("x5t#S256").is_some_and(|named| *named != thumbprint) {
        return Err(CertificateError::Thumbprint);
    }
    let now = time(now)?;
    if *own.not_before() > *now || *own.not_after() < *now {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

/// A time as certificates write it, which people can read, too.
///
/// # Errors
/// If OpenSSL fails.
pub fn time(time: UnixTime) -> Result<Asn1Time, ErrorStack> {
    Asn1Time::from_unix(time.0.try_into().unwrap_or(i64::MAX))
}

/// Edwards curves hash by themselves (RFC 8410).
fn digest(key: &PKey<Private>) -> MessageDigest {
    match (key.id(), key.bits()) {
        (Id::ED25519 | Id::ED448, _) => MessageDigest::null(),
        (Id::EC, 384) => MessageDigest::sha384(),
        (Id::EC, 521) => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    }
}
