//! The page's words.

use super::Language;
use crate::status::{CameraState, Health};

/// The words of one language.
pub(super) struct Words {
    pub(super) title: &'static str,
    health: [&'static str; 3],
    pub(super) todo: &'static str,
    pub(super) nothing: &'static str,
    pub(super) cameras: &'static str,
    pub(super) no_cameras: &'static str,
    states: [&'static str; 4],
    pub(super) since: &'static str,
    pub(super) per_second: &'static str,
    pub(super) analysed: &'static str,
    pub(super) latency: &'static str,
    pub(super) video: &'static str,
    pub(super) in_view: &'static str,
    pub(super) nobody: &'static str,
    pub(super) events: &'static str,
    pub(super) outages: &'static str,
    pub(super) delivery: &'static str,
    pub(super) broker: &'static str,
    pub(super) connected: &'static str,
    pub(super) not_connected: &'static str,
    pub(super) waiting: &'static str,
    pub(super) oldest: &'static str,
    pub(super) delivered: &'static str,
    pub(super) refused: &'static str,
    pub(super) given_up: &'static str,
    pub(super) readers: &'static str,
    pub(super) certificate: &'static str,
    days: [&'static str; 2],
    pub(super) device: &'static str,
    pub(super) running: &'static str,
    pub(super) temperature: &'static str,
    pub(super) load: &'static str,
    pub(super) memory: &'static str,
    pub(super) disk: &'static str,
    pub(super) clock: &'static str,
    pub(super) in_time: &'static str,
    pub(super) not_in_time: &'static str,
    pub(super) refreshed: &'static str,
    /// What stands before the decimals.
    mark: &'static str,
}

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }

    pub(super) fn health(&self, health: Health) -> &'static str {
        self.health[health as usize]
    }

    pub(super) fn state(&self, state: CameraState) -> &'static str {
        self.states[state as usize]
    }

    /// `1 day`, `71 days`.
    pub(super) fn days(&self, count: i64) -> String {
        format!("{count} {}", self.days[usize::from(count != 1)])
    }

    /// A number, perhaps with its unit, as it is written in this language.
    pub(super) fn number(&self, text: &str) -> String {
        text.replacen('.', self.mark, 1)
    }
}

const ENGLISH: Words = Words {
    title: "Luchs",
    health: ["Everything works", "Works, but somebody should look", "Does not work"],
    todo: "What to do",
    nothing: "Nothing.",
    cameras: "Cameras",
    no_cameras: "None yet.",
    states: ["starts", "runs", "is tried again", "is off"],
    since: "since",
    per_second: "frames a second",
    analysed: "looked at",
    latency: "latency",
    video: "video",
    in_view: "in view",
    nobody: "nothing",
    events: "events",
    outages: "outages",
    delivery: "Delivery",
    broker: "broker",
    connected: "connected",
    not_connected: "not connected",
    waiting: "events that wait",
    oldest: "oldest",
    delivered: "delivered",
    refused: "refused by the broker",
    given_up: "given up",
    readers: "readers",
    certificate: "certificate valid for",
    days: ["day", "days"],
    device: "Box",
    running: "running for",
    temperature: "temperature",
    load: "load",
    memory: "memory",
    disk: "free disk",
    clock: "clock",
    in_time: "synchronised",
    not_in_time: "not synchronised",
    refreshed: "Refreshes itself every 5 seconds.",
    mark: ".",
};

const GERMAN: Words = Words {
    title: "Luchs",
    health: ["Alles läuft", "Läuft, aber jemand sollte nachsehen", "Läuft nicht"],
    todo: "Was zu tun ist",
    nothing: "Nichts.",
    cameras: "Kameras",
    no_cameras: "Noch keine.",
    states: ["startet", "läuft", "wird wieder versucht", "ist aus"],
    since: "seit",
    per_second: "Bilder pro Sekunde",
    analysed: "ausgewertet",
    latency: "Latenz",
    video: "Video",
    in_view: "im Bild",
    nobody: "nichts",
    events: "Ereignisse",
    outages: "Ausfälle",
    delivery: "Zustellung",
    broker: "Broker",
    connected: "verbunden",
    not_connected: "nicht verbunden",
    waiting: "wartende Ereignisse",
    oldest: "ältestes",
    delivered: "zugestellt",
    refused: "vom Broker abgelehnt",
    given_up: "aufgegeben",
    readers: "Empfänger",
    certificate: "Zertifikat gültig für",
    days: ["Tag", "Tage"],
    device: "Gerät",
    running: "läuft seit",
    temperature: "Temperatur",
    load: "Last",
    memory: "Speicher",
    disk: "freier Platz",
    clock: "Uhr",
    in_time: "synchronisiert",
    not_in_time: "nicht synchronisiert",
    refreshed: "Erneuert sich alle 5 Sekunden.",
    mark: ",",
};
