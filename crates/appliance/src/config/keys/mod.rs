//! All keys there are. The reader, the suggestions, the JSON Schema and the reference in docs/config.md are made of this
//! one list.

mod cameras;
mod kind;
mod list;

pub(super) use cameras::CAMERA;
pub(super) use kind::Kind;
pub(super) use list::{BROKER, DECODER, DEVICE, EVENTS, HOMEASSISTANT, HTTP, MODEL, TRACKING};

/// A table of the file.
pub(super) struct Section {
    /// As in `[broker]`.
    pub(super) name: &'static str,
    /// What it is about: a sentence.
    pub(super) doc: &'static str,
    /// Whether there are any number of it, each with a name: `[camera.NAME]`.
    pub(super) named: bool,
    /// What may stand in it.
    pub(super) keys: &'static [Key],
}

/// A key of a table.
pub(super) struct Key {
    /// As in `url = …`.
    pub(super) name: &'static str,
    /// What it takes.
    pub(super) kind: Kind,
    /// What it is without.
    pub(super) default: Default,
    /// What it is for: a sentence.
    pub(super) doc: &'static str,
    /// A value, as the file has it.
    pub(super) example: &'static str,
}

/// What a key is when the file says nothing.
pub(super) enum Default {
    /// The file has to say it.
    Required,
    /// This value, as the file would have it.
    Value(&'static str),
    /// Nothing, or something that depends: in words.
    Words(&'static str),
}

/// All tables, in the order of the reference.
pub(super) const SECTIONS: [&Section; 9] = [
    &CAMERA,
    &BROKER,
    &EVENTS,
    &MODEL,
    &TRACKING,
    &DECODER,
    &HTTP,
    &HOMEASSISTANT,
    &DEVICE,
];

impl Section {
    /// The key of that name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// As the file has it: `[broker]`, `[camera.NAME]`.
    pub(super) fn header(&self) -> String {
        let name = if self.named { ".NAME" } else { "" };
        format!("[{}{name}]", self.name)
    }
}

/// The table of that name.
pub(super) fn section(name: &str) -> Option<&'static Section> {
    SECTIONS.into_iter().find(|section| section.name == name)
}
