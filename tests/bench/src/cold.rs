//! Cold starts: a process each, from its start to its first answer.

use serde_json::Value;

use crate::book::{Book, Metric};
use crate::environment::{Deployment, Store};
use crate::function::Function;
use crate::progress;
use crate::sign_in;
use crate::warm::signature;
use crate::world::{ANY, KEYS, Roots, World};

/// Suffix of a subject that trusts one root only.
pub const ONE_ROOT: &str = ", one root";

/// A new connection over TLS and one request, in a process that has made none before.
pub const HANDSHAKE: &str = "bare TLS connection and POST";

/// How many bare signatures with each key stand beside the cold starts of a round.
const SIGNATURES: usize = 5;

/// Measures so many cold starts of everything, in turns, so that a busy moment of the machine hits all
/// of them alike.
pub fn measure(world: &World, rounds: usize, book: &mut Book) {
    let mut warm = WarmLegs::start(world);
    let starts = starts();
    let mut signatures = KEYS.map(|key| (key.name, world.signature(key.name)));
    for round in 0..=rounds {
        progress::say(&format!("cold starts, round {round} of {rounds}"));
        // The first round only fills the page cache.
        let mut ignored = Book::default();
        let book = if round == 0 { &mut ignored } else { &mut *book };
        book.next_round();
        for roots in [Roots::Many, Roots::One] {
            let suffix = if roots == Roots::One { ONE_ROOT } else { "" };
            for start in &starts {
                let subject = format!("{}{suffix}", start.subject);
                cold_start(world, start, roots, &warm.event(start), &subject, book);
            }
            let first = world.client(roots).line();
            book.note_time(&format!("{HANDSHAKE}{suffix}"), Metric::Cold, first);
        }
        for (key, signing) in &mut signatures {
            for _ in 0..SIGNATURES {
                book.note_time(&signature(key), Metric::Cold, signing.work());
            }
        }
    }
}

/// A function of a deployment.
pub struct Start {
    pub subject: String,
    pub binary: &'static str,
    pub deployment: Deployment,
}

/// All functions, `token` once with each key, and those that need a store once with the other one.
pub fn starts() -> Vec<Start> {
    let other =
        |binary: &'static str, subject: &str| Start { subject: subject.to_owned(), binary, deployment: ANY };
    let mut starts = vec![
        other("floor-empty", EMPTY),
        other("authorize", "authorize"),
        other("callback", "callback"),
        other("jwks", "jwks"),
    ];
    starts.extend(KEYS.map(|key| Start {
        subject: token(key.name),
        binary: "token",
        deployment: Deployment::with_key(key.name),
    }));
    starts.extend(["authorize", "callback", "token"].map(|binary| Start {
        subject: with_dynamodb(binary),
        binary,
        deployment: WITH_DYNAMODB,
    }));
    starts
}

/// With the fastest key to sign with, so that the store shows.
pub const WITH_DYNAMODB: Deployment = Deployment { key: "ES256", store: Store::DynamoDb };

/// The subject of a function with the store `dynamodb`.
pub fn with_dynamodb(binary: &str) -> String {
    format!("{binary}, dynamodb")
}

/// The subject of the empty handler.
pub const EMPTY: &str = "empty handler";

/// The subject of `token` with a key.
pub fn token(key: &str) -> String {
    format!("token {key}")
}

fn cold_start(world: &World, start: &Start, roots: Roots, event: &str, subject: &str, book: &mut Book) {
    let mut function = world.start(start.binary, start.deployment, roots);
    let ready = function.ready();
    let invocation = function.invoke(event);
    book.note_time(subject, Metric::ColdCpu, function.cpu());
    book.note_time(subject, Metric::ColdReady, ready);
    book.note_time(subject, Metric::ColdAnswer, invocation.took);
    book.note_time(subject, Metric::Cold, ready + invocation.took);
    if start.binary == "token" {
        sign_in::assert_tokens(&invocation.response);
    }
}

/// Warm functions that make what a cold one is given.
pub struct WarmLegs {
    browser: Pair,
    dynamodb: Pair,
}

/// The legs before `/token`, of one deployment.
struct Pair {
    authorize: Function,
    callback: Function,
}

impl WarmLegs {
    pub fn start(world: &World) -> Self {
        Self { browser: Pair::start(world, ANY), dynamodb: Pair::start(world, WITH_DYNAMODB) }
    }

    /// A fresh event for this function.
    pub fn event(&mut self, start: &Start) -> String {
        let legs = match start.deployment.store {
            Store::Browser => &mut self.browser,
            Store::DynamoDb => &mut self.dynamodb,
        };
        match start.binary {
            "callback" => sign_in::callback(&legs.authorized()),
            "token" => {
                let callback = sign_in::callback(&legs.authorized());
                sign_in::token(&legs.callback.invoke(&callback).response)
            }
            "jwks" => sign_in::jwks(),
            _ => sign_in::authorize(),
        }
    }
}

impl Pair {
    fn start(world: &World, deployment: Deployment) -> Self {
        let [authorize, callback] =
            ["authorize", "callback"].map(|binary| world.start_ready(binary, deployment, Roots::One));
        Self { authorize, callback }
    }

    fn authorized(&mut self) -> Value {
        self.authorize.invoke(&sign_in::authorize()).response
    }
}
