//! `publish` and `withdraw`: one key into, or out of, the set that `/jwks.json` publishes.

use std::error::Error;

use serde_json::{Map, Value};

use crate::arguments::{Publish, Withdraw};
use crate::folder;
use crate::rotation::published;
use crate::rotation::secrets::Secrets;

pub(super) async fn publish(arguments: &Publish) -> Result<(), Box<dyn Error>> {
    let file = arguments.file.display();
    let text = folder::read(&arguments.file)?.text;
    let key: Map<String, Value> = serde_json::from_str(&text).map_err(|_| format!("{file}: is not a JWK"))?;
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
