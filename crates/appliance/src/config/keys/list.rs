//! The keys of all tables but the cameras'.

use super::{
    Default::{Required, Value, Words},
    Key, Kind, Section,
};
use crate::config::{SchedulingPolicy, TrackingType};

const DAY_MS: u64 = 86_400_000;

pub(in crate::config) const BROKER: Section = Section {
    name: "broker",
    doc: "Where events are delivered. Required as soon as there is a camera.",
    named: false,
    keys: &[
        Key {
            name: "url",
            kind: Kind::Broker,
            default: Required,
            doc: "The MQTT broker, with TLS; the port is 8883 if none is given",
            example: "\"mqtts://broker.example\"",
        },
        Key {
            name: "ca",
            kind: Kind::Path,
            default: Value("\"/etc/luchs/broker/ca.crt\""),
            doc: "PEM file with the authority that issued the broker's certificate; no other is trusted",
            example: "\"/srv/luchs/ca.crt\"",
        },
        Key {
            name: "certificate",
            kind: Kind::Path,
            default: Value("\"/etc/luchs/broker/device.crt\""),
            doc: "PEM file with this device's certificate, followed by its chain",
            example: "\"/srv/luchs/device.crt\"",
        },
        Key {
            name: "key",
            kind: Kind::Path,
            default: Words(
                "the systemd credential `broker.key`, if the service was given one, otherwise `/etc/luchs/broker/device.key`",
            ),
            doc: "PEM file of mode 0600 with the private key of that certificate",
            example: "\"/srv/luchs/device.key\"",
        },
        Key {
            name: "client-id",
            kind: Kind::Text,
            default: Words("the device's name"),
            doc: "MQTT client id; two clients with the same one throw each other out",
            example: "\"box-1\"",
        },
        Key {
            name: "topic-prefix",
            kind: Kind::Topic,
            default: Value("\"luchs\""),
            doc: "First level of all topics",
            example: "\"site/luchs\"",
        },
    ],
};

pub(in crate::config) const EVENTS: Section = Section {
    name: "events",
    doc: "What is told, who may read it, and how long it waits while the broker cannot be reached.",
    named: false,
    keys: &[
        Key {
            name: "recipients",
            kind: Kind::Path,
            default: Value("\"/etc/luchs/recipients\""),
            doc: "Folder with the public keys (JWK) of all who may read the events; watched while running",
            example: "\"/srv/luchs/readers\"",
        },
        Key {
            name: "update-interval",
            kind: Kind::Duration { least: 0, most: DAY_MS },
            default: Value("\"1s\""),
            doc: "Time between two updates of an object that stays in view; `0s`: on every frame",
            example: "\"5s\"",
        },
        Key {
            name: "end-after",
            kind: Kind::Duration { least: 0, most: DAY_MS },
            default: Value("\"2s\""),
            doc: "Time without being seen after which an object has ended; longer than `max-lost` of `[tracking]`",
            example: "\"3s\"",
        },
        Key {
            name: "retention-bytes",
            kind: Kind::Bytes {
                least: 64 << 10,
                most: 1 << 40,
            },
            default: Value("\"256MiB\""),
            doc: "Most bytes of sealed events that wait for the broker; what is given up is counted and told",
            example: "\"1GiB\"",
        },
        Key {
            name: "retention-age",
            kind: Kind::Duration {
                least: 1000,
                most: 3650 * DAY_MS,
            },
            default: Value("\"7d\""),
            doc: "How long an event waits for the broker before it is given up",
            example: "\"30d\"",
        },
    ],
};

