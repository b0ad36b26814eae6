//! Manual pages in section 1: one for `luchs` and one for each command below it.

use std::{fs, io, path::Path, time::SystemTime};

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use luchs_scene::Utc;
use thiserror::Error;

use super::config;
use crate::output::EXIT_CODES;

/// Where the pages could not be written.
#[derive(Debug, Error)]
#[error("{path}: {source}; name a folder that can be written")]
pub(super) struct WriteError {
    path: String,
    source: io::Error,
}

/// What is read from the environment, for `luchs(1)`.
const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "ORT_DYLIB_PATH",
        "ONNX Runtime's library. Default: /usr/lib/luchs/libonnxruntime.so",
    ),
    (
        "LUCHS_OPENVINO",
        "OpenVINO's plug-in for ONNX Runtime, or its folder. Default: providers/openvino beside the runtime",
    ),
    (
        "LUCHS_MODEL_KEYS",
        "Folder with the public keys of those whose models are trusted. Default: /etc/luchs/models.d",
    ),
    (
        "LUCHS_MODEL_TRUST",
        "“signed”: load only models that one of the keys signed; “tried”: others too, after a trial. Default: signed if \
         there is a key",
    ),
    (
        "LUCHS_CACHE_DIR",
        "Where choices of devices and compiled engines are kept. Default: $CACHE_DIRECTORY, else $XDG_CACHE_HOME/luchs, \
         else ~/.cache/luchs",
    ),
    (
        "CREDENTIALS_DIRECTORY",
        "Set by systemd: a private key that is named without a folder is looked for here first",
    ),
    ("RUST_LOG", "What is logged to standard error, for example luchs=debug"),
];

/// Writes the pages of `command`, which has been built, and all below it into `folder`.
pub(super) fn write(command: &Command, folder: &Path) -> Result<(), WriteError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| WriteError { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for (name, page) in pages(command, None) {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page).map_err(failed(&path))?;
    }
    let path = folder.join("luchs.toml.5");
    fs::write(&path, config::page(&luchs_appliance::config::json_schema(), &date())).map_err(failed(&path))
}

/// Names (`luchs-keys-init`) and contents, depth first.
fn pages(command: &Command, parent: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let mut all = vec![(name.clone(), page(command, &name, parent))];
    for below in command.get_subcommands() {
        all.extend(pages(below, Some(&name)));
    }
    all
}

fn page(command: &Command, name: &str, parent: Option<&str>) -> Vec<u8> {
    let mut command = command
        .clone()
        .subcommand_value_name("command")
        .subcommand_help_heading("COMMANDS");
    // With the names of values, which the list that is made by default lacks.
    let usage = command.render_usage().to_string();
    command = command.override_usage(usage.trim_start_matches("Usage:").trim().to_owned());
    let man = Man::new(command.clone())
        .title(name.to_uppercase())
        .date(date())
        .source(concat!("luchs ", env!("CARGO_PKG_VERSION")))
        .manual("Luchs");
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _written = sections(&man, &command, &mut page);
    let mut end = Roff::new();
    end.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit_codes() {
        end.control("TP", []);
        end.text([bold(code)]);
        end.text([roman(meaning)]);
    }
    if parent.is_none() {
        end.control("SH", ["ENVIRONMENT"]);
        for (variable, meaning) in ENVIRONMENT {
            end.control("TP", []);
            end.text([bold(variable)]);
            end.text([roman(meaning)]);
        }
    }
    let mut others: Vec<_> = parent.map(str::to_owned).into_iter().collect();
    others.extend(
        command
            .get_subcommands()
            .map(|below| format!("{name}-{}", below.get_name())),
    );
    if !others.is_empty() {
        end.control("SH", ["SEE ALSO"]);
        let last = others.len() - 1;
        for (place, other) in others.into_iter().enumerate() {
            let comma = if place == last { "" } else { "," };
            end.text([bold(other), roman(format!("(1){comma}"))]);
        }
    }
    let _written = end.to_writer(&mut page);
    tidy(&String::from_utf8_lossy(&page)).into_bytes()
}

/// What the renderer says once for each section is enough once, and `mandoc -Tlint` wants no breaks around empty lines.
fn tidy(page: &str) -> String {
    const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    let text = page.replace(APOSTROPHE, "").replace(".br\n\n.br\n", ".sp\n");
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    format!("{APOSTROPHE}{}\n", lines.join("\n"))
}

fn sections(man: &Man, command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    Ok(())
}

/// `(“0”, “done”)` and so on, from the line that every help ends with.
fn exit_codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let list = EXIT_CODES.split_once(": ").map_or(EXIT_CODES, |(_, list)| list);
    list.split(", ").filter_map(|entry| entry.split_once(' '))
}

/// The day of the sources, so that a package can be built again to the same bytes; today where nobody says which.
fn date() -> String {
    let seconds = std::env::var("SOURCE_DATE_EPOCH")
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    let of_sources = seconds.map(|seconds| Utc::from_unix_millis(seconds.saturating_mul(1000)));
    let moment = of_sources.unwrap_or_else(|| SystemTime::now().into());
    moment.to_string().chars().take("2026-11-23".len()).collect()
}
