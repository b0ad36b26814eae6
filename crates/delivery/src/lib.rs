//! Events that arrive: the outbox on disk, and the courier that empties it over MQTT.
