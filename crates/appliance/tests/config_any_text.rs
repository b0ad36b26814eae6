//! No text makes the reader panic, every place that it tells is one of the text, and a password is in nothing that it tells.

use luchs_appliance::config::Config;
use proptest::prelude::*;

/// Pieces that configurations are made of, and pieces that none is made of.
const PIECES: [&str; 40] = [
    "[broker]",
    "[camera.gate]",
    "[camera]",
    "[[camera]]",
    "[events]",
    "[http]",
    "[device]",
    "[model]",
    "\n",
    "\r\n",
    "\t",
    "url",
    "latency",
    "loop",
    "object-class",
    "listen",
    " = ",
    "=",
    ".",
    "\"rtsp://h/\"",
    "\"rtsp://u:geheim@h/\"",
    "\"mqtts://b\"",
    "\"1s\"",
    "\"",
    "\"\"\"",
    "'",
    "200",
    "-1",
    "0x1f",
    "1e999",
    "nan",
    "true",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "ä\u{202e}",
    "\u{0}",
];

fn checked(text: &str) -> Result<(), TestCaseError> {
    let problems = match Config::parse(text, "/etc/luchs/luchs.toml") {
        Ok(config) => config.warnings,
        Err(problems) => {
            prop_assert!(problems.errors() > 0);
            problems.problems
        }
    };
    for problem in problems {
        prop_assert!(!problem.message.is_empty());
        prop_assert!(!format!("{problem:?}").contains("geheim"), "{problem:?}");
        if let Some(place) = problem.place {
            let line = text.split('\n').nth(place.line - 1);
            prop_assert!(
                line.is_some_and(|line| place.column <= line.chars().count() + 1),
                "{place:?}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_dealt_with(text in "\\PC{0,200}") {
        checked(&text)?;
    }

    #[test]
    fn any_order_of_pieces_is_dealt_with(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40)) {
        checked(&pieces.concat())?;
    }
}
