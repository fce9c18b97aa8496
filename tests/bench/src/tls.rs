//! Certificates for the stubs: a root, an intermediate and a leaf, as public servers have them; and
//! files of roots to trust, one with the root alone and one as long as Mozilla's list.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// About as many as webpki-roots has.
const PUBLIC_ROOTS: usize = 140;

/// A root of Mozilla's takes 1 to 1.5 KB, most of it an RSA key and a signature. Ours have short
/// elliptic ones, and a comment (Netscape's extension) in place of the rest.
const COMMENT_LENGTH: usize = 700;
const COMMENT_OID: [u64; 9] = [2, 16, 840, 1, 113_730, 1, 13, 0, 0];

pub struct Tls {
    pub server: Arc<ServerConfig>,
    /// A PEM file with the stubs' root alone.
    pub one_root: PathBuf,
    /// A PEM file with the stubs' root at the end of as many others as browsers know.
    pub many_roots: PathBuf,
}

impl Tls {
    pub fn new(folder: &Path) -> Self {
        let root = CertifiedIssuer::self_signed(authority("Bench Root CA"), KeyPair::generate().unwrap());
        let root = root.unwrap();
        let key = KeyPair::generate().unwrap();
        let intermediate =
            CertifiedIssuer::signed_by(authority("Bench Intermediate CA"), key, &root).unwrap();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&leaf_key, &intermediate).unwrap();
        let chain = [leaf.der(), intermediate.der()].map(|der| CertificateDer::from(der.to_vec()));
        let mut server =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(chain.to_vec(), PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap())
                .unwrap();
        // Every connection takes a whole handshake: whether one can resume another's session depends on which
        // of them is faster.
        server.send_tls13_tickets = 0;
        let one_root = folder.join("one-root.pem");
        fs::write(&one_root, root.pem()).unwrap();
        let many_roots = folder.join("many-roots.pem");
        fs::write(&many_roots, others() + &root.pem()).unwrap();
        Self { server: Arc::new(server), one_root, many_roots }
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CountryName, "US");
    params.distinguished_name.push(DnType::OrganizationName, "Trust Services Limited");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn others() -> String {
    let comment =
        [vec![0x16, 0x82], (COMMENT_LENGTH as u16).to_be_bytes().to_vec(), vec![b'a'; COMMENT_LENGTH]];
    let comment = comment.concat();
    (0..PUBLIC_ROOTS)
        .map(|number| {
            let mut params = authority(&format!("Global Root Certification Authority R{number}"));
            let extension = CustomExtension::from_oid_content(&COMMENT_OID, comment.clone());
            params.custom_extensions.push(extension);
            params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
        })
        .collect()
}
