//! One file a command.

pub(crate) mod broker;
pub(crate) mod check;
pub(crate) mod generate;
pub(crate) mod keys;
pub(crate) mod model;
pub(crate) mod optimise;
pub(crate) mod outbox;
pub(crate) mod pipeline;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod subscribe;
