//! A look at the appliance with a browser or with Prometheus. Nothing can be changed here.

mod guard;
mod language;
mod page;
mod routes;
mod server;

pub use server::{HttpError, Server};
