//! Cold starts: a process each, from its start to its first answer.

use serde_json::Value;

use crate::book::{Book, Metric};
use crate::progress;
use crate::sign_in;
use crate::world::{KEYS, Roots, World};

/// Suffix of a subject that trusts one root only.
pub const ONE_ROOT: &str = ", one root";

/// A new connection over TLS and one request, in a process that has made none before.
pub const HANDSHAKE: &str = "bare TLS connection and POST";

/// Measures so many cold starts of everything, in turns, so that a busy moment of the machine hits all
/// of them alike.
pub fn measure(world: &World, rounds: usize, book: &mut Book) {
    let mut warm = WarmLegs::start(world);
    let starts = starts();
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
                cold_start(world, start, roots, &warm.event(start.binary), &subject, book);
            }
            let first = world.client(roots).line();
            book.note_time(&format!("{HANDSHAKE}{suffix}"), Metric::Cold, first);
        }
    }
}

/// A function with one of the keys.
pub struct Start {
    pub subject: String,
    pub binary: &'static str,
    pub key: &'static str,
}

/// All functions, `token` once with each key.
pub fn starts() -> Vec<Start> {
    let any_key = KEYS[0].name;
    let other =
        |binary: &'static str, subject: &str| Start { subject: subject.to_owned(), binary, key: any_key };
    let mut starts = vec![
        other("floor-empty", EMPTY),
        other("authorize", "authorize"),
        other("callback", "callback"),
        other("jwks", "jwks"),
    ];
    starts.extend(KEYS.map(|key| Start { subject: token(key.name), binary: "token", key: key.name }));
    starts
}

/// The subject of the empty handler.
pub const EMPTY: &str = "empty handler";

/// The subject of `token` with a key.
pub fn token(key: &str) -> String {
    format!("token {key}")
}

fn cold_start(world: &World, start: &Start, roots: Roots, event: &str, subject: &str, book: &mut Book) {
    let mut function = world.start(start.binary, start.key, roots);
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
    authorize: crate::function::Function,
    callback: crate::function::Function,
}

impl WarmLegs {
    pub fn start(world: &World) -> Self {
        let [mut authorize, mut callback] =
            ["authorize", "callback"].map(|binary| world.start(binary, KEYS[0].name, Roots::One));
        authorize.ready();
        callback.ready();
        Self { authorize, callback }
    }

    /// A fresh event for this function.
    pub fn event(&mut self, binary: &str) -> String {
        match binary {
            "callback" => sign_in::callback(&self.authorized()),
            "token" => {
                let callback = sign_in::callback(&self.authorized());
                sign_in::token(&self.callback.invoke(&callback).response)
            }
            "jwks" => sign_in::jwks(),
            _ => sign_in::authorize(),
        }
    }

    fn authorized(&mut self) -> Value {
        self.authorize.invoke(&sign_in::authorize()).response
    }
}
