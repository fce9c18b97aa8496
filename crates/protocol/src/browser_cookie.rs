//! The cookie in which the browser carries a transaction: its name, attributes and limits
//! (RFC 6265bis section 4.1.3.2 for the `__Host-` prefix). What is in it is sealed elsewhere.

use crate::transaction::{Handle, TRANSACTION_LIFETIME};

const PREFIX: &str = "__Host-tx-";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Browsers drop a cookie whose name and value together are longer (RFC 6265bis section 5.6).
const COOKIE_MAX_LENGTH: usize = 4096;

/// All transaction cookies together. An HTTP API takes 10,240 bytes of request line and headers;
/// the rest is for the IdP's code and the browser's own headers.
const JAR_MAX_LENGTH: usize = 6 * 1024;

/// The transaction doesn't fit into one cookie, because Cognito's state is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed transaction does not fit into one cookie of {COOKIE_MAX_LENGTH} bytes")]
pub struct TooLong;

/// The `Set-Cookie` values that keep `sealed` in the browser, and make room for it: when all
/// transactions together would pass 6 KB, the oldest go. Browsers send cookies in the order of
/// their creation (RFC 6265bis section 5.7.3), and `cookies` is in that order.
///
/// # Errors
/// [`TooLong`] if the cookie would be longer than browsers keep.
pub fn keep(handle: &Handle, sealed: &str, cookies: &[String]) -> Result<Vec<String>, TooLong> {
    let cookie = format!("{}={sealed}", name(handle));
    if cookie.len() > COOKIE_MAX_LENGTH {
        return Err(TooLong);
    }
    // Only cookies of our own making are counted, and only their names are ever written back.
    let others: Vec<(&str, usize)> = cookies
        .iter()
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| is_ours(name))
        .map(|(name, value)| (name, name.len() + 1 + value.len()))
        .collect();
    let mut length = cookie.len() + others.iter().map(|(_, length)| length).sum::<usize>();
    let mut set = Vec::new();
    for (oldest, oldest_length) in others {
        if length <= JAR_MAX_LENGTH {
            break;
        }
        length -= oldest_length;
        set.push(expire_named(oldest));
    }
    set.push(format!("{cookie}; {ATTRIBUTES}; Max-Age={}", TRANSACTION_LIFETIME.as_secs()));
    Ok(set)
}

/// The sealed transaction of `handle` among the request's cookies. A browser sends one cookie of a
/// name; where somebody sent two, neither is believed.
#[must_use]
pub fn find<'a>(handle: &Handle, cookies: &'a [String]) -> Option<&'a str> {
    let name = name(handle);
    let mut values = cookies.iter().filter_map(|pair| {
        pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value)
    });
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// The `Set-Cookie` value that removes the transaction of `handle`.
#[must_use]
pub fn expire(handle: &Handle) -> String {
    expire_named(&name(handle))
}

fn expire_named(name: &str) -> String {
    format!("{name}=; {ATTRIBUTES}; Max-Age=0")
}

fn name(handle: &Handle) -> String {
    format!("{PREFIX}{}", handle.short())
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(byte: u8) -> Handle {
        Handle::from_random(&[byte; 32])
    }

    fn jar(count: u8, length: usize) -> Vec<String> {
        (1..=count).map(|n| format!("{}={}", name(&handle(n)), "x".repeat(length))).collect()
    }

    #[test]
    fn the_cookie_is_bound_to_host_path_https_and_same_site_requests() {
        let set = keep(&handle(0xab), "sealed", &[]).unwrap();
        assert_eq!(
            set,
            ["__Host-tx-abababababababab=sealed; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"]
        );
    }

    #[test]
    fn a_cookie_of_4096_bytes_is_kept_and_one_more_is_too_long() {
        let room = 4096 - "__Host-tx-abababababababab=".len();
        assert!(keep(&handle(0xab), &"x".repeat(room), &[]).is_ok());
        assert_eq!(keep(&handle(0xab), &"x".repeat(room + 1), &[]), Err(TooLong));
    }

    #[test]
    fn the_oldest_transactions_are_expired_until_all_fit_into_6_kb() {
        let mut cookies = jar(5, 1500);
        cookies.insert(0, "other=1".into());
        let set = keep(&handle(9), &"x".repeat(1500), &cookies).unwrap();
        assert_eq!(set.len(), 3, "two expired, one set");
        assert!(set[0].starts_with("__Host-tx-0101010101010101=; ") && set[0].ends_with("Max-Age=0"));
        assert!(set[1].starts_with("__Host-tx-0202020202020202=; "));
        assert!(set[2].starts_with("__Host-tx-0909090909090909=x"));
    }

    #[test]
    fn a_name_that_is_not_ours_is_never_written_back() {
        let cookies = vec![format!("__Host-tx-\r\nevil={}", "x".repeat(7000))];
        let set = keep(&handle(9), "sealed", &cookies).unwrap();
        assert_eq!(set.len(), 1);
    }

    #[test]
    fn the_cookie_is_found_by_its_handle_among_others() {
        let mut cookies = jar(3, 5);
        cookies.push("a=b".into());
        assert_eq!(find(&handle(2), &cookies), Some("xxxxx"));
        assert_eq!(find(&handle(7), &cookies), None);
    }

    #[test]
    fn two_cookies_of_one_name_are_not_believed() {
        let mut cookies = jar(1, 5);
        cookies.extend(jar(1, 6));
        assert_eq!(find(&handle(1), &cookies), None);
    }
}
