//! The jar of transaction cookies under any `Cookie` header.
//!
//! Three lines or more: the handle (64 hexadecimal characters, or else a fixed one is taken), the
//! length of the sealed text, and a cookie in each line.
#![no_main]

use fuzz::{lines, outgoing};
use libfuzzer_sys::fuzz_target;
use protocol::browser_cookie::{expire, find, keep};
use protocol::transaction::Handle;

const PREFIX: &str = "__Host-tx-";
const ATTRIBUTES: &str = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
const COOKIE_MAX_LENGTH: usize = 4096;
const JAR_MAX_LENGTH: usize = 6 * 1024;

fuzz_target!(|input: &str| {
    let [handle, length, cookies] = lines(input);
    let handle = Handle::parse(handle).unwrap_or_else(|| Handle::from_random(&[0xa5; 32]));
    let sealed = "x".repeat(length.parse::<u16>().unwrap_or(1000).into());
    let cookies: Vec<String> = cookies.split('\n').map(expanded).collect();
    check_find(&handle, &cookies);
    check_keep(&handle, &sealed, &cookies);
});

/// `name=*1500` is a value of 1500 characters, which no fuzzer would write.
fn expanded(cookie: &str) -> String {
    match cookie.split_once("=*") {
        Some((name, length)) => {
            format!("{name}={}", "y".repeat(length.parse::<u16>().unwrap_or_default().min(9000).into()))
        }
        None => cookie.to_owned(),
    }
}

fn name(handle: &Handle) -> String {
    format!("{PREFIX}{}", handle.short())
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The names and values as a browser means them.
fn ours(cookies: &[String]) -> Vec<(&str, &str)> {
    let pairs = cookies.iter().filter_map(|cookie| cookie.trim().split_once('='));
    pairs.filter(|(name, _)| is_ours(name)).collect()
}

fn check_find(handle: &Handle, cookies: &[String]) {
    let name = name(handle);
    let values: Vec<&str> =
        ours(cookies).into_iter().filter(|(key, _)| *key == name).map(|(_, value)| value).collect();
    match values.as_slice() {
        [value] => assert_eq!(find(handle, cookies), Some(*value)),
        _ => assert_eq!(find(handle, cookies), None, "one of {} was believed", values.len()),
    }
    assert_eq!(expire(handle), format!("{name}={ATTRIBUTES}0"));
}

fn check_keep(handle: &Handle, sealed: &str, cookies: &[String]) {
    let new_length = name(handle).len() + 1 + sealed.len();
    let Ok(set) = keep(handle, sealed, cookies) else {
        assert!(new_length > COOKIE_MAX_LENGTH);
        return;
    };
    assert!(new_length <= COOKIE_MAX_LENGTH);
    for cookie in &set {
        outgoing::assert_visible(cookie);
    }
    let (new, expired) = set.split_last().expect("the new cookie");
    assert_eq!(*new, format!("{}={sealed}{ATTRIBUTES}600", name(handle)));

    // The oldest go, in their order, and no more than must.
    let ours = ours(cookies);
    assert!(expired.len() <= ours.len(), "more is expired than is there");
    let (gone, left) = ours.split_at(expired.len());
    for (set, (name, _)) in expired.iter().zip(gone) {
        assert_eq!(*set, format!("{name}={ATTRIBUTES}0"), "a name that isn't ours");
    }
    let length = |cookies: &[(&str, &str)]| -> usize {
        cookies.iter().map(|(name, value)| name.len() + 1 + value.len()).sum()
    };
    assert!(left.is_empty() || length(left) + new_length <= JAR_MAX_LENGTH, "the jar is too full");
    if let Some(last) = gone.last() {
        assert!(length(left) + length(&[*last]) + new_length > JAR_MAX_LENGTH, "more went than had to");
    }
}
