//! Small programs that damage a sealed text. They know its form, since damage to a text of five
//! base64url parts that forgets the form is refused long before the cryptography.

use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, engine};

/// A decoder that takes what a careless library would.
const LENIENT: engine::GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The steps of a program, of four bytes each: what, where (two bytes), and with which value.
#[must_use]
pub fn mutate(text: &str, program: &[u8]) -> String {
    let mut text = text.to_owned();
    for step in program.chunks_exact(4).take(8) {
        let [what, high, low, value] = *step else {
            continue;
        };
        let at = usize::from(u16::from_be_bytes([high, low]));
        text = one(&text, what, at, value);
    }
    text
}

fn one(text: &str, what: u8, at: usize, value: u8) -> String {
    match what % 10 {
        0 => in_text(text, at, |text, at| text.get_mut(at).map(|byte| *byte ^= 1 << (value % 7))),
        1 => in_text(text, at, |text, at| {
            text.insert(at, value);
            Some(())
        }),
        2 => in_text(text, at, |text, at| (at < text.len()).then(|| text.remove(at)).map(drop)),
        3 => in_text(text, at, |text, at| text.get_mut(at).map(|byte| *byte = value)),
        4 => in_text(text, at, |text, at| {
            text.truncate(at);
            Some(())
        }),
        5 => in_part(text, value, |part| {
            let mut bytes = LENIENT.decode(part).ok()?;
            let at = at.checked_rem(bytes.len())?;
            bytes[at] ^= 1 << (value % 8);
            Some(URL_SAFE_NO_PAD.encode(bytes))
        }),
        6 => in_part(text, value, |part| {
            let mut bytes = LENIENT.decode(part).ok()?;
            let at = at.checked_rem(bytes.len() + 1)?;
            if value & 0x80 == 0 {
                bytes.truncate(at);
            } else {
                bytes.insert(at, value);
            }
            Some(URL_SAFE_NO_PAD.encode(bytes))
        }),
        // The same bytes, written differently: with padding, in the other alphabet, or with bits
        // after the last byte.
        7 => in_part(text, value, |part| Some(format!("{part}{}", "=".repeat(at % 4)))),
        8 => in_part(text, value, |part| Some(STANDARD.encode(LENIENT.decode(part).ok()?))),
        _ => in_part(text, value, |part| {
            let alphabet = URL_SAFE.as_str();
            let last = part.chars().next_back()?;
            let other = alphabet.find(last)? ^ (1 << (at % 6));
            let kept = part.strip_suffix(last)?;
            Some(format!("{kept}{}", alphabet.get(other..=other)?))
        }),
    }
}

fn in_text(text: &str, at: usize, change: impl Fn(&mut Vec<u8>, usize) -> Option<()>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = at % (bytes.len() + 1);
    if change(&mut bytes, at).is_none() {
        return text.to_owned();
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn in_part(text: &str, which: u8, change: impl Fn(&str) -> Option<String>) -> String {
    let mut parts: Vec<String> = text.split('.').map(str::to_owned).collect();
    let which = usize::from(which) % parts.len();
    if let Some(changed) = parts.get(which).and_then(|part| change(part))
        && let Some(part) = parts.get_mut(which)
    {
        *part = changed;
    }
    parts.join(".")
}
