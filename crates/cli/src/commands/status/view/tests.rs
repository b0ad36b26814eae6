use super::*;

fn snapshot(text: &str) -> Snapshot {
    serde_json::from_str(text).unwrap()
}

fn site() -> Snapshot {
    snapshot(include_str!(
        "../../../../../../crates/appliance/tests/fixtures/site.json"
    ))
}

fn plain(all: &Snapshot, columns: usize) -> String {
    console::strip_ansi_codes(&whole(all, columns)).into_owned()
}

#[test]
fn a_site() {
    insta::assert_snapshot!(plain(&site(), 100));
}

#[test]
fn a_site_on_a_narrow_terminal() {
    let text = plain(&site(), 60);
    assert!(text.lines().all(|line| measure_text_width(line) <= 60), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_new_box() {
    insta::assert_snapshot!(plain(
        &snapshot(include_str!(
            "../../../../../../crates/appliance/tests/fixtures/new.json"
        )),
        100
    ));
}

#[test]
fn text_of_others_does_not_reach_the_terminal_as_commands() {
    let mut all = site();
    all.issues[0].text = "a\x1b]0;own\x07b".into();
    all.cameras.values_mut().for_each(|camera| {
        camera.fault = Some("\x1b[2J".into());
        camera.objects = [("\x1b[31mred".to_owned(), 1)].into();
    });
    if let Some(delivery) = &mut all.delivery {
        delivery.last_error = Some("\u{9b}2J".into());
    }
    let text = plain(&all, 100);
    assert!(!text.contains(['\x1b', '\x07', '\u{9b}']), "{text:?}");
    assert!(
        text.contains("a\\u{1b}]0;own\\u{7}b") && text.contains("\\u{1b}[31mred"),
        "{text}"
    );
}
