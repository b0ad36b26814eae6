//! The running whole.

mod cameras;
mod desk;
mod engines;
mod health;
mod identity;
mod news;
mod run;
mod signals;
mod world;

pub use identity::IdentityError;
pub use run::{Options, RunError, run};
