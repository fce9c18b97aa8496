//! What a start asks of AWS, and how often it waits for it.

use std::time::Duration;

use crate::book::{Book, Metric};
use crate::cold::{WarmLegs, starts};
use crate::progress;
use crate::world::{Roots, World};

/// Long enough that calls which don't wait for one another overlap, and a handshake between them
/// doesn't look like waiting.
const DELAY: Duration = Duration::from_millis(200);

pub fn measure(world: &World, book: &mut Book) {
    let mut warm = WarmLegs::start(world);
    for start in starts() {
        progress::say(&format!("calls to AWS, {}", start.subject));
        let event = warm.event(&start);
        world.aws.take_calls();
        world.aws.delay(DELAY);
        let mut function = world.start_ready(start.binary, start.deployment, Roots::One);
        function.invoke(&event);
        world.aws.delay(Duration::ZERO);
        let calls = world.aws.take_calls();
        book.note(&start.subject, Metric::AwsCallsCold, calls.count() as f64);
        book.note(&start.subject, Metric::AwsRoundsCold, calls.rounds() as f64);
        book.note(&start.subject, Metric::AwsConnectionsCold, calls.connections as f64);
    }
}
