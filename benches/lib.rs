//! Benchmarks: kernels, and whole pipelines; `make bench` runs them. Absolute times differ from machine to machine: compare
//! within a run.

pub mod figures;
