//! What only the operating system knows: the time, random bytes, and the environment.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::time::UnixTime;
use rand::TryRng as _;
use rand::rngs::SysRng;

/// The operating system's generator failed, so nothing that must be unguessable can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct NoRandomness;

/// The current time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> UnixTime {
    UnixTime(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Fresh bytes from the operating system's generator.
///
/// # Errors
/// [`NoRandomness`] if it fails.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// A variable of the process environment.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_every_draw_is_random() {
        let draws: Vec<[u8; 32]> = (0..64).map(|_| random().unwrap()).collect();
        for place in 0..32 {
            let values: std::collections::HashSet<u8> = draws.iter().map(|draw| draw[place]).collect();
            assert!(values.len() > 32, "place {place}");
        }
    }
}
