//! A private key as a JWK (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), between OpenSSL's form
//! and the file's. What is private in it is wiped from memory when dropped, and shown nowhere.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcGroup, EcKey, EcPoint};
use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private};
use openssl::rsa::Rsa;
use protocol::SecretString;
use protocol::jwks::PRIVATE_MEMBERS;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::curve::Curve;

/// Why something is no usable private key. Nothing of its content is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not RSA, EC or an Edwards curve.
    #[error("is a key of a type that cannot sign client assertions; RSA, EC or Ed25519 is needed")]
    Type,
    /// Not a curve of the JOSE registry.
    #[error("is a key on a curve other than P-256, P-384, P-521, Ed25519 and Ed448")]
    Curve,
    /// Without `d`.
    #[error("holds only the public key; the private one is needed")]
    PublicOnly,
    /// A member is missing or isn't base64url.
    #[error(
        "is not a complete private JWK (RSA needs n, e, d, p, q, dp, dq, qi; EC crv, x, y, d; OKP crv, x, d)"
    )]
    Incomplete,
    /// Whole, but the numbers don't make a key.
    #[error(
        "has numbers that do not belong together: its private half is not the public one's, or it was damaged"
    )]
    Inconsistent,
    /// OpenSSL itself failed.
    #[error("could not be handled by OpenSSL")]
    OpenSsl,
}

impl From<ErrorStack> for KeyError {
    fn from(_: ErrorStack) -> Self {
        Self::OpenSsl
    }
}

/// A private JWK.
pub struct PrivateJwk {
    public: Map<String, Value>,
    private: Vec<(String, Zeroizing<String>)>,
}

impl PrivateJwk {
    /// Takes the members of a private JWK, whether or not they make a key.
    ///
    /// # Errors
    /// [`KeyError::PublicOnly`] without `d`, [`KeyError::Incomplete`] if a private member isn't text.
    pub fn from_members(members: Map<String, Value>) -> Result<Self, KeyError> {
        let mut jwk = Self { public: Map::new(), private: Vec::new() };
        let mut complete = true;
        for (name, value) in members {
            match value {
                Value::String(text) if PRIVATE_MEMBERS.contains(&name.as_str()) => {
                    jwk.private.push((name, Zeroizing::new(text)));
                }
                _ if PRIVATE_MEMBERS.contains(&name.as_str()) => complete = false,
                value => drop(jwk.public.insert(name, value)),
            }
        }
        match jwk.private("d") {
            _ if !complete => Err(KeyError::Incomplete),
            Some(_) => Ok(jwk),
            None => Err(KeyError::PublicOnly),
        }
    }

    /// Takes a key in OpenSSL's form.
    ///
    /// # Errors
    /// [`KeyError::Type`] and [`KeyError::Curve`] for keys that JOSE has no place for.
    pub fn from_pkey(key: &PKey<Private>) -> Result<Self, KeyError> {
        match key.id() {
            Id::RSA => rsa_members(&key.rsa()?),
            Id::EC => ec_members(&key.ec_key()?),
            Id::ED25519 => Ok(okp_members("Ed25519", &key.raw_public_key()?, key.raw_private_key()?)),
            Id::ED448 => Ok(okp_members("Ed448", &key.raw_public_key()?, key.raw_private_key()?)),
            _ => Err(KeyError::Type),
        }
    }

