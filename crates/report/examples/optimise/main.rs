//! Writes sample reports on optimisations, as pages in both languages, as JSON and as text: what they look like can be seen
//! without a run. `cargo run -p luchs-report --example optimise [DIR]`

#![expect(clippy::print_stdout, reason = "a program that prints")]

mod frames;
mod scene;

use std::{error::Error, fs, path::PathBuf};

use luchs_report::{Language, Report, Screen, Subject};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args_os()
        .nth(1)
        .map_or_else(|| "target/report".into(), PathBuf::from);
    fs::create_dir_all(&dir)?;
    let samples = [
        ("labelled", include_str!("../../tests/fixtures/labelled.json")),
        ("unlabelled", include_str!("../../tests/fixtures/unlabelled.json")),
    ];
    for (name, json) in samples {
        let mut report = Report::from_json(json)?;
        let Subject::Optimise(run) = &mut report.subject;
        run.frames = frames::examples(run.chosen().map_or("int8", |chosen| &chosen.name))?;
        fs::write(dir.join(format!("{name}.json")), report.to_json()?)?;
        for language in Language::ALL {
            let code = language.code();
            fs::write(dir.join(format!("{name}.{code}.html")), report.html(language))?;
            let text = report.terminal(language, Screen::default());
            fs::write(dir.join(format!("{name}.{code}.txt")), text)?;
        }
        println!("{}", dir.join(format!("{name}.en.html")).display());
    }
    Ok(())
}
