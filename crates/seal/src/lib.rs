//! Signed and encrypted envelopes for events: JWS inside JWE, and the keys for them.
