//! What the fuzz targets share: one deployment's settings, a second reader for what goes in, and
//! rules for whatever goes out.
//!
//! Inputs are text in lines, not serialised structures: so a seed can be written by hand, and a
//! crash can be read.

pub mod mutation;
pub mod outgoing;
pub mod second_reader;
pub mod settings;
pub mod test_keys;

use protocol::time::UnixTime;

/// The moment at which everything happens.
pub const NOW: UnixTime = UnixTime(1_800_000_000);

/// Splits `text` into `N` lines, of which the last is all the rest. Missing ones are empty.
#[must_use]
pub fn lines<const N: usize>(text: &str) -> [&str; N] {
    let mut lines = text.splitn(N, '\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}
