//! One value: is it what its key takes?

use std::{net::SocketAddr, path::Path};

use luchs_delivery::BrokerUrl;
use luchs_infer::Device;
use luchs_scene::{Name, printable};
use toml::de::DeValue;

use crate::config::{
    Region, Source,
    keys::{Key, Kind},
    redact::redact,
    units::{self, Unfit},
    value::Value,
};

/// Why a value is not what its key takes.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// A text of the file as it may be shown.
pub(super) fn shown(text: &str) -> String {
    let text = redact(text);
    let mut short: String = printable(&text).chars().take(60).collect();
    if text.chars().count() > 60 {
        short.push('…');
    }
    short
}

/// Reads `value` as what `key` takes. Relative paths begin in `folder`.
pub(super) fn read(key: &Key, value: &DeValue<'_>, folder: &Path) -> Result<Value, Complaint> {
    match key.kind {
        Kind::Flag => match value {
            DeValue::Boolean(flag) => Ok(Value::Flag(*flag)),
            DeValue::String(text) if matches!(&**text, "true" | "false") => Err(Complaint::new(
                other_type(key, value),
                format!("write it without quotation marks: {} = {text}", key.name),
            )),
            _ => Err(wrong_type(key, value)),
        },
        Kind::Whole { least, most } => whole(key, value, least, most),
        Kind::Number { least, most } => number(key, value, least, most),
        Kind::Labels => labels(key, value),
        _ => match value {
            DeValue::String(text) => from_text(key, text, folder),
            _ => Err(wrong_type(key, value)),
        },
    }
}

fn other_type(key: &Key, value: &DeValue<'_>) -> String {
    let is = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("`{}` takes {}, but this is {is}", key.name, key.kind.noun())
}

fn wrong_type(key: &Key, value: &DeValue<'_>) -> Complaint {
    let number = matches!(value, DeValue::Integer(_) | DeValue::Float(_));
    let how = match key.kind {
        Kind::Duration { .. } | Kind::Bytes { .. } if number => "write it as a text with its unit",
        _ => "for example",
    };
    Complaint::new(other_type(key, value), format!("{how}: {}", example(key)))
}

/// The broker's address that was meant: over TLS, and not at the port of connections without it.
fn encrypted(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let url = format!("mqtts://{}", rest.strip_suffix(":1883").unwrap_or(rest));
    url.parse::<BrokerUrl>().is_ok().then_some(url)
}

fn example(key: &Key) -> String {
    format!("{} = {}", key.name, key.example)
}

/// Outside of the limits; the help tells them.
fn outside(key: &Key, what: &str, least: impl std::fmt::Display, most: impl std::fmt::Display) -> Complaint {
    Complaint::new(
        format!("`{}` cannot be {what}", key.name),
        format!("use a value from {least} to {most}, for example: {}", example(key)),
    )
}

fn whole(key: &Key, value: &DeValue<'_>, least: u64, most: u64) -> Result<Value, Complaint> {
    let DeValue::Integer(number) = value else {
        return Err(wrong_type(key, value));
    };
    match u64::from_str_radix(number.as_str(), number.radix()) {
        Ok(number) if (least..=most).contains(&number) => Ok(Value::Whole(number)),
        _ => Err(outside(key, &shown(&number.to_string()), least, most)),
    }
}

fn number(key: &Key, value: &DeValue<'_>, least: f64, most: f64) -> Result<Value, Complaint> {
    let (text, number) = match value {
        DeValue::Integer(number) => {
            let whole = i128::from_str_radix(number.as_str(), number.radix()).ok();
            (number.to_string(), whole.map(|whole| whole as f64))
        }
        DeValue::Float(number) => (number.to_string(), number.as_str().parse().ok()),
        _ => return Err(wrong_type(key, value)),
    };
    // So that what is no number is outside, too.
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
        _ => Err(outside(key, &shown(&text), least, most)),
    }
}

fn labels(key: &Key, value: &DeValue<'_>) -> Result<Value, Complaint> {
    let list = match value {
        DeValue::Array(list) => list,
        DeValue::String(text) if !text.is_empty() => {
            let parts: Vec<_> = text
                .split(',')
                .map(|part| format!("\"{}\"", shown(part.trim())))
                .collect();
            let help = format!("write it in brackets: {} = [{}]", key.name, parts.join(", "));
            return Err(Complaint::new(other_type(key, value), help));
        }
        _ => return Err(wrong_type(key, value)),
    };
    let mut labels = Vec::new();
    for item in list {
        match item.get_ref() {
            DeValue::String(label) if !label.trim().is_empty() && !label.contains(',') && plain(label) => {
                labels.push(label.trim().to_owned());
            }
            DeValue::String(label) => {
                let message = format!("`{}`: “{}” is no label of an object", key.name, shown(label));
                let help = format!("a label has no comma, and each stands by itself: {}", example(key));
                return Err(Complaint::new(message, help));
            }
            _ => return Err(wrong_type(key, value)),
        }
    }
    Ok(Value::Labels(labels))
}

/// Whether all of it can be seen.
fn plain(text: &str) -> bool {
    printable(text) == text
}

