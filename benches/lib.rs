//! Benchmarks of the kernels; `make bench` runs them. Absolute times differ from machine to machine: compare within a run.
