//! The keys of a camera.

use super::{
    Default::{Required, Value, Words},
    Key, Kind, Section,
};
use crate::config::{Priority, Transport};

pub(in crate::config) const CAMERA: Section = Section {
    name: "camera",
    doc: "One camera. Its name is a level of its events' topics.",
    named: true,
    keys: &[
        Key {
            name: "url",
            kind: Kind::Camera,
            default: Required,
            doc: "Where its pictures come from: `rtsp://`, `rtsps://`, `file://` or, for a camera on USB, `v4l2:///dev/videoN`. \
                  Never with a user or password in it",
            example: "\"rtsp://192.168.1.20/stream1\"",
        },
        Key {
            name: "credentials",
            kind: Kind::Private,
            default: Words(
                "`/etc/luchs/credentials/NAME`, which systemd hands to the service as the credential `camera_NAME`",
            ),
            doc: "File of mode 0600 with two lines, the camera's user and its password, that belongs to the user of the service",
            example: "\"/srv/luchs/gate.credentials\"",
        },
        Key {
            name: "tls-ca",
            kind: Kind::Path,
            default: Words("the system's authorities"),
            doc: "PEM file with the authority that issued the certificate of an `rtsps` camera",
            example: "\"gate-ca.crt\"",
        },
        Key {
            name: "transport",
            kind: Kind::Word(Transport::WORDS),
            default: Value("\"tcp\""),
            doc: "How an RTSP stream travels: in the connection (`tcp`), in packets of its own (`udp`), or tried out (`auto`)",
            example: "\"udp\"",
        },
        Key {
            name: "latency",
            kind: Kind::Duration { least: 0, most: 10_000 },
            default: Value("\"200ms\""),
            doc: "How long packets of an RTSP stream are waited for that come late or out of order",
            example: "\"500ms\"",
        },
        Key {
            name: "model",
            kind: Kind::Path,
            default: Words("`path` of `[model]`"),
            doc: "Another model for this camera",
            example: "\"/srv/models/forklifts\"",
        },
        Key {
            name: "device",
            kind: Kind::Device,
            default: Words("`device` of `[model]`"),
            doc: "Another device for this camera's model",
            example: "\"cpu\"",
        },
        Key {
            name: "threshold",
            kind: Kind::Number { least: 0.0, most: 1.0 },
            default: Words("the model's"),
            doc: "Confidence from which on a detection counts",
            example: "0.4",
        },
        Key {
            name: "object-class",
            kind: Kind::Labels,
            default: Value("[]"),
            doc: "Labels of objects that count; with none, all of the model's do",
            example: "[\"person\", \"car\"]",
        },
        Key {
            name: "inference-interval",
            kind: Kind::Whole { least: 1, most: 10_000 },
            default: Value("1"),
            doc: "The model looks at one frame of so many",
            example: "3",
        },
        Key {
            name: "inference-region",
            kind: Kind::Region,
            default: Words("the whole frame"),
            doc: "The part of the frame that the model looks at: x,y,width,height, as parts of the frame between 0 and 1",
            example: "\"0.5,0,0.5,1\"",
        },
        Key {
            name: "motion-gate",
            kind: Kind::Flag,
            default: Value("false"),
            doc: "Whether frames are passed over on which nothing moved",
            example: "true",
        },
        Key {
            name: "max-fps",
            kind: Kind::Number {
                least: 0.1,
                most: 1000.0,
            },
            default: Words("all frames"),
            doc: "Most frames per second that the model looks at",
            example: "10",
        },
        Key {
            name: "priority",
            kind: Kind::Word(Priority::WORDS),
            default: Value("\"normal\""),
            doc: "Who gives way when the work exceeds the box: `low` first, `high` last",
            example: "\"high\"",
        },
        Key {
            name: "enabled",
            kind: Kind::Flag,
            default: Value("true"),
            doc: "Whether the camera is watched",
            example: "false",
        },
        Key {
            name: "loop",
            kind: Kind::Flag,
            default: Value("true"),
            doc: "Whether a file of video begins anew at its end",
            example: "false",
        },
    ],
};
