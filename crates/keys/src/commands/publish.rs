//! `publish` and `withdraw`: one key into, or out of, the set that `/jwks.json` publishes.

use std::error::Error;

use serde_json::{Map, Value};

use crate::arguments::{Publish, Withdraw};
use crate::rotation::published;
use crate::rotation::secrets::Secrets;
use crate::{folder, public_key};

pub(super) async fn publish(arguments: &Publish) -> Result<(), Box<dyn Error>> {
    let file = arguments.file.display();
    let text = folder::read(&arguments.file)?.text;
    let key: Map<String, Value> = serde_json::from_str(&text).map_err(|_| format!("{file}: is not a JWK"))?;
    // A key that makes no sense may have the IdP refuse the whole set. Private ones get their own words.
    if !key.contains_key("d") && public_key::to_pkey(&key).is_none() {
        return Err(format!("{file}: not published: is not a public key").into());
    }
    let kid = key.get("kid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let secrets = connect(&arguments.aws).await?;
    let changed = published::change(&secrets, &arguments.jwks_secret_id, &[key], &[])
        .await
        .map_err(|error| format!("{file}: not published: {error}"))?;
    println!("{kid} {}", if changed { "is in the published set now" } else { "was in the published set" });
    Ok(())
}

pub(super) async fn withdraw(arguments: &Withdraw) -> Result<(), Box<dyn Error>> {
    let kid = arguments.kid.as_str();
    let secrets = connect(&arguments.aws).await?;
    let changed = published::change(&secrets, &arguments.jwks_secret_id, &[], &[kid]).await?;
    println!(
        "{kid} {}",
        if changed { "is out of the published set now" } else { "was not in the published set" }
    );
    Ok(())
}

async fn connect(aws: &crate::arguments::Aws) -> Result<Secrets, Box<dyn Error>> {
    Ok(Secrets::connect(aws.profile.as_deref(), aws.region.as_deref()).await?)
}
