//! Replacing the signing key without an outage. The order is the whole point: the IdP knows the new
//! key before the proxy signs with it, and forgets the old one after the proxy has.
//!
//! [`state`] remembers how far a rotation got; [`procedure`] takes the next step; the others speak to
//! the parties: [`idp`], [`proxy`], [`published`] and [`secrets`].

mod after_the_switch;
pub mod idp;
pub mod patience;
pub mod procedure;
pub mod proxy;
pub mod published;
pub mod random;
pub mod secrets;
pub mod settings;
pub mod state;
mod to_the_switch;
mod waiting;
