//! Strangers by the hundred thousand: whether their requests stay cheap, and leave nothing behind.

use crate::book::quantile;
use crate::cold::EMPTY;
use crate::environment::Deployment;
use crate::function::Function;
use crate::progress;
use crate::sign_in;
use crate::world::{Roots, World};

/// How many requests are sent without a look at the others.
const BLOCK: usize = 1_000;

/// How many go ahead, in which buffers and caches take their size.
const BEFORE: usize = 2_000;

/// A refusal may cost so many times what an empty handler costs. A signature costs ten to fifty times
/// as much, and a call to anybody more.
const REFUSAL_AT_MOST: f64 = 2.0;

/// What a busy machine does to the CPU time of equal work is below this; what grows with the number of
/// requests would soon be far above.
const DRIFT_AT_MOST: f64 = 1.5;

/// More than an allocator's moods, and far less than a byte for each request.
const GROWTH_AT_MOST: u64 = 256 * 1024;

/// One kind of requests that anybody can send.
struct Strangers {
    title: &'static str,
    binary: &'static str,
    event: String,
    status: u64,
    /// Whether it is a refusal, which must be cheap.
    refused: bool,
}

/// Sends so many requests of each kind. Returns what is to be said, and whether all went well.
pub fn run(world: &World, requests: usize) -> (String, bool) {
    let kinds = [
        Strangers {
            title: "authorize, as Cognito would ask",
            binary: "authorize",
            event: sign_in::authorize(),
            status: 302,
            refused: false,
        },
        Strangers {
            title: "authorize, another client_id",
            binary: "authorize",
            event: sign_in::authorize_as_stranger(),
            status: 400,
            refused: true,
        },
        Strangers {
            title: "token, a wrong client_secret",
            binary: "token",
            event: sign_in::token_with_wrong_secret(),
            status: 401,
            refused: true,
        },
    ];
    let mut text = String::new();
    let mut good = true;
    for kind in kinds {
        let (line, well) = kind.run(world, requests);
        text.push_str(&line);
        good &= well;
    }
    (text, good)
}

impl Strangers {
    fn run(&self, world: &World, requests: usize) -> (String, bool) {
        // An RSA key of this size takes milliseconds to sign with, which would show.
        let start = |binary| world.start_ready(binary, Deployment::with_key("RSA-4096"), Roots::One);
        let (mut empty, mut function) = (start("floor-empty"), start(self.binary));
        for _ in 0..BEFORE {
            self.send(&mut function);
            empty.invoke(&self.event);
        }
        world.aws.take_calls();
        world.idp.take_calls();
        let memory_before = function.memory_now();
        // What else the machine does shows in the empty handler, too.
        let mut blocks = Vec::new();
        for block in 0..requests.div_ceil(BLOCK) {
            progress::say(&format!("{}, {} of {requests}", self.title, block * BLOCK));
            let of_function = cpu_of_block(&mut function, |function| self.send(function));
            let of_empty = cpu_of_block(&mut empty, |empty| {
                empty.invoke(&self.event);
            });
            blocks.push((of_function, of_empty));
        }
        let grown = function.memory_now().saturating_sub(memory_before);
        let calls = world.aws.take_calls().count() + world.idp.take_calls().count();
        let ratios: Vec<f64> = blocks.iter().map(|(function, empty)| function / empty).collect();
        let part = (ratios.len() / 5).max(1);
        let drift = median(&ratios[ratios.len() - part..]) / median(&ratios[..part]);
        let cost = median(&ratios);
        let times: Vec<f64> = blocks.iter().map(|(function, _)| *function).collect();
        let well = calls == 0
            && grown <= GROWTH_AT_MOST
            && drift <= DRIFT_AT_MOST
            && (!self.refused || cost <= REFUSAL_AT_MOST);
        let line = format!(
            "{:<34} {requests:>7} requests  {:>5.0} us of CPU each ({cost:.2} x {EMPTY})  \
             last / first {drift:.2}  memory +{} KiB  calls {calls}  {}\n",
            self.title,
            median(&times) * 1e6,
            grown / 1024,
            if well { "good" } else { "NOT GOOD" },
        );
        (line, well)
    }

    fn send(&self, function: &mut Function) {
        let response = function.invoke(&self.event).response;
        assert_eq!(response["statusCode"], self.status, "{response}");
    }
}

/// The CPU time of one request, in seconds: the clock on the wall tells more of the machine.
fn cpu_of_block(function: &mut Function, mut send: impl FnMut(&mut Function)) -> f64 {
    let before = function.cpu();
    (0..BLOCK).for_each(|_| send(function));
    function.cpu().saturating_sub(before).as_secs_f64() / BLOCK as f64
}

fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5).unwrap()
}
