//! The courier: takes sealed events out of the outbox, in order, and sees each one acknowledged.

mod mutes;
mod pace;
mod run;
mod session;
mod statements;
mod window;

pub(crate) use run::{Courier, CourierSettings};
