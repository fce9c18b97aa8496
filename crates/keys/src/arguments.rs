//! The command line's grammar. No private key is ever an argument: other users of a machine can see
//! those.

#![expect(clippy::doc_markdown, reason = "the words are shown at a terminal, which knows no Markdown")]

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};
use protocol::algorithm::Algorithm;

use crate::rotation::procedure::Register;

/// Makes, imports, inspects, publishes and replaces the signing key of the sign-in proxy.
#[derive(Debug, Parser)]
#[command(name = "keys", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key pair: private_key.json for Secrets Manager, public_key.json for the identity provider
    Keygen(Keygen),
    /// Make the same two files of a key that you have: PEM, JWK or JWK Set
    Import(Import),
    /// Say what keys are, and what is wrong with them; never their private part
    Inspect(Inspect),
    /// Add a public key to the set that /jwks.json publishes
    Publish(Publish),
    /// Remove a public key from the set that /jwks.json publishes
    Withdraw(Withdraw),
    /// Replace the signing key without an outage; run it again to go on where it stopped
    Rotate(Box<Rotate>),
}

/// Where keys are written, and in which forms.
#[derive(Debug, Args)]
pub struct Output {
    /// The folder to write to; it must not be in version control
    #[arg(long, value_name = "FOLDER", default_value = "local")]
    pub out: PathBuf,
    /// Overwrite files that are there; a private key that is overwritten is gone
    #[arg(long)]
    pub force: bool,
    /// Write public_key.pem as well, for identity providers that register PEM
    #[arg(long)]
    pub pem: bool,
    /// Make a self-signed certificate, for identity providers that register one (certificate.pem, x5c)
    #[arg(long)]
    pub cert: bool,
    /// How many days the certificate is valid
    #[arg(long, requires = "cert", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// How a key is called and used.
#[derive(Debug, Args)]
pub struct Name {
    /// The key's name (kid); without it, its RFC 7638 thumbprint
    #[arg(long, value_parser = kid, allow_hyphen_values = true)]
    pub kid: Option<String>,
}

/// `keygen`
#[derive(Debug, Args)]
pub struct Keygen {
    /// The signature algorithm, as the identity provider documents it
    #[arg(long, default_value = "RS256", value_parser = algorithm())]
    pub alg: Algorithm,
    /// The size of an RSA key
    #[arg(long, value_parser = clap::value_parser!(u32).range(2048..=8192))]
    pub bits: Option<u32>,
    /// Its name.
    #[command(flatten)]
    pub name: Name,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
}

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// The file with the private key, or - for standard input; an encrypted one is asked the passphrase for
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The signature algorithm; without it, the key's own, or RS256, ES256-512 or EdDSA by its kind
    #[arg(long, value_parser = algorithm())]
    pub alg: Option<Algorithm>,
    /// Its name.
    #[command(flatten)]
    pub name: Name,
    /// Of a JWK Set: the kid of the key to import
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    pub select: Option<String>,
    /// The key's certificate, or its chain, as PEM, where you were given one
    #[arg(long, value_name = "FILE", conflicts_with = "cert")]
    pub certificate: Option<PathBuf>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
}

/// `inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// JWK, JWK Set or PEM files
    #[arg(value_name = "FILE", default_values = ["local/private_key.json", "local/public_key.json"])]
    pub files: Vec<PathBuf>,
}

/// Whose AWS account, and where.
#[derive(Debug, Args)]
pub struct Aws {
    /// The profile in AWS's configuration files; without it, AWS_PROFILE or the usual credentials
    #[arg(long)]
    pub profile: Option<String>,
    /// The AWS region; without it, AWS_REGION or the profile's
    #[arg(long)]
    pub region: Option<String>,
}

/// `publish`
#[derive(Debug, Args)]
pub struct Publish {
    /// The public key
    #[arg(value_name = "FILE", default_value = "local/public_key.json")]
    pub file: PathBuf,
    /// The secret with the published keys
    #[arg(long, value_name = "NAME_OR_ARN")]
    pub jwks_secret_id: String,
    /// Where that is.
    #[command(flatten)]
    pub aws: Aws,
}

/// `withdraw`
#[derive(Debug, Args)]
pub struct Withdraw {
    /// The name of the key to remove
    #[arg(long, allow_hyphen_values = true)]
    pub kid: String,
    /// The secret with the published keys
    #[arg(long, value_name = "NAME_OR_ARN")]
    pub jwks_secret_id: String,
    /// Where that is.
    #[command(flatten)]
    pub aws: Aws,
}

