//! Warm requests: whole sign-ins in blocks, function by function, with the floors in between. A floor's
//! program is woken for each piece of work, as a function is for each event: work in a loop finds
//! the processor in a state that no function ever finds it in.

use serde_json::Value;

use crate::book::{Book, Metric};
use crate::cold::{EMPTY, WITH_DYNAMODB, token, with_dynamodb};
use crate::environment::Deployment;
use crate::floor::Floor;
use crate::function::Function;
use crate::legs::Legs;
use crate::progress;
use crate::sign_in;
use crate::stub::Stub;
use crate::world::{ANY, KEYS, Roots, World};

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
    dynamodb: Legs,
}

/// Measures so many blocks of each.
pub fn measure(world: &World, rounds: usize, book: &mut Book) {
    let mut warm = Warm::start(world);
    // What only happens once is over after the first block.
    warm.round(&mut Notes { book: &mut Book::default(), aws: &world.aws });
    for round in 1..=rounds {
        progress::say(&format!("warm requests, round {round} of {rounds}"));
        warm.round(&mut Notes { book, aws: &world.aws });
    }
    for (subject, function) in warm.functions() {
        book.note(&subject, Metric::PeakMemory, function.peak_memory() as f64);
    }
}

impl Token {
    fn start(world: &World, key: &'static str) -> Self {
        let mut floor = world.start_floor_of_token(key);
        floor.ready();
        let function = world.start_ready("token", Deployment::with_key(key), Roots::Many);
        Self { key, function, signature: world.signature(key), floor }
    }
}

impl Warm {
    fn start(world: &World) -> Self {
        let start = |binary| world.start_ready(binary, ANY, Roots::Many);
        let mut client = world.client(Roots::Many);
        client.line();
        Self {
            empty: start("floor-empty"),
            authorize: start("authorize"),
            callback: start("callback"),
            jwks: start("jwks"),
            tokens: KEYS.iter().map(|key| Token::start(world, key.name)).collect(),
            client,
            dynamodb: Legs::start(world, WITH_DYNAMODB),
        }
    }

    fn functions(&self) -> Vec<(String, &Function)> {
        let mut functions = vec![
            (EMPTY.to_owned(), &self.empty),
            ("authorize".to_owned(), &self.authorize),
            ("callback".to_owned(), &self.callback),
            ("jwks".to_owned(), &self.jwks),
            (with_dynamodb("authorize"), &self.dynamodb.authorize),
            (with_dynamodb("callback"), &self.dynamodb.callback),
            (with_dynamodb("token"), &self.dynamodb.token),
        ];
        functions.extend(self.tokens.iter().map(|of_key| (token(of_key.key), &of_key.function)));
        functions
    }

    fn round(&mut self, notes: &mut Notes) {
        notes.book.next_round();
        let first = vec![sign_in::authorize(); BLOCK];
        for Token { key, function, signature: signing, floor } in &mut self.tokens {
            notes.block(EMPTY, &mut self.empty, &first);
            let authorized = notes.block("authorize", &mut self.authorize, &first);
            let events = each(&authorized, sign_in::callback);
            let called_back = notes.block("callback", &mut self.callback, &events);
            let events = each(&called_back, sign_in::token);
            notes.block(&token(key), function, &events).iter().for_each(sign_in::assert_tokens);
            notes.block(&floor_of_token(key), floor, &events);
            for _ in 0..BLOCK {
                notes.book.note_time(&signature(key), Metric::Warm, signing.work());
            }
            for _ in 0..BLOCK {
                notes.book.note_time(POST, Metric::Warm, self.client.work());
            }
        }
        notes.block("jwks", &mut self.jwks, &vec![sign_in::jwks(); BLOCK]);
        let Legs { authorize, callback, token } = &mut self.dynamodb;
        let authorized = notes.block(&with_dynamodb("authorize"), authorize, &first);
        let events = each(&authorized, sign_in::callback);
        let called_back = notes.block(&with_dynamodb("callback"), callback, &events);
        let events = each(&called_back, sign_in::token);
        notes.block(&with_dynamodb("token"), token, &events).iter().for_each(sign_in::assert_tokens);
    }
}

/// The next leg's events.
fn each(responses: &[Value], next: fn(&Value) -> String) -> Vec<String> {
    responses.iter().map(next).collect()
}

/// Where what a block took is noted.
struct Notes<'n> {
    book: &'n mut Book,
    aws: &'n Stub,
}

impl Notes<'_> {
    /// Sends all events, and returns the answers.
    fn block(&mut self, subject: &str, function: &mut Function, events: &[String]) -> Vec<Value> {
        self.aws.take_calls();
        let before = function.cpu();
        let invocations: Vec<_> = events.iter().map(|event| function.invoke(event)).collect();
        let cpu = function.cpu().saturating_sub(before) / events.len() as u32;
        let calls = self.aws.take_calls().count() as f64 / events.len() as f64;
        self.book.note_time(subject, Metric::WarmCpu, cpu);
        self.book.note(subject, Metric::AwsCallsWarm, calls);
        for invocation in &invocations {
            self.book.note_time(subject, Metric::Warm, invocation.took);
        }
        invocations.into_iter().map(|invocation| invocation.response).collect()
    }
}
