//! A Lambda function in a process of its own, as Lambda runs it.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::environment::Environment;
use crate::process;
use crate::runtime_api::{Call, NEXT, RuntimeApi, Silence};

/// Far longer than anything takes, even under valgrind.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Function {
    name: String,
    child: Child,
    api: RuntimeApi,
    started: Instant,
    /// The request for the next event, which is still to be answered.
    next: Option<Call>,
    count: u64,
}

/// What came of one event.
pub struct Invocation {
    /// The response, as an HTTP API reads it.
    pub response: Value,
    /// From the first byte of the event to the last one of the answer.
    pub took: Duration,
}

impl Function {
    /// Starts `command` with the variables that Lambda sets, and these. What it prints goes to a
    /// file, since what it logs is a part of its work.
    pub fn start(name: &str, mut command: Command, environment: &Environment, logs: &Path) -> Self {
        let api = RuntimeApi::start();
        let log = File::create(logs.join(format!("{name}.log"))).unwrap();
        command
            .arg0("bootstrap")
            .env_clear()
            .envs(environment.of_lambda(name, &api.address()))
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log);
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { name: name.to_owned(), child, api, started, next: None, count: 0 }
    }

    /// Waits until it asks for its first event. Returns how long that took from its start.
    pub fn ready(&mut self) -> Duration {
        let next = self.expect_next();
        let took = next.at - self.started;
        self.next = Some(next);
        took
    }

    /// Sends one event, takes the answer, and waits until it asks for the next one.
    pub fn invoke(&mut self, event: &str) -> Invocation {
        let next = self.next.take().expect("not ready");
        self.count += 1;
        let handed_out = self.api.hand_out(&next, self.count, event);
        let answer = self.expect("/response");
        let took = answer.at - handed_out;
        self.api.accept(&answer);
        self.next = Some(self.expect_next());
        let response = serde_json::from_slice(&answer.request.body).expect("an answer that isn't JSON");
        Invocation { response, took }
    }

    pub fn cpu(&self) -> Duration {
        process::cpu(self.child.id())
    }

    pub fn peak_memory(&self) -> u64 {
        process::peak_memory(self.child.id())
    }

    pub fn memory_now(&self) -> u64 {
        process::memory_now(self.child.id())
    }

    /// Ends it in a way that lets a tool around it write what it has found.
    pub fn terminate(mut self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }

    fn expect_next(&mut self) -> Call {
        let call = self.expect("");
        assert_eq!(call.request.path(), NEXT, "{}", self.name);
        call
    }

    fn expect(&mut self, end_of_path: &str) -> Call {
        match self.api.call(PATIENCE) {
            Ok(call) if call.request.path().ends_with(end_of_path) => call,
            Ok(call) => panic!(
                "{} sent {} {}",
                self.name,
                call.request.line,
                String::from_utf8_lossy(&call.request.body)
            ),
            Err(Silence) => panic!("{} went silent; its log is beside the others", self.name),
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