fn from_text(key: &Key, text: &str, folder: &Path) -> Result<Value, Complaint> {
    let name = key.name;
    let wrong = || format!("`{name}`: “{}” is not {}", shown(text), key.kind.noun());
    let such_as = || format!("for example: {}", example(key));
    // Addresses say better what is wrong with them.
    if !matches!(key.kind, Kind::Camera | Kind::Broker | Kind::Listen) {
        if text.trim().is_empty() {
            return Err(Complaint::new(
                format!("`{name}` is empty"),
                format!("give {}, {}, or leave the line out", key.kind.noun(), such_as()),
            ));
        }
        if !plain(text) {
            let message = format!("`{name}` holds a character that cannot be seen");
            return Err(Complaint::new(message, such_as()));
        }
    }
    let because = |error: &dyn std::fmt::Display| Complaint {
        message: format!("`{name}`: {}", redact(&error.to_string())),
        help: None,
    };
    match key.kind {
        Kind::Name => text.parse::<Name>().map(Value::Name).map_err(|error| because(&error)),
        Kind::Device => text
            .parse::<Device>()
            .map(Value::Device)
            .map_err(|error| because(&error)),
        Kind::Broker => {
            let read = text.parse::<BrokerUrl>();
            read.map(|_| Value::Text(text.to_owned())).map_err(|error| Complaint {
                help: encrypted(text).map(|url| format!("use TLS: {name} = \"{url}\"")),
                ..because(&error)
            })
        }
        Kind::Camera => text
            .parse::<Source>()
            .map(Value::Source)
            .map_err(|error| Complaint::new(format!("`{name}`: {error}"), error.help())),
        Kind::Private if text.contains(':') && !text.starts_with('/') => Err(Complaint::new(
            format!("`{name}` names a file, and this looks like a user and a password"),
            "write them as two lines into /etc/luchs/credentials/NAME (mode 0600), and leave this line out: systemd hands them \
             to the service",
        )),
        Kind::Path | Kind::Private => Ok(Value::Path(folder.join(text))),
        Kind::Word(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
        Kind::Word(words) => {
            let near = super::suggest::nearest(text, words.iter().copied());
            Err(Complaint::new(
                wrong(),
                near.map_or_else(such_as, |word| format!("did you mean: {name} = \"{word}\"")),
            ))
        }
        Kind::Topic => {
            let proper = !text.contains(['+', '#', ' ']) && text.split('/').all(|level| !level.is_empty());
            let help = format!("leave out “+”, “#” and blanks, and empty levels, {}", such_as());
            proper
                .then(|| Value::Text(text.to_owned()))
                .ok_or_else(|| Complaint::new(wrong(), help))
        }
        Kind::Duration { least, most } => {
            let read = units::duration(text).map_err(|unfit| amount(key, text, unfit, &units::time_units()))?;
            if (u128::from(least)..=u128::from(most)).contains(&read.as_millis()) {
                return Ok(Value::Duration(read));
            }
            Err(outside(
                key,
                &shown(text),
                units::show_millis(least),
                units::show_millis(most),
            ))
        }
        Kind::Bytes { least, most } => {
            let read = units::bytes(text).map_err(|unfit| amount(key, text, unfit, &units::size_units()))?;
            if (least..=most).contains(&read) {
                return Ok(Value::Whole(read));
            }
            Err(outside(
                key,
                &shown(text),
                units::show_bytes(least),
                units::show_bytes(most),
            ))
        }
        Kind::Region => region(text).ok_or_else(|| {
            let help = "four numbers between 0 and 1: left, top, width and height of a rectangle inside of the frame";
            Complaint::new(wrong(), format!("use {help}, {}", such_as()))
        }),
        Kind::Listen => listen(text).ok_or_else(|| {
            let help = "an IP address and a port, or an empty text for no pages";
            Complaint::new(wrong(), format!("use {help}, {}", such_as()))
        }),
        Kind::Text | Kind::Flag | Kind::Whole { .. } | Kind::Number { .. } | Kind::Labels => {
            Ok(Value::Text(text.to_owned()))
        }
    }
}

fn amount(key: &Key, text: &str, unfit: Unfit, units: &str) -> Complaint {
    let (name, text) = (key.name, shown(text));
    let noun = key.kind.noun();
    match unfit {
        Unfit::Number => Complaint::new(
            format!("`{name}`: “{text}” is not {noun}"),
            format!("begin with a number, and put a unit behind it: {}", example(key)),
        ),
        Unfit::NoUnit => Complaint::new(
            format!("`{name}`: “{text}” has no unit"),
            format!("put one of {units} behind it: {}", example(key)),
        ),
        Unfit::Unit => Complaint::new(
            format!("`{name}`: “{text}” has a unit that is not known"),
            format!("use one of {units}: {}", example(key)),
        ),
    }
}

fn region(text: &str) -> Option<Value> {
    let numbers: Vec<f32> = text
        .split(',')
        .map(|part| part.trim().parse())
        .collect::<Result<_, _>>()
        .ok()?;
    let [x, y, width, height] = numbers[..] else {
        return None;
    };
    let inside = numbers.iter().all(|number| (0.0..=1.0).contains(number));
    // Thirds do not add up to 1 exactly.
    let fits = x + width <= 1.001 && y + height <= 1.001 && width > 0.0 && height > 0.0;
    (inside && fits).then_some(Value::Region(Region { x, y, width, height }))
}

fn listen(text: &str) -> Option<Value> {
    if text.is_empty() {
        return Some(Value::Listen(None));
    }
    let address: SocketAddr = text.parse().ok()?;
    (address.port() != 0).then_some(Value::Listen(Some(address)))
}
