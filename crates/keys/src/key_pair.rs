//! A key pair ready for use: complete, checked the way the proxy will check it, and written to the
//! files that operators know.

use std::fmt;

use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use protocol::algorithm::Algorithm;
use protocol::signing_key::{Selection, SigningKey, SigningKeyError};
use serde_json::{Map, Value};

use crate::certificate::{self, CertificateError};
use crate::folder::{FileError, Folder, NewFile};
use crate::private_jwk::{KeyError, PrivateJwk};
use crate::thumbprint::jwk_thumbprint;

/// The private JWK, for Secrets Manager.
pub const PRIVATE_KEY: &str = "private_key.json";
/// The public JWK, for the IdP.
pub const PUBLIC_KEY: &str = "public_key.json";
/// The public key as PEM, for IdPs that register that.
pub const PUBLIC_KEY_PEM: &str = "public_key.pem";
/// The certificate, for IdPs that register that.
pub const CERTIFICATE: &str = "certificate.pem";

/// Why a pair can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The key itself.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The proxy wouldn't take it.
    #[error(transparent)]
    Refused(#[from] SigningKeyError),
    /// Its certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// How the key shall be called and used, where it doesn't say so itself or shall say otherwise.
#[derive(Debug, Clone, Default)]
pub struct Naming {
    /// The algorithm.
    pub algorithm: Option<Algorithm>,
    /// The `kid`.
    pub kid: Option<String>,
}

/// A complete pair.
pub struct KeyPair {
    private: PrivateJwk,
    key: PKey<Private>,
}

impl KeyPair {
    /// Completes and checks a private key. Without a name, `kid` is the one it has, or its RFC 7638
    /// thumbprint; `alg` the one it has, or the usual one of its kind.
    ///
    /// # Errors
    /// See [`PairError`].
    pub fn complete(mut given: PrivateJwk, naming: &Naming) -> Result<Self, PairError> {
        let key = given.to_pkey()?;
        let mut private = PrivateJwk::from_pkey(&key)?;
        if naming.algorithm.is_some() || given.text("alg").is_none() {
            given.set("alg", naming.algorithm.or_else(|| usual_algorithm(&private)).map(Algorithm::as_str));
        }
        if naming.kid.is_some() || given.text("kid").is_none_or(str::is_empty) {
            given.set("kid", naming.kid.clone().or_else(|| jwk_thumbprint(private.public())));
        }
        // What it was meant for counts, so it is judged with all its members.
        SigningKey::parse(&given.to_secret(), &Selection::default())?;
        for name in ["kid", "alg"] {
            private.set(name, given.text(name));
        }
        private.set("use", "sig");
        let chain = certificate::chain_of(given.public())?;
        match given.text("x5t#S256") {
            _ if !chain.is_empty() => certificate::attach(&mut private, &key, &chain)?,
            Some(thumbprint) => private.set("x5t#S256", thumbprint),
            None => {}
        }
        Ok(Self { private, key })
    }

    /// Puts the certificate, or its chain, into the JWKs.
    ///
    /// # Errors
    /// [`CertificateError::OtherKey`] if it isn't the key's own.
    pub fn attach(&mut self, chain: &[X509]) -> Result<(), CertificateError> {
        certificate::attach(&mut self.private, &self.key, chain)
    }

    /// The private half.
    #[must_use]
    pub fn private(&self) -> &PrivateJwk {
        &self.private
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &Map<String, Value> {
        self.private.public()
    }

    /// The name of the pair.
    #[must_use]
    pub fn kid(&self) -> &str {
        self.private.text("kid").unwrap_or_default()
    }

    /// The key in OpenSSL's form.
    #[must_use]
    pub fn key(&self) -> &PKey<Private> {
        &self.key
    }

    /// The public key as PEM (RFC 7468 section 13).
    ///
    /// # Errors
    /// If OpenSSL fails.
    pub fn public_pem(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.public_key_to_pem()?)
    }

    /// The certificate, or its chain, as PEM (RFC 7468 section 5); `None` without one.
    ///
    /// # Errors
    /// If OpenSSL fails.
    pub fn certificate_pem(&self) -> Result<Option<Vec<u8>>, CertificateError> {
        let chain = certificate::chain_of(self.public())?;
        let pems = chain.iter().map(|certificate| certificate.to_pem());
        let pem = pems.collect::<Result<Vec<_>, _>>()?.concat();
        Ok((!pem.is_empty()).then_some(pem))
    }

    /// Writes the pair; each file's name gets `prefix`. Returns the names.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn write(
        &self,
        folder: &Folder,
        prefix: &str,
        pem: Option<&[u8]>,
        certificate: Option<&[u8]>,
        overwrite: bool,
    ) -> Result<Vec<String>, FileError> {
        let private = self.private.to_json();
        let public = public_json(self.public());
        let files: Vec<(String, &[u8], bool)> = [
            (PRIVATE_KEY, Some(private.as_bytes()), true),
            (PUBLIC_KEY, Some(public.as_bytes()), false),
            (PUBLIC_KEY_PEM, pem, false),
            (CERTIFICATE, certificate, false),
        ]
        .into_iter()
        .filter_map(|(name, content, private)| Some((format!("{prefix}{name}"), content?, private)))
        .collect();
        let new: Vec<NewFile<'_>> = files
            .iter()
            .map(|(name, content, private)| NewFile { name, content, private: *private })
            .collect();
        // What stays of another pair would be registered or uploaded by mistake.
        let all =
            [PRIVATE_KEY, PUBLIC_KEY, PUBLIC_KEY_PEM, CERTIFICATE].map(|name| format!("{prefix}{name}"));
        all.iter().try_for_each(|name| folder.check_place(name, overwrite))?;
        folder.write(&new, overwrite)?;
        let stale = all.iter().filter(|name| files.iter().all(|(written, ..)| written != *name));
        stale.into_iter().try_for_each(|name| folder.remove(name))?;
        Ok(files.into_iter().map(|(name, ..)| name).collect())
    }
}

/// Names the pair, and shows nothing of it.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({:?})", self.private)
    }
}

/// A public JWK as text, one member a line.
#[must_use]
pub fn public_json(jwk: &Map<String, Value>) -> String {
    let members: Vec<String> =
        jwk.iter().map(|(name, value)| format!("  {}: {value}", Value::from(name.as_str()))).collect();
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

/// What most IdPs expect of a key of this kind.
fn usual_algorithm(jwk: &PrivateJwk) -> Option<Algorithm> {
    let fits = |algorithm: &Algorithm| {
        Some(algorithm.key_type()) == jwk.text("kty") && algorithm.fits_curve(jwk.text("crv"))
    };
    Algorithm::ALL.into_iter().find(fits)
}
