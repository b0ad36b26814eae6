//! Links between pages lead somewhere, and every picture is shown by a page.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use luchs_tests::root;

use crate::page;

/// Bytes of the largest picture: the package carries them, and a page of the repository loads them.
const LARGEST: u64 = 300 * 1024;

fn pictures() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs/pictures")).unwrap();
    folder.map(|file| file.unwrap().path()).collect()
}

/// A page without its blocks of code.
fn prose(page: &Path) -> String {
    let text = fs::read_to_string(page).unwrap();
    let parts = format!("\n{text}");
    parts.split("\n```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// Where the links of a page lead, but those to other sites.
fn targets(page: &Path) -> Vec<String> {
    let text = prose(page);
    let after = |begin: &str, end: char| -> Vec<String> {
        let rests = text.split(begin).skip(1);
        rests
            .filter_map(|rest| rest.split(end).next())
            .map(str::to_owned)
            .collect()
    };
    let targets = [after("](", ')'), after(" src=\"", '"')].concat().into_iter();
    targets.filter(|target| !target.contains("://")).collect()
}

/// What a heading is called in a link, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(page: &Path) -> BTreeSet<String> {
    let text = prose(page);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// What is wrong with a link, if anything is.
fn wrong(page: &Path, target: &str) -> Option<String> {
    let (file, place) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        page.to_owned()
    } else {
        page.with_file_name("").join(file)
    };
    if !path.exists() {
        return Some(format!("{}: there is no {target}", page.display()));
    }
    (!place.is_empty() && !anchors(&path).contains(place)).then(|| format!("{}: no heading {target}", page.display()))
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut links = 0;
    let mut all = Vec::new();
    for page in page::all() {
        let targets = targets(&page);
        links += targets.len();
        all.extend(targets.iter().filter_map(|target| wrong(&page, target)));
    }
    assert!(links > 50, "{links}");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_picture_is_shown_and_small() {
    let shown: BTreeSet<PathBuf> = page::all()
        .iter()
        .flat_map(|page| {
            let targets = targets(page).into_iter();
            targets.filter_map(|target| page.with_file_name("").join(target).canonicalize().ok())
        })
        .collect();
    let pictures = pictures();
    assert!(!pictures.is_empty());
    for picture in pictures {
        let picture = picture.canonicalize().unwrap();
        assert!(shown.contains(&picture), "no page shows {}", picture.display());
        let size = picture.metadata().unwrap().len();
        assert!(size <= LARGEST, "{} has {size} bytes", picture.display());
    }
}

#[test]
fn the_package_carries_the_pictures() {
    let list = fs::read_to_string(root().join("debian/luchs.docs")).unwrap();
    assert!(list.lines().any(|line| line == "docs/pictures"), "{list}");
}
