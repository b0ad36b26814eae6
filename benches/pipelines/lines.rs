//! Launch lines.

/// Decodes `${clip}`.
pub(crate) const DECODE: &str = "filesrc location=${clip} ! qtdemux ! h264parse ! avdec_h264";

/// How far frames go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Far {
    Decode,
    Detect,
    Track,
    Publish,
}

impl Far {
    pub(crate) const ALL: [Self; 4] = [Self::Decode, Self::Detect, Self::Track, Self::Publish];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Detect => "decode, detect",
            Self::Track => "decode, detect, track",
            Self::Publish => "decode, detect, track, publish",
        }
    }
}

/// Elements after the decoder, for camera `number`, with properties `detect` of luchsdetect.
pub(crate) fn elements(far: Far, number: usize, detect: &str) -> String {
    let parts = [
        (
            Far::Detect,
            format!(" ! luchsdetect model=${{model}} device=${{device}} {detect}"),
        ),
        (Far::Track, " ! luchstrack".to_owned()),
        (
            Far::Publish,
            format!(
                " ! luchspublish camera=${{camera}}-{number} broker=${{broker}} ca-file=${{ca}} cert-file=${{cert}} \
                 key-file=${{key}} signing-key=${{keys}}/device.jwk recipients=${{keys}}/recipients outbox=${{outbox}} \
                 drain-timeout=30000"
            ),
        ),
    ];
    parts
        .into_iter()
        .filter(|(from, _)| far >= *from)
        .map(|(_, part)| part)
        .collect()
}

/// `streams` cameras that deliver as fast as they are taken.
pub(crate) fn fast(far: Far, streams: usize, detect: &str) -> String {
    let one = |number| {
        let elements = elements(far, number, detect);
        format!("{DECODE} ! queue max-size-buffers=4 max-size-bytes=0 max-size-time=0{elements} ! fakesink sync=false")
    };
    (0..streams).map(one).collect::<Vec<_>>().join(" ")
}

/// One camera, all of whose work is done by one thread, one thing after the other.
pub(crate) fn in_turn(far: Far, detect: &str) -> String {
    format!(
        "{DECODE} max-threads=1{} ! fakesink sync=false",
        elements(far, 0, detect)
    )
}

/// Where frames of camera `number` arrive that deliver by the clock: the decoder before it is ahead of time.
pub(crate) fn arrival(number: usize) -> String {
    format!("arrival-{number}")
}

/// `streams` cameras that deliver by the clock, and throw away what nobody takes in time, as `pipelines/rtsp.launch`.
pub(crate) fn by_the_clock(far: Far, streams: usize, detect: &str) -> String {
    let one = |number| {
        let (elements, arrival) = (elements(far, number, detect), arrival(number));
        // One thread for each decoder, as with many cameras; the latency that more threads add is not ours.
        format!(
            "{DECODE} max-threads=1 ! clocksync name={arrival} ! queue leaky=downstream max-size-buffers=2{elements} ! \
             fakesink sync=false"
        )
    };
    (0..streams).map(one).collect::<Vec<_>>().join(" ")
}