pub(in crate::config) const MODEL: Section = Section {
    name: "model",
    doc: "What looks at the frames of all cameras that name no other model.",
    named: false,
    keys: &[
        Key {
            name: "path",
            kind: Kind::Path,
            default: Value("\"/usr/share/luchs/models/yolox-nano-int8\""),
            doc: "Folder of a model with its passport, or an `.onnx` file",
            example: "\"/srv/models/forklifts\"",
        },
        Key {
            name: "device",
            kind: Kind::Device,
            default: Value("\"auto\""),
            doc: "Where it runs: `auto` (the fastest that is present), `cpu`, `cuda[:n]`, `tensorrt[:n]` or `openvino[:DEVICE]`; \
                  one that is named must be there",
            example: "\"openvino:GPU\"",
        },
        Key {
            name: "scheduling-policy",
            kind: Kind::Word(SchedulingPolicy::WORDS),
            default: Value("\"throughput\""),
            doc: "Whether a frame goes on as soon as it can (`latency`), or several of a camera are looked at side by side \
                  (`throughput`)",
            example: "\"latency\"",
        },
        Key {
            name: "threads",
            kind: Kind::Whole { least: 0, most: 1024 },
            default: Value("0"),
            doc: "Threads of an inference on the CPU; 0: chosen",
            example: "2",
        },
    ],
};

pub(in crate::config) const TRACKING: Section = Section {
    name: "tracking",
    doc: "How objects are followed from frame to frame.",
    named: false,
    keys: &[
        Key {
            name: "type",
            kind: Kind::Word(TrackingType::WORDS),
            default: Value("\"bytetrack\""),
            doc: "The method",
            example: "\"sort\"",
        },
        Key {
            name: "max-lost",
            kind: Kind::Duration {
                least: 0,
                most: 600_000,
            },
            default: Value("\"1500ms\""),
            doc: "How long an object may be unseen before it is given up",
            example: "\"1s\"",
        },
        Key {
            name: "min-hits",
            kind: Kind::Whole { least: 1, most: 1000 },
            default: Value("2"),
            doc: "Frames on which an object must be seen before it counts",
            example: "3",
        },
    ],
};

pub(in crate::config) const DECODER: Section = Section {
    name: "decoder",
    doc: "Decoding of video.",
    named: false,
    keys: &[Key {
        name: "hardware",
        kind: Kind::Flag,
        default: Value("true"),
        doc: "Whether a hardware decoder is used where there is one",
        example: "false",
    }],
};

pub(in crate::config) const HTTP: Section = Section {
    name: "http",
    doc: "The local pages: `/metrics` (Prometheus), `/status` (JSON) and `/`. They hold nothing secret.",
    named: false,
    keys: &[Key {
        name: "listen",
        kind: Kind::Listen,
        default: Value("\"127.0.0.1:9464\""),
        doc: "Address and port; an empty text turns the pages off",
        example: "\"127.0.0.1:8080\"",
    }],
};

pub(in crate::config) const HOMEASSISTANT: Section = Section {
    name: "homeassistant",
    doc: "Cameras, counts and health appear in Home Assistant by themselves. What is told for that is not encrypted end to end.",
    named: false,
    keys: &[
        Key {
            name: "discovery",
            kind: Kind::Flag,
            default: Value("false"),
            doc: "Whether they do",
            example: "true",
        },
        Key {
            name: "prefix",
            kind: Kind::Topic,
            default: Value("\"homeassistant\""),
            doc: "First level of the discovery's topics, as Home Assistant has it",
            example: "\"home\"",
        },
    ],
};

pub(in crate::config) const DEVICE: Section = Section {
    name: "device",
    doc: "This box.",
    named: false,
    keys: &[
        Key {
            name: "name",
            kind: Kind::Name,
            default: Words("made up with the key: `luchs-` and eight characters by chance"),
            doc: "The name that is given to the signing key when it is made, at the first start",
            example: "\"box-1\"",
        },
        Key {
            name: "state",
            kind: Kind::Path,
            default: Value("\"/var/lib/luchs\""),
            doc: "Folder of what is kept: events that wait, keys",
            example: "\"/srv/luchs\"",
        },
        Key {
            name: "keys",
            kind: Kind::Path,
            default: Words("`keys` in the folder `state`"),
            doc: "Folder of the signing key `device.jwk`, which is made at the first start",
            example: "\"/srv/luchs/keys\"",
        },
    ],
};
