//! `keygen` and `import`: two ways to the same two files.

use std::error::Error;
use std::path::Path;

use adapters::system;
use openssl::x509::X509;
use protocol::algorithm::Algorithm;

use super::passphrase;
use crate::arguments::{Import, Keygen, Output};
use crate::certificate;
use crate::folder::{self, Folder};
use crate::generate::generate;
use crate::key_pair::{KeyPair, Naming, PRIVATE_KEY, PUBLIC_KEY};
use crate::private_jwk::PrivateJwk;
use crate::read_key;

/// NIST SP 800-57 part 1 takes 3072 bits for enough beyond 2030.
const RSA_BITS: u32 = 3072;

pub(super) fn keygen(arguments: &Keygen) -> Result<(), Box<dyn Error>> {
    if arguments.bits.is_some() && arguments.alg.key_type() != "RSA" {
        return Err(format!("--bits is for RSA keys; {} has one size", arguments.alg.as_str()).into());
    }
    let folder = Folder::open(&arguments.output.out)?;
    let key = generate(arguments.alg, arguments.bits.unwrap_or(RSA_BITS))?;
    let naming = Naming { algorithm: Some(arguments.alg), kid: arguments.name.kid.clone() };
    let pair = KeyPair::complete(PrivateJwk::from_pkey(&key)?, &naming)?;
    write(&folder, pair, &arguments.output)
}

pub(super) fn import(arguments: &Import) -> Result<(), Box<dyn Error>> {
    let file = arguments.file.display();
    let text = if arguments.file == Path::new("-") {
        folder::read_standard_input()?
    } else {
        folder::read_private(&arguments.file)?
    };
    let key = read_key::private_key(&text, arguments.select.as_deref(), passphrase)
        .map_err(|error| format!("{file}: {error}"))?;
    let says_algorithm = key.text("alg").is_some() || arguments.alg.is_some();
    let naming = Naming { algorithm: arguments.alg, kid: arguments.name.kid.clone() };
    let mut pair = KeyPair::complete(key, &naming).map_err(|error| format!("{file}: {error}"))?;
    if let Some(path) = &arguments.certificate {
        let pem = folder::read(path)?.text;
        let chain = X509::stack_from_pem(pem.as_bytes()).unwrap_or_default();
        pair.attach(&chain).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if !says_algorithm && pair.key().rsa().is_ok() {
        let algorithm = Algorithm::Rs256.as_str();
        println!("The key does not say its algorithm; {algorithm} was filled in. --alg chooses another.");
    }
    write(&Folder::open(&arguments.output.out)?, pair, &arguments.output)
}

fn write(folder: &Folder, mut pair: KeyPair, output: &Output) -> Result<(), Box<dyn Error>> {
    if output.cert {
        let certificate = certificate::self_signed(pair.key(), pair.kid(), output.days, system::now())?;
        pair.attach(&[certificate])?;
    }
    let pem = output.pem.then(|| pair.public_pem()).transpose()?;
    let certificate = pair.certificate_pem()?;
    let names = pair.write(folder, "", pem.as_deref(), certificate.as_deref(), output.force)?;
    for name in names {
        let whom = match name.as_str() {
            PRIVATE_KEY => "private: for Secrets Manager, and for nobody else",
            PUBLIC_KEY => "public: register it at the identity provider",
            _ => "public",
        };
        println!("{}  ({whom})", folder.path(&name).display());
    }
    println!("alg {}, kid {}", pair.private().text("alg").unwrap_or_default(), pair.kid());
    Ok(())
}
