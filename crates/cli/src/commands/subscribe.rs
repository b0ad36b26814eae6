//! `luchs subscribe`: receive events, verify and decrypt them, say what is missing.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::anyhow;
use clap::Args;
use luchs_delivery::{BrokerSettings, GapReport, Incoming, Ledger, Message, Seen, Subscription, SubscriptionSettings};
use luchs_scene::{Event, Name, event::Kind};
use luchs_seal::{OpenError, Opener, RecipientKey, TrustedDevices};
use serde_json::json;
use uuid::Uuid;

use crate::output::{Failure, Outcome, Sort as _, data, line, note};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The broker
    #[arg(long, value_name = "mqtts://HOST[:PORT]")]
    broker: String,
    /// The authority that issued the broker's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    ca: PathBuf,
    /// Our certificate for the broker (PEM)
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// The private key of our certificate (PEM)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Our private key for events (recipient.jwk), or a folder of keys while one is being changed for another
    #[arg(long, value_name = "FILE|DIR")]
    recipient_key: PathBuf,
    /// Public key of a device (device.pub.jwk), or a folder of them: nobody else is believed. Looked at again when it changes
    #[arg(long, value_name = "FILE|DIR")]
    trust: PathBuf,
    /// Which events; a device numbers the events of all its cameras together, so less than all of a device looks like gaps
    #[arg(long, value_name = "FILTER", default_value = "luchs/+/+/events")]
    topic: String,
    /// MQTT client id, one for each reader; by default from the recipient's key
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// How long the broker keeps events for us while we are away, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    session_expiry: u32,
    /// End after this many events
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// One event a line as JSON; the final count as a JSON object with "type": "summary" on standard error
    #[arg(long)]
    json: bool,
}

/// How often the folder of believed devices is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Messages handed out and not acknowledged yet.
const WINDOW: u16 = 100;

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let keys = RecipientKey::load_all(&arguments.recipient_key).usage()?;
    let trusted = TrustedDevices::load(&arguments.trust).usage()?;
    let client_id = arguments
        .client_id
        .clone()
        .unwrap_or_else(|| format!("luchs-{}", keys[0].kid().chars().take(12).collect::<String>()));
    let settings = SubscriptionSettings {
        broker: BrokerSettings {
            url: arguments.broker.clone(),
            ca: arguments.ca.clone(),
            certificate: arguments.cert.clone(),
            key: arguments.key.clone(),
            client_id: Some(client_id),
        },
        filters: vec![arguments.topic.clone()],
        session_expiry: Duration::from_secs(arguments.session_expiry.into()),
        window: WINDOW,
    };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).environment()?;
    }
    let subscription = Subscription::open(settings).usage()?;
    let mut reader = Reader::new(keys, trusted, arguments.json);
    let enough = |reader: &Reader| arguments.count.is_some_and(|count| reader.events >= count);
    let mut subscribed = false;
    while !stop.load(Ordering::Relaxed) && !enough(&reader) {
        reader.look();
        match subscription.next(Duration::from_millis(100)) {
            Some(Incoming::Message(message)) => {
                reader.read(&message);
                subscription.ack(message);
            }
            Some(Incoming::Subscribed { .. }) => {
                subscribed = true;
                note(format_args!("subscribed to {}", arguments.topic));
            }
            Some(Incoming::Notice(notice)) => note(notice),
            None => {}
        }
    }
    drop(subscription);
    let outcome = reader.finish();
    if subscribed {
        outcome
    } else {
        let (broker, topic) = (&arguments.broker, &arguments.topic);
        Err(anyhow!(
            "never subscribed to {topic} at {broker}; the reasons are above"
        ))
        .environment()
    }
}

/// What came in so far.
struct Reader {
    keys: Vec<RecipientKey>,
    trusted: TrustedDevices,
    looked: Instant,
    /// One for each of our keys.
    openers: Vec<Opener>,
    json: bool,
    ledger: Ledger,
    /// The highest number of each numbering, to notice a hole when it opens.
    highest: BTreeMap<(Name, Uuid), u64>,
    messages: u64,
    events: u64,
    duplicates: u64,
    refused: u64,
    /// How often something was refused, by reason and by the last level of the topic (as we know them).
    refusals: BTreeMap<(String, &'static str), u64>,
}

impl Reader {
    fn new(keys: Vec<RecipientKey>, trusted: TrustedDevices, json: bool) -> Self {
        Self {
            openers: openers(&keys, &trusted),
            keys,
            trusted,
            looked: Instant::now(),
            json,
            ledger: Ledger::default(),
            highest: BTreeMap::new(),
            messages: 0,
            events: 0,
            duplicates: 0,
            refused: 0,
            refusals: BTreeMap::new(),
        }
    }

    /// Looks whether the devices that are believed have changed.
    fn look(&mut self) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        match self.trusted.refresh() {
            Ok(false) => {}
            Ok(true) => {
                let mut kids: Vec<_> = self
                    .trusted
                    .keys()
                    .map(|key| format!("{} ({})", key.kid(), key.device()))
                    .collect();
                kids.sort();
                note(format_args!("devices are now believed under: {}", kids.join(", ")));
                self.openers = openers(&self.keys, &self.trusted);
            }
            Err(error) => note(format_args!("{error}; the same devices as before are believed")),
        }
    }

