//! Texts without what could be secret in them.

/// Words behind which a password may stand.
const TELLING: [&str; 8] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
];

/// `text` with everything masked that looks like a user and password in an address, or like the value of a password.
pub(crate) fn redact(text: &str) -> String {
    let mut text = text.to_owned();
    if let (Some(start), Some(end)) = (text.find("://"), text.rfind('@'))
        && start + 3 < end
    {
        text.replace_range(start + 3..end, "…");
    }
    // The case of letters outside of ASCII may change lengths; theirs stays.
    let lower = text.to_ascii_lowercase();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((start, end)) = next_value(&lower, at) {
        result.push_str(&text[at..start]);
        result.push('…');
        at = end;
    }
    result.push_str(&text[at..]);
    result
}

/// The next span behind a telling word and a sign of assignment, from `from` on.
fn next_value(text: &str, from: usize) -> Option<(usize, usize)> {
    let signs = text[from..].match_indices(['=', ':']);
    for (at, _) in signs.map(|(at, sign)| (from + at, sign)) {
        let before = text[from..at].trim_end();
        let word = before
            .rsplit(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let value = at + 1;
        if !TELLING.iter().any(|telling| word.ends_with(telling)) || text[value..].starts_with("//") {
            continue;
        }
        let quoted = text[value..].trim_start();
        let start = text.len() - quoted.len();
        let end = match quoted.chars().next() {
            // Everything that follows on the line: a quotation mark in a password may be escaped.
            Some('"' | '\'') => text.len(),
            Some(_) => quoted
                .find(['&', ' ', '"', '\'', '#'])
                .map_or(text.len(), |length| start + length),
            None => continue,
        };
        if end > start {
            return Some((start, end));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        for line in [
            "url = \"rtsp://admin:geheim@192.0.2.1/s\"",
            "url = \"rtsp://admin:ge/geheim@heim@192.0.2.1/s\"",
            "url = \"rtsp://192.0.2.1/s?user=admin&password=geheim&channel=1\"",
            "url = \"rtsp://192.0.2.1/user=admin_PASSWORD=geheim_channel=1\"",
            "password = \"geheim\"",
            "mqtt_pass= 'geheim\\' geheim'",
            "{ token: geheim }",
            "Pwd = geheim",
        ] {
            let shown = redact(line);
            assert!(!shown.contains("geheim") && shown.contains('…'), "{line} → {shown}");
        }
    }

    #[test]
    fn all_else_is_left() {
        for line in ["url = \"rtsp://192.0.2.1:554/s\"", "passage = \"north\"", "ä://=:=", ""] {
            assert_eq!(redact(line), line);
        }
    }
}
