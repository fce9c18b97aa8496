//! Warm requests: whole sign-ins in blocks, function by function, with the floors in between. A floor's
//! program is woken for each piece of work, as a function is for each event: work in a loop finds
//! the processor in a state that no function ever finds it in.

use serde_json::Value;

use crate::book::{Book, Metric};
use crate::cold::{EMPTY, token};
use crate::floor::Floor;
use crate::function::Function;
use crate::progress;
use crate::sign_in;
use crate::world::{KEYS, Roots, World};

/// Enough to be warm in the processor's caches, too, and few enough that a busy moment of the machine
/// hits more than one subject.
const BLOCK: usize = 20;

/// A POST on a connection that is kept.
pub const POST: &str = "bare POST";

/// The subject of a signature alone with a key.
pub fn signature(key: &str) -> String {
    format!("bare signature {key}")
}

/// The subject of an empty handler that signs with a key and POSTs.
pub fn floor_of_token(key: &str) -> String {
    format!("empty + signature + POST {key}")
}

/// `token` with one of the keys, and its floors.
struct Token {
    key: &'static str,
    function: Function,
    signature: Floor,
    floor: Function,
}

struct Warm {
    empty: Function,
    authorize: Function,
    callback: Function,
    jwks: Function,
    tokens: Vec<Token>,
    client: Floor,
}

/// Measures so many blocks of each.
pub fn measure(world: &World, rounds: usize, book: &mut Book) {
    let mut warm = Warm::start(world);
    // What only happens once is over after the first block.
    warm.round(&mut Book::default());
    for round in 1..=rounds {
        progress::say(&format!("warm requests, round {round} of {rounds}"));
        warm.round(book);
    }
    for (subject, function) in warm.functions() {
        book.note(&subject, Metric::PeakMemory, function.peak_memory() as f64);
    }
}

impl Token {
    fn start(world: &World, key: &'static str, start: &impl Fn(&str, &str) -> Function) -> Self {
        let mut floor = world.start_floor_of_token(key);
        floor.ready();
        Self { key, function: start("token", key), signature: world.signature(key), floor }
    }
}

impl Warm {
    fn start(world: &World) -> Self {
        let start = |binary: &str, key: &str| {
            let mut function = world.start(binary, key, Roots::Many);
            function.ready();
            function
        };
        let any_key = KEYS[0].name;
        let mut client = world.client(Roots::Many);
        client.line();
        Self {
            empty: start("floor-empty", any_key),
            authorize: start("authorize", any_key),
            callback: start("callback", any_key),
            jwks: start("jwks", any_key),
            tokens: KEYS.iter().map(|key| Token::start(world, key.name, &start)).collect(),
            client,
        }
    }

    fn functions(&self) -> Vec<(String, &Function)> {
        let mut functions = vec![
            (EMPTY.to_owned(), &self.empty),
            ("authorize".to_owned(), &self.authorize),
            ("callback".to_owned(), &self.callback),
            ("jwks".to_owned(), &self.jwks),
        ];
        functions.extend(self.tokens.iter().map(|of_key| (token(of_key.key), &of_key.function)));
        functions
    }

    fn round(&mut self, book: &mut Book) {
        book.next_round();
        for Token { key, function, signature: signing, floor } in &mut self.tokens {
            block(EMPTY, &mut self.empty, &vec![sign_in::authorize(); BLOCK], book);
            let events = vec![sign_in::authorize(); BLOCK];
            let authorized = block("authorize", &mut self.authorize, &events, book);
            let events: Vec<String> = authorized.iter().map(sign_in::callback).collect();
            let called_back = block("callback", &mut self.callback, &events, book);
            let events: Vec<String> = called_back.iter().map(sign_in::token).collect();
            let tokens = block(&token(key), function, &events, book);
            tokens.iter().for_each(sign_in::assert_tokens);
            block(&floor_of_token(key), floor, &events, book);
            for _ in 0..BLOCK {
                book.note_time(&signature(key), Metric::Warm, signing.work());
            }
            for _ in 0..BLOCK {
                book.note_time(POST, Metric::Warm, self.client.work());
            }
        }
        block("jwks", &mut self.jwks, &vec![sign_in::jwks(); BLOCK], book);
    }
}

/// Sends all events, and returns the answers.
fn block(subject: &str, function: &mut Function, events: &[String], book: &mut Book) -> Vec<Value> {
    let before = function.cpu();
    let invocations: Vec<_> = events.iter().map(|event| function.invoke(event)).collect();
    let cpu = function.cpu().saturating_sub(before) / events.len() as u32;
    book.note_time(subject, Metric::WarmCpu, cpu);
    for invocation in &invocations {
        book.note_time(subject, Metric::Warm, invocation.took);
    }
    invocations.into_iter().map(|invocation| invocation.response).collect()
}
