//! The program itself and the file system: whatever goes wrong, a clear error, the previous files
//! whole, and nothing private printed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const KEYS: &str = env!("CARGO_BIN_EXE_keys");

fn keys(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(KEYS).args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// The same under a shell's limits and in a shell's surroundings.
fn shell(folder: &Path, script: &str) -> Output {
    let script = script.replace("KEYS", KEYS);
    Command::new("sh").args(["-c", &script]).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap()
}

fn assert_done(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

fn assert_refused(output: &Output, words: &str) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(words), "{said}");
    assert_eq!(said.lines().count(), 1, "one line: {said}");
}

/// Every file of the folder with its content.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

fn with_a_key() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    assert_done(&keys(root.path(), &["keygen", "--bits", "2048", "--pem", "--cert"]));
    root
}

#[test]
fn nothing_is_overwritten_without_force() {
    let root = with_a_key();
    let local = root.path().join("local");
    let before = content(&local);
    assert_eq!(before.len(), 4);
    assert_refused(&keys(root.path(), &["keygen"]), "private_key.json: exists already; --force");
    assert_eq!(content(&local), before);
    assert_done(&keys(root.path(), &["keygen", "--alg", "ES256", "--force"]));
    let after = content(&local);
    let names: Vec<&String> = after.keys().collect();
    assert_eq!(names, ["private_key.json", "public_key.json"], "what was another key's is gone");
    assert_ne!(after["private_key.json"], before["private_key.json"]);
}

#[test]
fn an_interrupted_write_leaves_the_previous_files_whole() {
    let root = with_a_key();
    let local = root.path().join("local");
    let before = content(&local);
    // The system ends the program in the middle of a file.
    let output = shell(root.path(), "ulimit -c 0; ulimit -f 1; exec KEYS keygen --bits 2048 --force");
    assert!(output.status.code().is_none(), "ended by a signal: {output:?}");
    let mut left = content(&local);
    left.retain(|name, _| !name.starts_with(".unfinished-"));
    assert_eq!(left, before);
    // The next run cleans up.
    assert_done(&keys(root.path(), &["keygen", "--alg", "ES256", "--force"]));
    assert_eq!(content(&local).len(), 2);
}

#[test]
fn a_file_that_cannot_be_written_whole_leaves_the_previous_files_whole() {
    let root = with_a_key();
    let local = root.path().join("local");
    let before = content(&local);
    let output = shell(root.path(), "ulimit -f 1; trap '' XFSZ; exec KEYS keygen --bits 2048 --force");
    assert_refused(&output, "private_key.json: can't be written: File too large");
    assert_eq!(content(&local), before);
}

