//! The same through a delivery whose broker cannot be reached.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use luchs_delivery::{BrokerSettings, Delivery, Settings};
use luchs_scene::{
    Draft, Event, Name, Object, Rect, Size, Utc,
    event::{Kind, Stamp, TrackedObject},
};
use luchs_seal::{
    DeviceKey, RecipientKey, Recipients, Sealer,
    pki::{Authority, PrivateKey, Usage, Validity},
};
use uuid::Uuid;

/// An event as most are.
pub(crate) fn draft() -> Result<Draft> {
    let time = Utc::from_unix_millis(1_795_443_939_120);
    let size = Size {
        width: 1920,
        height: 1080,
    };
    let object = Object {
        rect: Rect {
            x: 100.0,
            y: 200.0,
            w: 80.0,
            h: 180.0,
        },
        label_id: 0,
        label: "person".into(),
        confidence: 0.9,
        track_id: Some(7),
    };
    Ok(Draft {
        stream_time_ns: Some(1),
        frame: Some(size),
        object: TrackedObject::new(&object, size, time, time, 0.9),
        ..Draft::new(Kind::ObjectUpdate, "gate".parse()?, time)
    })
}

/// The event of a draft, as sealing alone needs it.
pub(crate) fn event(device: &Name) -> Result<Event> {
    Ok(draft()?.stamped(Stamp {
        id: Uuid::nil(),
        device: device.clone(),
        boot: Uuid::nil(),
        epoch: Uuid::nil(),
        seq: 1,
    }))
}

/// The keys of a device and a recipient, on disk.
pub(crate) struct Keys {
    pub(crate) device: Name,
    pub(crate) sealer: Sealer,
}

impl Keys {
    pub(crate) fn create(folder: &Path) -> Result<Self> {
        let recipients = folder.join("recipients");
        std::fs::create_dir(&recipients)?;
        RecipientKey::generate()?
            .public()
            .save(&recipients.join("reader.jwk"))?;
        let device: Name = "box".parse()?;
        let key = DeviceKey::generate(device.clone())?;
        key.save(&folder.join("device.jwk"))?;
        let mut sealer = Sealer::new(key, Recipients::load_dir(&recipients)?);
        sealer.refresh()?;
        Ok(Self { device, sealer })
    }
}

/// An outbox of its own with the keys of `folder`; nobody listens on the port of its broker.
pub(crate) fn delivery(folder: &Path, outbox: &Path) -> Result<Delivery> {
    let site = folder.join("site");
    if !site.exists() {
        let authority = Authority::create(&site, "site", Validity::days(400)?)?;
        let (name, key): (Name, _) = ("box".parse()?, PrivateKey::generate()?);
        let certificate = authority.issue(&name, &key, &Usage::Client, Validity::days(390)?)?;
        certificate.save(&site.join("box.crt"))?;
        key.save(&site.join("box.key"))?;
    }
    let broker = BrokerSettings {
        url: "mqtts://localhost:1".to_owned(),
        ca: Authority::open(&site)?.certificate_file(),
        certificate: site.join("box.crt"),
        key: site.join("box.key"),
        client_id: None,
    };
    let (key, recipients) = (folder.join("device.jwk"), folder.join("recipients"));
    let delivery = Delivery::open(Settings::new(key, recipients, outbox.to_owned(), broker))?;
    // The first try to connect is no part of what an event costs.
    let deadline = Instant::now() + Duration::from_secs(10);
    while delivery.stats().last_error.is_none() {
        ensure!(Instant::now() < deadline, "nothing was tried");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(delivery)
}

/// Submits so many events, and waits until all of them are on disk.
pub(crate) fn commit(delivery: &Delivery, events: u64) -> Result<()> {
    for _ in 0..events {
        delivery.submit(draft()?);
    }
    ensure!(delivery.flush(Duration::from_mins(2)), "the outbox cannot be written");
    ensure!(delivery.stats().dropped == 0, "events were dropped");
    Ok(())
}
