//! What packages carry of the command, and what the pages show of it, is what the program has.

use std::{collections::BTreeSet, ffi::OsString, fs, path::Path, process::Command};

use luchs_tests::built;

use crate::page;

fn luchs(arguments: &[&str]) -> String {
    let output = Command::new(built().unwrap().join("luchs"))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "luchs {}: {errors}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that the help of `path` lists.
fn below(path: &[&str]) -> Vec<String> {
    let help = luchs(&[path, &["--help"]].concat());
    let Some((_, list)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '));
    let words = names.filter_map(|line| line.split_whitespace().next());
    words.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// `luchs`, `luchs keys`, `luchs keys init`, …
fn all() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for command in below(&[]) {
        all.push(vec![command.clone()]);
        all.extend(below(&[&command]).into_iter().map(|sub| vec![command.clone(), sub]));
    }
    all
}

#[test]
fn every_command_has_a_manual_page_and_nothing_else_has() {
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man");
    luchs(&["generate", "man", man.to_str().unwrap()]);
    let pages: BTreeSet<_> = fs::read_dir(&man)
        .unwrap()
        .map(|page| page.unwrap().file_name())
        .collect();
    let commands = all();
    let mut wanted = BTreeSet::new();
    let name = |path: &[String]| [&["luchs".to_owned()], path].concat().join("-");
    wanted.extend(commands.iter().map(|path| OsString::from(format!("{}.1", name(path)))));
    wanted.insert("luchs.toml.5".into());
    assert_eq!(pages, wanted);
    for path in commands {
        let text = fs::read_to_string(man.join(format!("{}.1", name(&path)))).unwrap();
        let head = format!(".TH {} 1 2", name(&path).to_uppercase());
        assert!(text.lines().any(|line| line.starts_with(&head)), "no date: {text}");
        let escaped = name(&path).replace('-', "\\-");
        assert!(
            text.contains(&format!(".SH NAME\n{escaped} \\- ")),
            "apropos finds nothing: {text}"
        );
        for section in ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\""] {
            assert_eq!(
                text.matches(&format!(".SH {section}\n")).count(),
                1,
                "{section}: {text}"
            );
        }
    }
}

#[test]
fn manual_pages_are_dated_by_the_sources() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(built().unwrap().join("luchs"));
    program
        .args(["generate", "man"])
        .arg(folder.path())
        .env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(program.status().unwrap().success());
    let page = fs::read_to_string(folder.path().join("luchs.1")).unwrap();
    assert!(page.contains(".TH LUCHS 1 2023-11-14 "), "{page}");
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("luchs");
    fs::write(&script, luchs(&["generate", "completions", "bash"])).unwrap();
    let complete = |words: &[&str]| {
        // With nothing to offer, compgen fails.
        let program = format!(
            "source {}; COMP_WORDS=({}); COMP_CWORD={}; _luchs luchs '{}' '{}' || true; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display(),
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let output = Command::new("bash").args(["-euc", &program]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(complete(&["luchs", "sub"]).contains("subscribe"));
    assert!(complete(&["luchs", "subscribe", "--rec"]).contains("--recipient-key"));
    assert!(
        !complete(&["luchs", "gen"]).contains("generate"),
        "it is for those who make packages"
    );
}

#[test]
fn every_shell_knows_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = luchs(&["generate", "completions", shell]);
        for name in all().iter().filter_map(|path| path.last()) {
            assert!(script.contains(name.as_str()), "{shell} does not know {name}");
        }
        assert!(!script.contains("generate"), "{shell}");
    }
}

/// Whether `luchs PATH` takes this option.
fn takes(path: &[&str], option: &str) -> bool {
    let help = luchs(&[path, &["--help"]].concat());
    help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .any(|word| word == option)
}

/// The `luchs …` commands in the blocks of a page, one a line.
fn shown(page: &str) -> Vec<String> {
    let blocks = page
        .split("\n```")
        .skip(1)
        .step_by(2)
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\\\n", " ");
    let lines = blocks
        .lines()
        .map(|line| line.trim().trim_start_matches("$ ").trim_start_matches("sudo "));
    let ours = lines.filter(|line| line.starts_with("luchs ") && !line.contains('…'));
    ours.map(|line| line.split(['#', '|', '<', '>']).next().unwrap_or_default().to_owned())
        .collect()
}

fn check(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let mut wrong = Vec::new();
    for line in shown(&text) {
        let words: Vec<_> = line.split_whitespace().skip(1).collect();
        let mut path: Vec<&str> = Vec::new();
        for word in &words {
            if !below(&path).iter().any(|name| name == word) {
                break;
            }
            path.push(word);
        }
        let options = words
            .iter()
            .filter(|word| word.starts_with("--"))
            .map(|word| word.split('=').next().unwrap_or_default());
        for option in options.filter(|option| !takes(&path, option)) {
            wrong.push(format!("{}: luchs {} has no {option}", page.display(), path.join(" ")));
        }
        if path.is_empty() && !words.first().is_some_and(|word| word.starts_with("--")) {
            wrong.push(format!("{}: no such command: {line}", page.display()));
        }
    }
    wrong
}

#[test]
fn commands_in_the_pages_exist_and_have_the_options_that_are_shown() {
    let all: Vec<_> = page::all().iter().flat_map(|page| check(page)).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}
