//! Pages: reading them, and comparing those that are made.

use std::{fs, path::PathBuf};

/// The text of a page in docs/.
pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(luchs_tests::root().join("docs").join(name)).unwrap_or_default()
}

/// All pages of the repository that are written for its users.
pub(crate) fn all() -> Vec<PathBuf> {
    let docs = fs::read_dir(luchs_tests::root().join("docs"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut pages: Vec<_> = docs
        .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
        .collect();
    pages.extend(
        ["README.md", "SECURITY.md", "examples/README.md", "models/README.md"]
            .map(|page| luchs_tests::root().join(page)),
    );
    pages
}

/// The page is `text`, or becomes it with `UPDATE_DOCS`.
#[track_caller]
pub(crate) fn is_made(name: &str, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(luchs_tests::root().join("docs").join(name), text).unwrap();
    }
    let committed = read(name);
    let differing = text
        .lines()
        .zip(committed.lines())
        .find(|(made, stands)| made != stands);
    assert!(
        committed == text,
        "docs/{name} is not what the code says (first difference: {differing:?}); run: UPDATE_DOCS=1 cargo test -p \
         luchs-tests --test docs"
    );
}

/// The blocks between lines of three backticks that begin with this word.
pub(crate) fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    let body = |block: &'a str| {
        block
            .split_once('\n')
            .filter(|(head, _)| *head == language)
            .map(|(_, body)| body)
    };
    blocks.filter_map(body).collect()
}