    fn open(&self, message: &Message) -> Result<Event, OpenError> {
        let mut openers = self
            .openers
            .iter()
            .map(|opener| opener.open(&message.payload, &message.topic));
        // What is not for one of our keys may be for another.
        let mut opened = openers.next().unwrap_or(Err(OpenError::NotJson));
        for other in openers {
            if !matches!(opened, Err(OpenError::NotForUs { .. })) {
                break;
            }
            opened = other;
        }
        opened
    }

    fn read(&mut self, message: &Message) {
        self.messages += 1;
        let opened = if message.retained && message.topic.ends_with("/events") {
            Err(("retained".to_owned(), RETAINED.to_owned()))
        } else {
            let opened = self.open(message);
            opened.map_err(|reason| (kind_of(&reason), reason.to_string()))
        };
        let event = match opened {
            Ok(event) => event,
            Err((kind, reason)) => return self.refuse(kind, &reason, &message.topic),
        };
        if self.ledger.observe(&event) == Seen::Duplicate {
            self.duplicates += 1;
            return;
        }
        self.events += 1;
        self.tell_of_hole(&event);
        if self.json {
            match serde_json::to_string(&event) {
                Ok(text) => data(text),
                Err(error) => note(format_args!("event {}: {error}", event.seq)),
            }
        } else {
            line(summary(&event));
        }
    }

    /// The first of a kind is told with its reason, and then each time there are ten times as many: who sends garbage
    /// does not decide how much is written.
    fn refuse(&mut self, kind: String, reason: &str, topic: &str) {
        self.refused += 1;
        let level = ["events", "status", "keys"]
            .into_iter()
            .find(|level| topic.rsplit('/').next() == Some(level));
        let count = self.refusals.entry((kind, level.unwrap_or("other"))).or_default();
        *count += 1;
        if *count == 1 {
            note(format_args!("refused a message on {topic}: {reason}"));
        } else if count.checked_ilog10().is_some_and(|power| *count == 10_u64.pow(power)) {
            note(format_args!(
                "refused {count} messages like the last one on {topic}: {reason}"
            ));
        }
    }

    fn tell_of_hole(&mut self, event: &Event) {
        let highest = self
            .highest
            .entry((event.device.clone(), event.epoch))
            .or_insert(event.seq - 1);
        if event.seq > *highest + 1 {
            note(format_args!(
                "{}: events {} to {} have not come (yet)",
                event.device,
                *highest + 1,
                event.seq - 1
            ));
        }
        *highest = event.seq.max(*highest);
    }

    /// The final count; something missing or refused is a finding.
    fn finish(self) -> Outcome {
        let gaps = self.ledger.gaps();
        for gap in &gaps {
            note(missing(gap));
        }
        let unannounced = self.ledger.unannounced();
        if self.json {
            let summary = json!({
                "type": "summary",
                "received": self.messages - self.duplicates,
                "decrypted": self.events,
                "duplicates": self.duplicates,
                "refused": self.refused,
                "gaps": gaps.len(),
                "missing": gaps.iter().map(GapReport::count).fold(0, u64::saturating_add),
            });
            note(summary);
        } else {
            let (events, duplicates, refused) = (self.events, self.duplicates, self.refused);
            note(format_args!(
                "{events} events, {duplicates} delivered twice, {refused} refused, {} gaps",
                gaps.len()
            ));
        }
        if unannounced > 0 || self.refused > 0 {
            let refused = self.refused;
            return Err(Failure::Finding(anyhow!(
                "{unannounced} events are missing, {refused} messages were refused"
            )));
        }
        Ok(())
    }
}

fn openers(keys: &[RecipientKey], trusted: &TrustedDevices) -> Vec<Opener> {
    let opener = |key: &RecipientKey| Opener::new(key.clone(), trusted.clone());
    keys.iter().map(opener).collect()
}

/// An event is never kept by the broker for whoever comes next: one that is, was put there by someone else.
const RETAINED: &str = "it is retained, which no event is: someone made the broker keep it";

/// The kind of a reason, without what is particular to one message.
fn kind_of(reason: &OpenError) -> String {
    let text = format!("{reason:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

fn missing(gap: &GapReport) -> String {
    let why = gap.announced.map_or("lost or still under way".to_owned(), |reason| {
        format!("given up by the device: {reason:?}")
    });
    format!("{}: events {} to {} are missing ({why})", gap.device, gap.from, gap.to)
}

/// One event for a person to read.
fn summary(event: &Event) -> String {
    let what = match (&event.object, &event.gap) {
        (Some(object), _) => format!("{} #{} {:.0} %", object.label, object.id, object.confidence * 100.0),
        (None, Some(gap)) => format!("{} events are lost for good ({:?})", gap.count, gap.reason),
        (None, None) => event
            .status
            .as_ref()
            .map_or_else(String::new, |status| status.text.clone()),
    };
    let kind = match event.kind {
        Kind::ObjectNew => "new   ",
        Kind::ObjectUpdate => "update",
        Kind::ObjectEnd => "end   ",
        Kind::Gap => "gap   ",
        Kind::DeviceStatus => "status",
        Kind::CameraDown => "down  ",
        Kind::CameraUp => "up    ",
    };
    format!("{} {}/{} {kind} {what}", event.time, event.device, event.camera)
}
