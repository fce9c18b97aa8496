//! Whether cost stays flat: the same processes through many sign-ins. Also counts the calls to AWS
//! on the way.

use crate::book::{Book, Metric, quantile};
use crate::cold::{EMPTY, token};
use crate::function::Function;
use crate::progress;
use crate::sign_in;
use crate::world::{Roots, World};

/// The fastest to sign with, so that everything else shows.
const KEY: &str = "ES256";

/// How many sign-ins go ahead, in which buffers and caches take their size.
const BEFORE: usize = 50;

struct Leg {
    subject: String,
    function: Function,
    times: Vec<f64>,
    memory_at_first: u64,
}

/// Measures so many sign-ins, of which the first and the last twentieth are compared.
pub fn measure(world: &World, sign_ins: usize, book: &mut Book) {
    let mut legs = [
        (EMPTY, "floor-empty"),
        ("authorize", "authorize"),
        ("callback", "callback"),
        (&token(KEY), "token"),
    ]
    .map(|(subject, binary)| Leg::start(world, subject, binary));
    let part = (sign_ins / 20).max(10);
    world.aws.take_calls();
    for count in 0..BEFORE + sign_ins {
        if count % 500 == BEFORE {
            progress::say(&format!("a long run, {} of {sign_ins} sign-ins", count - BEFORE));
        }
        let [empty, authorize, callback, token] = &mut legs;
        empty.invoke(&sign_in::authorize());
        let authorized = authorize.invoke(&sign_in::authorize());
        let called_back = callback.invoke(&sign_in::callback(&authorized));
        sign_in::assert_tokens(&token.invoke(&sign_in::token(&called_back)));
        if count == BEFORE + part {
            for leg in &mut legs {
                leg.memory_at_first = leg.function.memory_now();
            }
        }
    }
    let calls = world.aws.take_calls().count();
    book.note("sign-in", Metric::AwsCallsWarm, calls as f64 / (BEFORE + sign_ins) as f64);
    let (empty, ours) = legs.split_first().unwrap();
    for leg in ours {
        book.note(&leg.subject, Metric::TimeDrift, leg.drift(&empty.times, part));
        let memory = leg.function.memory_now() as f64 / leg.memory_at_first as f64;
        book.note(&leg.subject, Metric::MemoryDrift, memory);
    }
}

impl Leg {
    fn start(world: &World, subject: &str, binary: &str) -> Self {
        let mut function = world.start(binary, KEY, Roots::Many);
        function.ready();
        Self { subject: subject.to_owned(), function, times: Vec::new(), memory_at_first: 0 }
    }

    fn invoke(&mut self, event: &str) -> serde_json::Value {
        let invocation = self.function.invoke(event);
        self.times.push(invocation.took.as_secs_f64());
        invocation.response
    }

    /// The last ones in relation to the first ones. What else the machine does at the beginning or at
    /// the end slows the empty handler, too, which each request is seen beside.
    fn drift(&self, of_empty: &[f64], part: usize) -> f64 {
        let ratios: Vec<f64> = self.times.iter().zip(of_empty).map(|(time, empty)| time / empty).collect();
        let median = |ratios: &[f64]| quantile(ratios, 0.5).unwrap();
        median(&ratios[ratios.len() - part..]) / median(&ratios[BEFORE..BEFORE + part])
    }
}
