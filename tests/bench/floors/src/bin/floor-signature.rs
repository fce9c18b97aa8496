//! The floor of `/token`: one signature. `floor-signature generate RS256 4096` prints a private JWK;
//! `floor-signature` reads one from `SIGNING_KEY`, and signs.

#![allow(clippy::unwrap_used, reason = "a tool for developers, which fails by panicking")]

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [generate, algorithm, bits] = arguments.as_slice()
        && generate == "generate"
    {
        println!("{}", floors::generate_key(algorithm, bits.parse().unwrap()));
        return;
    }
    let signature = floors::Signature::from_environment();
    floors::work_on_request(|| signature.sign());
}