/// Runs a script with `small` as a file system of its own; `None` where the system doesn't let us.
#[cfg(target_os = "linux")]
fn with_file_system(root: &Path, script: &str) -> Option<Output> {
    let unshare = "unshare --user --map-root-user --mount";
    fs::create_dir(root.join("small")).unwrap();
    if !shell(root, &format!("{unshare} mount -t tmpfs tmpfs small")).status.success() {
        eprintln!("not tested: this system lets nobody mount a file system of their own");
        return None;
    }
    let script = format!("mount -t tmpfs -o size=32k,mode=700 tmpfs small && {script}");
    Some(shell(root, &format!("exec {unshare} sh -c '{script}'")))
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_leaves_the_previous_files_whole() {
    let root = tempfile::tempdir().unwrap();
    let script = "KEYS keygen --alg ES256 --out small >/dev/null && cp small/*.json . \
                  && { dd if=/dev/zero of=small/filler bs=1k 2>/dev/null; :; } \
                  && ! KEYS keygen --alg ES256 --out small --force \
                  && cmp small/private_key.json private_key.json && cmp small/public_key.json public_key.json \
                  && [ \"$(ls -A small | wc -l)\" = 3 ]";
    if let Some(output) = with_file_system(root.path(), script) {
        assert_done(&output);
        assert!(said(&output).contains("private_key.json: can't be written: No space left"), "{output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_named_and_leaves_the_previous_files_whole() {
    let root = tempfile::tempdir().unwrap();
    let script = "KEYS keygen --alg ES256 --out small >/dev/null && cp small/*.json . \
                  && mount -o remount,ro small \
                  && ! KEYS keygen --alg ES256 --out small --force \
                  && ! KEYS keygen --alg ES256 --out small/below \
                  && cmp small/private_key.json private_key.json && cmp small/public_key.json public_key.json";
    if let Some(output) = with_file_system(root.path(), script) {
        assert_done(&output);
        let said = said(&output);
        assert!(said.contains("private_key.json: can't be written: Read-only file system"), "{said}");
        assert!(said.contains("below: can't be made: Read-only file system"), "{said}");
    }
}

#[test]
fn a_symbolic_link_in_the_way_is_refused_and_its_target_untouched() {
    let root = with_a_key();
    let local = root.path().join("local");
    fs::rename(local.join("private_key.json"), root.path().join("target")).unwrap();
    symlink("../target", local.join("private_key.json")).unwrap();
    let before = fs::read(root.path().join("target")).unwrap();
    for more in [&["keygen"][..], &["keygen", "--force"]] {
        assert_refused(&keys(root.path(), more), "private_key.json: is a symbolic link");
    }
    assert_eq!(fs::read(root.path().join("target")).unwrap(), before);
    symlink("local", root.path().join("link")).unwrap();
    assert_refused(&keys(root.path(), &["keygen", "--out", "link"]), "link: is a symbolic link");
}

#[test]
fn a_private_key_that_others_can_read_is_not_imported_and_inspect_says_so() {
    let root = with_a_key();
    let path = root.path().join("local/private_key.json");
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let import = keys(root.path(), &["import", "local/private_key.json", "--out", "imported"]);
    assert_refused(&import, "other users of this machine can read it");
    assert!(!root.path().join("imported").exists());
    let inspect = keys(root.path(), &["inspect"]);
    assert_eq!(inspect.status.code(), Some(1));
    assert!(said(&inspect).contains("NOT USABLE: it can be read by other users"), "{}", said(&inspect));
}

#[test]
fn nothing_private_is_ever_printed() {
    let root = with_a_key();
    let private = root.path().join("local/private_key.json");
    let key: Value = serde_json::from_slice(&fs::read(&private).unwrap()).unwrap();
    let numbers = ["d", "p", "q", "dp", "dq", "qi"].map(|name| key[name].as_str().unwrap().to_owned());
    let mut printed = String::new();
    for arguments in [
        &["inspect"][..],
        &["inspect", "local/private_key.json"],
        &["import", "local/private_key.json"],
        &["import", "local/private_key.json", "--force", "--pem", "--cert"],
        &["import", "local/private_key.json", "--out", "other", "--alg", "ES256"],
        &["import", "local/private_key.json", "--out", "other", "--kid", "renamed"],
    ] {
        printed.push_str(&said(&keys(root.path(), arguments)));
    }
    // Damaged in every way that leaves private numbers in it.
    let whole = fs::read_to_string(&private).unwrap();
    for (from, to) in
        [("\"RSA\"", "\"EC\""), ("\"dp\"", "\"x\""), ("\"n\": \"", "\"n\": \"A"), ("}", ""), ("{", "[")]
    {
        fs::write(&private, whole.replacen(from, to, 1)).unwrap();
        for arguments in [&["inspect"][..], &["import", "local/private_key.json", "--out", "other"]] {
            let output = keys(root.path(), arguments);
            assert!(!output.status.success(), "{from}: {}", said(&output));
            printed.push_str(&said(&output));
        }
    }
    assert!(printed.lines().count() > 40);
    for number in numbers {
        assert!(!printed.contains(&number));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_passphrase_of_an_encrypted_key_is_asked_for_at_the_terminal() {
    let root = tempfile::tempdir().unwrap();
    let key = openssl::pkey::PKey::generate_ed25519().unwrap();
    let cipher = openssl::symm::Cipher::aes_256_cbc();
    let pem = key.private_key_to_pem_pkcs8_passphrase(cipher, b"correct horse").unwrap();
    fs::write(root.path().join("key.pem"), pem).unwrap();
    fs::set_permissions(root.path().join("key.pem"), Permissions::from_mode(0o600)).unwrap();
    // `script` is a terminal, and types what it reads.
    let typed = |passphrase: &str| {
        let script = format!("echo '{passphrase}' | script -qec 'KEYS import key.pem' /dev/null");
        shell(root.path(), &script)
    };
    let wrong = typed("battery staple");
    assert!(said(&wrong).contains("is encrypted, and the passphrase is wrong"), "{}", said(&wrong));
    let right = typed("correct horse");
    assert!(said(&right).contains("Passphrase of the private key:"), "{}", said(&right));
    assert_done(&keys(root.path(), &["inspect"]));
}
