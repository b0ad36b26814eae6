//! More work than the box can do: a state, with a policy.