    /// The key in OpenSSL's form, after all its numbers were checked against each other.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn to_pkey(&self) -> Result<PKey<Private>, KeyError> {
        match self.text("kty") {
            Some("RSA") => self.to_rsa(),
            Some("EC") => self.to_ec(),
            Some("OKP") => self.to_okp(),
            _ => Err(KeyError::Type),
        }
    }

    /// All members that aren't private: `kid`, `alg`, the public numbers, the certificate.
    #[must_use]
    pub fn public(&self) -> &Map<String, Value> {
        &self.public
    }

    /// Sets a public member.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.public.insert(name.to_owned(), value.into());
    }

    /// A public member that is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.public.get(name).and_then(Value::as_str)
    }

    /// The private JWK as text, one member a line.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let public: Vec<(&str, String)> =
            self.public.iter().map(|(name, value)| (name.as_str(), value.to_string())).collect();
        let length: usize = public.iter().map(|(name, value)| name.len() + value.len() + 16).sum();
        let private: usize = self.private.iter().map(|(name, value)| name.len() + value.len() + 16).sum();
        // Growing would leave copies of the private members behind in memory.
        let mut json = Zeroizing::new(String::with_capacity(length + private + 16));
        json.push('{');
        for (index, (name, value)) in public.iter().enumerate() {
            json.push_str(if index == 0 { "\n  " } else { ",\n  " });
            json.push_str(&Value::from(*name).to_string());
            json.push_str(": ");
            json.push_str(value);
        }
        for (name, value) in &self.private {
            json.push_str(",\n  \"");
            json.push_str(name);
            json.push_str("\": \"");
            json.push_str(value);
            json.push('"');
        }
        json.push_str("\n}\n");
        json
    }

    /// The private JWK as the protocol core takes it.
    #[must_use]
    pub fn to_secret(&self) -> SecretString {
        self.to_json().as_str().into()
    }

    fn private(&self, name: &str) -> Option<&str> {
        self.private.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self.private(name).or_else(|| self.text(name)).ok_or(KeyError::Incomplete)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Incomplete)?;
        if bytes.is_empty() { Err(KeyError::Incomplete) } else { Ok(Zeroizing::new(bytes)) }
    }

    fn number(&self, name: &str) -> Result<BigNum, KeyError> {
        let bytes = self.bytes(name)?;
        Ok(BigNum::from_slice(&bytes)?)
    }

    fn to_rsa(&self) -> Result<PKey<Private>, KeyError> {
        let number = |name| self.number(name);
        let rsa = Rsa::from_private_components(
            number("n")?,
            number("e")?,
            number("d")?,
            number("p")?,
            number("q")?,
            number("dp")?,
            number("dq")?,
            number("qi")?,
        )
        .map_err(|_| KeyError::Inconsistent)?;
        match rsa.check_key() {
            Ok(true) => Ok(PKey::from_rsa(rsa)?),
            _ => Err(KeyError::Inconsistent),
        }
    }

    fn to_ec(&self) -> Result<PKey<Private>, KeyError> {
        let curve = self.text("crv").and_then(Curve::from_name).ok_or(KeyError::Curve)?;
        let group = EcGroup::from_curve_name(curve.nid())?;
        let (x, y, d) = (self.number("x")?, self.number("y")?, self.number("d")?);
        let mut point = EcPoint::new(&group)?;
        point
            .set_affine_coordinates(&group, &x, &y, &mut *BigNumContext::new()?)
            .map_err(|_| KeyError::Inconsistent)?;
        let key = EcKey::from_private_components(&group, &d, &point).map_err(|_| KeyError::Inconsistent)?;
        key.check_key().map_err(|_| KeyError::Inconsistent)?;
        Ok(PKey::from_ec_key(key)?)
    }

    fn to_okp(&self) -> Result<PKey<Private>, KeyError> {
        let id = match self.text("crv") {
            Some("Ed25519") => Id::ED25519,
            Some("Ed448") => Id::ED448,
            _ => return Err(KeyError::Curve),
        };
        let (public, private) = (self.bytes("x")?, self.bytes("d")?);
        let key = PKey::private_key_from_raw_bytes(&private, id).map_err(|_| KeyError::Inconsistent)?;
        if key.raw_public_key()? == *public { Ok(key) } else { Err(KeyError::Inconsistent) }
    }
}

/// Shows which key it is, and nothing of it.
impl fmt::Debug for PrivateJwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateJwk({:?}, {:?})", self.text("kty"), self.text("kid"))
    }
}

fn rsa_members(rsa: &Rsa<Private>) -> Result<PrivateJwk, KeyError> {
    let secret = |name: &str, number: Option<&BigNumRef>| {
        let number = number.ok_or(KeyError::Incomplete)?;
        Ok::<_, KeyError>((name.to_owned(), encode(number.to_vec())))
    };
    let public = [
        ("kty", Value::from("RSA")),
        ("n", URL_SAFE_NO_PAD.encode(rsa.n().to_vec()).into()),
        ("e", URL_SAFE_NO_PAD.encode(rsa.e().to_vec()).into()),
    ];
    let private = vec![
        secret("d", Some(rsa.d()))?,
        secret("p", rsa.p())?,
        secret("q", rsa.q())?,
        secret("dp", rsa.dmp1())?,
        secret("dq", rsa.dmq1())?,
        secret("qi", rsa.iqmp())?,
    ];
    Ok(PrivateJwk { public: named(public), private })
}

fn ec_members(key: &EcKey<Private>) -> Result<PrivateJwk, KeyError> {
    let nid = key.group().curve_name();
    let curve = Curve::ALL.into_iter().find(|curve| Some(curve.nid()) == nid).ok_or(KeyError::Curve)?;
    let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
    key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut *BigNumContext::new()?)?;
    let padded = |number: &BigNumRef| number.to_vec_padded(curve.length());
    let public = [
        ("kty", Value::from("EC")),
        ("crv", curve.name().into()),
        ("x", URL_SAFE_NO_PAD.encode(padded(&x)?).into()),
        ("y", URL_SAFE_NO_PAD.encode(padded(&y)?).into()),
    ];
    let private = vec![("d".to_owned(), encode(padded(key.private_key())?))];
    Ok(PrivateJwk { public: named(public), private })
}

fn okp_members(curve: &str, public: &[u8], private: Vec<u8>) -> PrivateJwk {
    let members =
        [("kty", Value::from("OKP")), ("crv", curve.into()), ("x", URL_SAFE_NO_PAD.encode(public).into())];
    PrivateJwk { public: named(members), private: vec![("d".to_owned(), encode(private))] }
}

fn named<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn encode(private: Vec<u8>) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(private)))
}

#[cfg(test)]
#[path = "private_jwk_tests.rs"]
mod tests;
