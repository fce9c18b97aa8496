//! Whether cost stays flat: processes that have served many sign-ins, in turns with processes that have
//! just become warm, so that both meet the same moods of the machine. Also counts the calls to AWS on
//! the way.

use crate::book::{Book, Metric};
use crate::cold::token;
use crate::environment::Deployment;
use crate::legs::Legs;
use crate::progress;
use crate::world::World;

/// The fastest to sign with, so that everything else shows.
const KEY: &str = "ES256";

/// How many sign-ins make warm: buffers and caches take their size.
const BEFORE: usize = 50;

/// How many sign-ins are compared.
const COMPARED: usize = 500;

/// Compares processes after so many sign-ins with such that have had a few.
pub fn measure(world: &World, sign_ins: usize, book: &mut Book) {
    world.aws.take_calls();
    let deployment = Deployment::with_key(KEY);
    let mut old = Legs::start(world, deployment);
    let starts = world.aws.take_calls().count();
    assert!(starts > 0, "nothing was fetched, so nothing was counted");
    for _ in 0..BEFORE {
        old.sign_in();
    }
    let memory_before = old.memory();
    for count in 0..sign_ins {
        if count % 500 == 0 {
            progress::say(&format!("a long run, {count} of {sign_ins} sign-ins"));
        }
        old.sign_in();
    }
    let calls = world.aws.take_calls().count();
    book.note("sign-in", Metric::AwsCallsWarm, calls as f64 / (BEFORE + sign_ins) as f64);
    let names = ["authorize".to_owned(), "callback".to_owned(), token(KEY)];
    for ((name, before), now) in names.iter().zip(memory_before).zip(old.memory()) {
        book.note(name, Metric::MemoryDrift, now as f64 / before as f64);
    }
    let mut young = Legs::start(world, deployment);
    for _ in 0..BEFORE {
        young.sign_in();
    }
    for count in 0..COMPARED {
        // Whoever comes second finds the processor warmer.
        let [of_old, of_young] = if count % 2 == 0 {
            let of_old = old.sign_in();
            [of_old, young.sign_in()]
        } else {
            let of_young = young.sign_in();
            [old.sign_in(), of_young]
        };
        for ((name, old), young) in names.iter().zip(of_old).zip(of_young) {
            book.note(name, Metric::TimeDrift, old.as_secs_f64() / young.as_secs_f64());
        }
    }
}
