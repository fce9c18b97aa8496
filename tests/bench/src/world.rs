//! What surrounds the functions: both stubs, the keys, the files of roots, and the binaries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::aws::Aws;
use crate::environment::{Deployment, Environment};
use crate::floor::Floor;
use crate::function::Function;
use crate::idp;
use crate::stub::Stub;
use crate::tls::Tls;

/// The signing keys, by the names that the table gives them.
pub const KEYS: [Key; 4] = [
    Key { name: "RSA-4096", algorithm: "RS256", bits: "4096" },
    Key { name: "RSA-3072", algorithm: "RS256", bits: "3072" },
    Key { name: "RSA-2048", algorithm: "RS256", bits: "2048" },
    Key { name: "ES256", algorithm: "ES256", bits: "256" },
];

/// For what doesn't sign.
pub const ANY: Deployment = Deployment::with_key(KEYS[0].name);

pub struct Key {
    pub name: &'static str,
    algorithm: &'static str,
    bits: &'static str,
}

/// Which CAs a function trusts. A deployed one has Mozilla's list compiled in, and reads no file;
/// here it needs one, since nobody but us trusts the stubs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// As many as browsers know.
    Many,
    /// The stubs' alone, which is the nearest to a list that is compiled in.
    One,
}

pub struct World {
    pub aws: Stub,
    pub idp: Stub,
    tls: Tls,
    keys: Vec<(&'static str, String)>,
    /// With `<name>/bootstrap` for each function, as cargo-lambda leaves them.
    binaries: PathBuf,
    /// For logs and certificates.
    folder: PathBuf,
}

impl World {
    pub fn new(binaries: &Path, folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let tls = Tls::new(folder);
        let keys: Vec<(&str, String)> = KEYS.iter().map(|key| (key.name, key.generate(binaries))).collect();
        let aws = Aws::new(Environment::secrets(&keys));
        let aws = Stub::start(&tls.server, move |request| aws.answer(request));
        let idp = Stub::start(&tls.server, idp::answer);
        Self { aws, idp, tls, keys, binaries: binaries.to_owned(), folder: folder.to_owned() }
    }

    /// Starts a function as it is deployed.
    pub fn start(&self, binary: &str, deployment: Deployment, roots: Roots) -> Function {
        let command = Command::new(self.binary(binary));
        Function::start(binary, command, &self.environment(deployment, roots), &self.folder)
    }

    /// Starts a function, and waits until it asks for its first event.
    pub fn start_ready(&self, binary: &str, deployment: Deployment, roots: Roots) -> Function {
        let mut function = self.start(binary, deployment, roots);
        function.ready();
        function
    }

    /// Starts the floor of `token` in one process: an empty handler that signs and POSTs.
    pub fn start_floor_of_token(&self, key: &'static str) -> Function {
        let command = Command::new(self.binary("floor-token"));
        let environment = self.environment(Deployment::with_key(key), Roots::Many);
        let environment = environment.with("SIGNING_KEY", self.key(key));
        Function::start("floor-token", command, &environment, &self.folder)
    }

    /// Starts a function under a tool: `command` still lacks the path of the binary.
    pub fn start_under(&self, mut command: Command, binary: &str, deployment: Deployment) -> Function {
        command.arg(self.binary(binary));
        Function::start(binary, command, &self.environment(deployment, Roots::One), &self.folder)
    }

    /// Starts the floor of a bare request over TLS. Its first line is about a new connection.
    pub fn client(&self, roots: Roots) -> Floor {
        let mut command = Command::new(self.binary("floor-client"));
        command.envs(self.environment(ANY, roots).of_deployment());
        Floor::start(command)
    }

    /// Starts the floor of a bare signature with this key.
    pub fn signature(&self, key: &str) -> Floor {
        let mut command = Command::new(self.binary("floor-signature"));
        command.env("SIGNING_KEY", self.key(key));
        Floor::start(command)
    }

    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name).join("bootstrap")
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn key(&self, name: &str) -> &str {
        &self.keys.iter().find(|(key, _)| *key == name).unwrap().1
    }

    fn environment(&self, deployment: Deployment, roots: Roots) -> Environment {
        let roots = match roots {
            Roots::Many => &self.tls.many_roots,
            Roots::One => &self.tls.one_root,
        };
        let issuer = self.idp.url(idp::ISSUER_PATH);
        Environment::new(&self.aws.url(""), &issuer, &self.idp.url("/token"), roots, deployment)
    }
}

impl Key {
    fn generate(&self, binaries: &Path) -> String {
        let program = binaries.join("floor-signature/bootstrap");
        let output = Command::new(&program).args(["generate", self.algorithm, self.bits]).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The size of a function's archive as CDK packs it: `bootstrap` alone, deflated.
pub fn archive_size(binary: &Path) -> usize {
    /// What the formats around the same deflated bytes take: a gzip header and trailer, and a zip's.
    const GZIP: usize = 18;
    const ZIP: usize = 150;
    let output = Command::new("gzip").args(["-6", "--stdout", "--no-name"]).arg(binary).output().unwrap();
    assert!(output.status.success(), "gzip can't read {}", binary.display());
    output.stdout.len() - GZIP + ZIP
}