/// `rotate`
#[derive(Debug, Args)]
#[command(after_help = ROTATE_HELP)]
pub struct Rotate {
    /// Look at everything, change nothing, and say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// The folder for the new key and for what is remembered between runs
    #[arg(long, value_name = "FOLDER", default_value = "local")]
    pub out: PathBuf,
    /// A JSON file with the deployment's settings [default: cdk.context.json, if it is there]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Where the secrets are.
    #[command(flatten)]
    pub aws: Aws,
    /// Settings that the file doesn't have.
    #[command(flatten)]
    pub overrides: Overrides,
    /// The new key's algorithm; without it, the old one's
    #[arg(long, value_parser = algorithm())]
    pub alg: Option<Algorithm>,
    /// The size of a new RSA key
    #[arg(long, default_value_t = 3072, value_parser = clap::value_parser!(u32).range(2048..=8192))]
    pub bits: u32,
    /// The new key's name.
    #[command(flatten)]
    pub name: Name,
    /// Make a self-signed certificate, even if the old key has none
    #[arg(long)]
    pub cert: bool,
    /// How many days the certificate is valid
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// What the identity provider registers, where it doesn't fetch the keys
    #[arg(long, value_enum, default_value = "jwk")]
    pub register: Register,
    /// How many seconds to wait for others before giving up until the next run
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    pub wait: Duration,
    /// How many seconds between two questions while waiting
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub interval: Duration,
    /// How many hours to keep the old public key after the switch; 0 if the old key has leaked
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u64).range(0..=720))]
    pub keep_old_hours: u64,
    /// Go on although the identity provider's answers can't prove that it accepts the new key
    #[arg(long)]
    pub unproven: bool,
}

/// Settings that a deployment knows and its context file doesn't. Each has the name of its variable.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings, instead of those in the file or the environment")]
pub struct Overrides {
    /// The secret with the private signing key
    #[arg(long, value_name = "NAME_OR_ARN")]
    pub signing_key_secret_id: Option<String>,
    /// The secret with the published keys, where the identity provider fetches them
    #[arg(long, value_name = "NAME_OR_ARN")]
    pub jwks_secret_id: Option<String>,
    /// The secret that Cognito authenticates with; needed to see the proxy sign
    #[arg(long, value_name = "NAME_OR_ARN")]
    pub cognito_client_secret_id: Option<String>,
    /// Where Cognito receives codes
    #[arg(long, value_name = "URL")]
    pub cognito_redirect_uri: Option<String>,
    /// Where the proxy's routes begin, with the stage
    #[arg(long, value_name = "URL")]
    pub proxy_url: Option<String>,
    /// Where the published keys are [default: /jwks.json below the proxy's URL]
    #[arg(long, value_name = "URL")]
    pub jwks_url: Option<String>,
}

impl Overrides {
    /// The value for a variable, if it was given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        match name {
            "SIGNING_KEY_SECRET_ID" => self.signing_key_secret_id.clone(),
            "JWKS_SECRET_ID" => self.jwks_secret_id.clone(),
            "COGNITO_CLIENT_SECRET_ID" => self.cognito_client_secret_id.clone(),
            "COGNITO_REDIRECT_URI" => self.cognito_redirect_uri.clone(),
            "PROXY_URL" => self.proxy_url.clone(),
            "JWKS_URL" => self.jwks_url.clone(),
            _ => None,
        }
    }
}

const ROTATE_HELP: &str = "\
The settings are the Lambdas' own (docs/configuration.md), looked for in these options, in
environment variables, and in the file, in this order.

It ends with 0 when the rotation is complete or nothing is to be done for now, with 75 when
it waits for somebody else, and with 1 when something is wrong. Whichever it is, sign-ins go
on, and the next run goes on where this one stopped. docs/keys.md has the whole procedure.";

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or("must be a number of seconds")
}

fn algorithm() -> impl clap::builder::TypedValueParser<Value = Algorithm> {
    PossibleValuesParser::new(Algorithm::ALL.map(Algorithm::as_str))
        .try_map(|name| Algorithm::parse(&name).ok_or("not an algorithm"))
}

/// What every IdP takes, and no shell or log can misread.
fn kid(text: &str) -> Result<String, &'static str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    if (1..=128).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 128 letters, digits and - . _ ~ :")
    }
}
