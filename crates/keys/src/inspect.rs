//! What there is to say of a key without its private part: what it is, how it is called, and what
//! is wrong with it.

use protocol::jwks::PublicJwkSet;
use protocol::signing_key::{Selection, SigningKey};
use protocol::time::UnixTime;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::certificate;
use crate::private_jwk::PrivateJwk;
use crate::public_key;
use crate::read_key::{self, ReadKeyError};
use crate::thumbprint::{certificate_thumbprint, jwk_thumbprint};

/// What is known of one key.
#[derive(Debug, Default)]
pub struct Report {
    /// `name` and `value`, to be shown.
    pub facts: Vec<(&'static str, String)>,
    /// What keeps the key from being used.
    pub problems: Vec<String>,
    /// The RFC 7638 thumbprint, by which two halves are known to belong together.
    pub thumbprint: Option<String>,
    /// Whether this is the private half.
    pub is_private: bool,
}

/// Looks at every key in `text`.
///
/// # Errors
/// [`ReadKeyError`] if there is none.
pub fn keys<E: std::fmt::Display>(
    text: &str,
    passphrase: impl FnOnce() -> Result<Zeroizing<String>, E>,
    now: UnixTime,
) -> Result<Vec<Report>, ReadKeyError> {
    if let Ok(Value::Object(object)) = serde_json::from_str(text) {
        return Ok(read_key::jwks_of(object).into_iter().map(|jwk| of_jwk(jwk, now)).collect());
    }
    let key = read_key::private_key(text, None, passphrase)?;
    let mut report = of_private(&key, now);
    report.problems = vec!["is not a JWK; import makes one of it".to_owned()];
    Ok(vec![report])
}

/// Whether one private and one public key belong together. `None` if it isn't one of each.
#[must_use]
pub fn halves(reports: &[Report]) -> Option<Result<&'static str, &'static str>> {
    let [first, second] = reports else {
        return None;
    };
    if first.is_private == second.is_private {
        return None;
    }
    let same_key = first.thumbprint.is_some() && first.thumbprint == second.thumbprint;
    let same_name = first.fact("kid") == second.fact("kid");
    Some(match (same_key, same_name) {
        (true, true) => Ok("The two halves match."),
        (true, false) => Err("The two halves match, but are called differently (kid)."),
        (false, _) => Err("The two halves do NOT match: the public key is another key's."),
    })
}

impl Report {
    fn fact(&self, name: &str) -> Option<&str> {
        self.facts.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }
}

fn of_jwk(members: Map<String, Value>, now: UnixTime) -> Report {
    if !members.contains_key("d") {
        return of_public(&members, now);
    }
    match PrivateJwk::from_members(members) {
        Ok(key) => of_private(&key, now),
        Err(error) => Report { problems: vec![error.to_string()], is_private: true, ..Report::default() },
    }
}

fn of_private(jwk: &PrivateJwk, now: UnixTime) -> Report {
    let mut report = described(jwk.public(), "private");
    report.is_private = true;
    match jwk.to_pkey() {
        Ok(key) => {
            report.facts.insert(1, ("size", format!("{} bits", key.bits())));
            report.facts.push(("halves", "match".to_owned()));
            report.problems.extend(certificate::check(jwk.public(), &key, now).err().map(|e| e.to_string()));
        }
        Err(error) => report.problems.push(error.to_string()),
    }
    // The proxy's own judgement; what makes it unusable altogether was said above.
    match SigningKey::parse(&jwk.to_secret(), &Selection::default()) {
        Err(error) if report.problems.is_empty() => report.problems.push(error.to_string()),
        _ => {}
    }
    report
}

fn of_public(jwk: &Map<String, Value>, now: UnixTime) -> Report {
    let mut report = described(jwk, "public");
    let alone = PublicJwkSet::from_keys(vec![jwk.clone()]);
    report.problems.extend(alone.err().map(|error| error.to_string()));
    if let Some(key) = public_key::to_pkey(jwk) {
        report.facts.insert(1, ("size", format!("{} bits", key.bits())));
        report.problems.extend(certificate::check(jwk, &key, now).err().map(|error| error.to_string()));
    } else if report.problems.is_empty() {
        report.problems.push("has numbers that make no key".to_owned());
    }
    report
}

fn described(jwk: &Map<String, Value>, half: &str) -> Report {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kind = match text("crv") {
        Some(curve) => format!("{half} {} key on {curve}", text("kty").unwrap_or("(no kty)")),
        None => format!("{half} {} key", text("kty").unwrap_or("(no kty)")),
    };
    let mut facts = vec![("type", kind)];
    for (name, member) in [("alg", "alg"), ("kid", "kid"), ("use", "use")] {
        facts.push((name, text(member).unwrap_or("(none)").to_owned()));
    }
    let thumbprint = jwk_thumbprint(jwk);
    facts.extend(thumbprint.clone().map(|thumbprint| ("thumbprint", thumbprint)));
    if let Some(certificate) = certificate::chain_of(jwk).ok().and_then(|chain| chain.into_iter().next()) {
        let thumbprint = certificate.to_der().map(|der| certificate_thumbprint(&der));
        facts.extend(thumbprint.ok().map(|thumbprint| ("x5t#S256", thumbprint)));
        facts.push(("certificate until", certificate.not_after().to_string()));
    } else {
        facts.extend(text("x5t#S256").map(|thumbprint| ("x5t#S256", thumbprint.to_owned())));
    }
    Report { facts, thumbprint, ..Report::default() }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
