//! The program that a model is tried in; the library starts it, not people.

fn main() -> std::process::ExitCode {
    luchs_infer::trial::serve()
}
