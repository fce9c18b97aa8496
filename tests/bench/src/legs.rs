//! One process for each leg of a sign-in, of one deployment.

use std::time::Duration;

use crate::environment::Deployment;
use crate::function::Function;
use crate::sign_in;
use crate::world::{Roots, World};

pub struct Legs {
    pub authorize: Function,
    pub callback: Function,
    pub token: Function,
}

impl Legs {
    /// Starts them, until all are ready.
    pub fn start(world: &World, deployment: Deployment) -> Self {
        let [authorize, callback, token] = ["authorize", "callback", "token"]
            .map(|binary| world.start_ready(binary, deployment, Roots::Many));
        Self { authorize, callback, token }
    }

    /// One sign-in, and how long each leg took.
    pub fn sign_in(&mut self) -> [Duration; 3] {
        let authorized = self.authorize.invoke(&sign_in::authorize());
        let called_back = self.callback.invoke(&sign_in::callback(&authorized.response));
        let tokens = self.token.invoke(&sign_in::token(&called_back.response));
        sign_in::assert_tokens(&tokens.response);
        [authorized.took, called_back.took, tokens.took]
    }

    /// The memory that is resident now, in bytes.
    pub fn memory(&self) -> [u64; 3] {
        [&self.authorize, &self.callback, &self.token].map(Function::memory_now)
    }
}
