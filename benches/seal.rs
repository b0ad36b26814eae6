//! What the envelope of an event costs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use luchs_scene::{
    Draft, Event, Object, Rect, Size, Utc,
    event::{Kind, Stamp, TrackedObject},
};
use luchs_seal::{DeviceKey, Opener, RecipientKey, Recipients, Sealer, TrustedDevices};
use uuid::Uuid;

fn event() -> Event {
    let (time, size) = (
        Utc::from_unix_millis(1_795_443_939_120),
        Size {
            width: 1920,
            height: 1080,
        },
    );
    let rect = Rect {
        x: 100.0,
        y: 200.0,
        w: 80.0,
        h: 180.0,
    };
    let object = Object {
        rect,
        label_id: 0,
        label: "person".into(),
        confidence: 0.9,
        track_id: Some(7),
    };
    let stamp = Stamp {
        id: Uuid::nil(),
        device: "box-1".parse().expect("a name"),
        boot: Uuid::nil(),
        epoch: Uuid::nil(),
        seq: 1,
    };
    Draft {
        stream_time_ns: Some(1),
        frame: Some(size),
        object: TrackedObject::new(&object, size, time, time, 0.9),
        ..Draft::new(Kind::ObjectUpdate, "gate".parse().expect("a name"), time)
    }
    .stamped(stamp)
}

fn seal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("seal");
    let event = event();
    let topic = event.topic("luchs");
    for recipients in [1, 3] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keys: Vec<RecipientKey> = (0..recipients)
            .map(|_| RecipientKey::generate().expect("a key"))
            .collect();
        for (number, key) in keys.iter().enumerate() {
            key.public()
                .save(&folder.path().join(format!("{number}.jwk")))
                .expect("room on the disk");
        }
        let device = DeviceKey::generate(event.device.clone()).expect("a key");
        let mut trusted = TrustedDevices::default();
        trusted.insert(device.public().clone());
        let mut sealer = Sealer::new(device, Recipients::load_dir(folder.path()).expect("recipients"));
        sealer.refresh().expect("recipients");
        let sealed = sealer.seal(&event, &topic).expect("a sealed event");
        group.bench_function(format!("for {recipients}, {} bytes", sealed.len()), |bencher| {
            bencher.iter(|| sealer.seal(black_box(&event), &topic).expect("a sealed event"));
        });
        let Some(reader) = keys.into_iter().next() else {
            continue;
        };
        let opener = Opener::new(reader, trusted);
        group.bench_function(format!("open, one of {recipients}"), |bencher| {
            bencher.iter(|| opener.open(black_box(&sealed), &topic).expect("an event"));
        });
    }
    group.finish();
}

criterion_group!(benches, seal);
criterion_main!(benches);
