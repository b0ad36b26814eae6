//! One row as it lies in a page. Format: <https://www.sqlite.org/fileformat2.html>, section 2.1.

use crate::outbox::{EventState, Refusal, StoredEvent, stored::priority_of};

use super::HIGHEST;

enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
    /// A floating-point number, of which we have none.
    Other,
}

/// The event of number `seq`, if this is one.
pub(super) fn event(seq: u64, record: &[u8]) -> Option<StoredEvent> {
    if !(1..HIGHEST).contains(&seq) {
        return None;
    }
    let mut values = values(record)?.into_iter();
    // The number itself is the row's key, and empty here.
    let (Value::Null, Value::Text(topic), Value::Blob(payload)) = (values.next()?, values.next()?, values.next()?)
    else {
        return None;
    };
    let mut number = || match values.next() {
        Some(Value::Integer(number)) => Some(number),
        _ => None,
    };
    let (created, state) = (number()?, number()?);
    let _acknowledged_at = number();
    // Rows of the first version end here.
    let priority = number().map_or(luchs_scene::event::Priority::Change, priority_of);
    let lost = number().and_then(|lost| u64::try_from(lost).ok());
    let lost_from = number().and_then(|from| u64::try_from(from).ok());
    let refused = number().and_then(Refusal::of);
    let topic = std::str::from_utf8(topic).ok()?;
    let event = StoredEvent {
        seq,
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        created,
        state: EventState::of(state),
        priority,
        refused,
        gap: lost.zip(lost_from),
    };
    event.is_sound().then_some(event)
}

fn values(record: &[u8]) -> Option<Vec<Value<'_>>> {
    let (header, mut at) = varint(record)?;
    let header = usize::try_from(header).ok()?;
    let mut kinds = record.get(at..header)?;
    at = header;
    let mut values = Vec::new();
    while !kinds.is_empty() && values.len() < 16 {
        let (kind, length) = varint(kinds)?;
        kinds = kinds.get(length..)?;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = record.get(at..at.checked_add(size)?)?;
        at += size;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => Value::Integer(integer(bytes)),
            7 => Value::Other,
            kind if kind % 2 == 0 => Value::Blob(bytes),
            _ => Value::Text(bytes),
        });
    }
    Some(values)
}

/// Two's complement, most significant byte first.
fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        -1
    } else {
        0
    };
    bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte))
}

/// A number of variable length, and that length.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for place in 0..8 {
        let byte = *bytes.get(place)?;
        number = number << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    Some((number << 8 | u64::from(*bytes.get(8)?), 9))
}
