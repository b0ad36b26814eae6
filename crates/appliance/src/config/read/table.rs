//! One table of the file, read by the list of its keys.

use std::{collections::BTreeMap, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    report::{Places, Report},
    suggest,
    value::{self, Complaint, shown},
};
use crate::config::{
    Place,
    keys::{self, Default, Key, Kind, Section},
    redact::redact,
    value::{FromValue, Value},
};

/// What goes along while a file is read.
pub(super) struct Reading<'t> {
    pub(super) report: Report<'t>,
    pub(super) places: Places,
    /// Relative paths begin here.
    pub(super) folder: &'t Path,
    /// Whether parts of the file could not be parsed: then what seems to be missing may be in them.
    pub(super) broken: bool,
}

/// The values of a table, those by default too.
pub(super) struct Table {
    section: &'static Section,
    values: BTreeMap<&'static str, Value>,
}

impl Table {
    /// None if a required key is missing, or if there is neither a value nor a default.
    pub(super) fn get<T: FromValue>(&self, name: &str) -> Option<T> {
        debug_assert!(self.section.key(name).is_some(), "{name} is not in the list of keys");
        self.values.get(name).and_then(T::from_value)
    }
}

impl Reading<'_> {
    /// Reads `table`, which is called `path` and begins at `header`; with none, there are the defaults only.
    pub(super) fn table(
        &mut self,
        section: &'static Section,
        path: &str,
        table: Option<(&Range<usize>, &DeTable<'_>)>,
    ) -> Table {
        let mut values = BTreeMap::new();
        for key in section.keys {
            if let Default::Value(text) = key.default
                && let Ok(default) = DeValue::parse(text)
                && let Ok(default) = value::read(key, default.get_ref(), self.folder)
            {
                values.insert(key.name, default);
            }
        }
        if let Some((header, table)) = table {
            self.places.insert(path.to_owned(), self.report.place(header));
            self.entries(section, path, table, &mut values);
            self.missing(section, path, header, table);
        }
        Table { section, values }
    }

    fn entries(
        &mut self,
        section: &'static Section,
        path: &str,
        table: &DeTable<'_>,
        values: &mut BTreeMap<&'static str, Value>,
    ) {
        for (name, item) in table {
            let Some(key) = section.key(name.get_ref()) else {
                self.unknown_key(section, path, name.get_ref(), &name.span());
                continue;
            };
            let (full, place) = (format!("{path}.{}", key.name), self.place_of(key, &name.span(), item));
            match value::read(key, item.get_ref(), self.folder) {
                Ok(value) => {
                    values.insert(key.name, value);
                }
                Err(Complaint { message, help }) => {
                    let help = help.map(|help| with_name(help, path));
                    self.report.error(place.clone(), Some(full.clone()), message, help);
                }
            }
            self.places.insert(full, place);
        }
    }

    /// Where a value stands. Its line is shown only as far as it holds no secret: one may stand where the name of a file was
    /// wanted, or be written with escapes that hide it from whoever looks at the line.
    fn place_of(&self, key: &Key, name: &Range<usize>, item: &Spanned<DeValue<'_>>) -> Place {
        let place = self.report.place(&item.span());
        let hidden = match item.get_ref() {
            DeValue::String(text) if matches!(key.kind, Kind::Private) => text.contains(':'),
            DeValue::String(text) => {
                redact(text) != **text && redact(&place.source) == place.source && !place.source.contains('…')
            }
            _ => matches!(key.kind, Kind::Private),
        };
        if hidden { self.report.place_of_key(name) } else { place }
    }

    fn missing(&mut self, section: &Section, path: &str, header: &Range<usize>, table: &DeTable<'_>) {
        for key in section.keys {
            let given = table.keys().any(|name| name.get_ref() == key.name);
            if !matches!(key.default, Default::Required) || given || self.broken {
                continue;
            }
            self.report.error(
                self.report.place(header),
                Some(format!("{path}.{}", key.name)),
                format!("[{}] has no `{}`", shown(path), key.name),
                Some(format!("add below it: {} = {}", key.name, key.example)),
            );
        }
    }

    fn unknown_key(&mut self, section: &Section, path: &str, name: &str, span: &Range<usize>) {
        let message = format!("`{}` is no key of [{}]", shown(name), shown(path));
        let near = suggest::nearest(name, section.keys.iter().map(|key| key.name));
        let elsewhere = keys::SECTIONS.into_iter().find(|other| other.key(name).is_some());
        let help = if suggest::is_secret(name) && section.named {
            "user and password are no part of this file: write them as two lines into /etc/luchs/credentials/NAME (mode \
             0600); systemd hands them to the service"
                .to_owned()
        } else if suggest::is_secret(name) {
            "passwords are no part of this file, and a broker is shown a certificate instead: remove the line"
                .to_owned()
        } else if let Some(near) = near {
            format!("did you mean `{near}`?")
        } else if let Some(other) = elsewhere {
            format!("it belongs into {}", other.header())
        } else {
            let known: Vec<_> = section.keys.iter().map(|key| key.name).collect();
            format!("it has: {}", known.join(", "))
        };
        let help = with_name(help, path);
        self.report.error(
            self.report.place_of_key(span),
            Some(format!("{path}.{}", shown(name))),
            message,
            Some(help),
        );
    }
}

/// The help with the name of the camera that it is for.
fn with_name(help: String, path: &str) -> String {
    match path.split_once('.') {
        Some((_, name)) if name.parse::<luchs_scene::Name>().is_ok() => help.replace("/NAME", &format!("/{name}")),
        _ => help,
    }
}
