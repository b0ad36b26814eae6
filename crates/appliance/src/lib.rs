//! The appliance: `luchs run`.
//!
//! One process watches all cameras of a box. [`config`] reads the one file there is; [`pipeline`] makes a launch line of
//! each camera; [`camera`] keeps that line running, whatever the camera does; [`service`] is the whole. What the whole says
//! about itself is one [`status::Snapshot`], shown by [`status`], [`http`], [`metrics`] and [`homeassistant`].

pub mod camera;
pub mod config;
pub mod homeassistant;
pub mod http;
pub mod metrics;
pub mod overload;
pub mod pipeline;
pub mod service;
pub mod status;
pub mod watchdog;
