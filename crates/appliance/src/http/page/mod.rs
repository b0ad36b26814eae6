//! The page for people.

mod words;

use luchs_scene::{Utc, printable};
use maud::{DOCTYPE, Markup, html};

use self::words::Words;
use super::language::Language;
use crate::status::{CameraState, CameraStatus, DeliveryStatus, Health, Snapshot, amount};

/// Served beside the page, so that the page may hold no style of its own.
pub(super) const STYLE: &str = include_str!("style.css");

/// The page. All text of others is escaped.
pub(super) fn render(all: &Snapshot, language: Language) -> Markup {
    let words = Words::of(language);
    let device = all.device.as_ref().map_or("luchs", |device| device.as_str());
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content="5";
                title { (device) " · " (words.health(all.health)) }
                link rel="stylesheet" href="/style.css";
            }
            body {
                header class=(class(all.health)) {
                    div {
                        p { (words.title) " " (all.version) " · " (device) }
                        h1 { (words.health(all.health)) }
                    }
                }
                main {
                    (todo(all, words))
                    (cameras(all, words))
                    div.side {
                        @if let Some(delivery) = &all.delivery { (deliver(delivery, words)) }
                        (system(all, words))
                    }
                }
                footer { p { (moment(all.time)) " · " (words.refreshed) } }
            }
        }
    }
}

fn class(health: Health) -> &'static str {
    match health {
        Health::Good => "good",
        Health::Degraded => "degraded",
        Health::Failed => "failed",
    }
}

fn todo(all: &Snapshot, words: &Words) -> Markup {
    html! {
        section {
            h2 { (words.todo) }
            @if all.issues.is_empty() {
                ul { li.good { (words.nothing) } }
            } @else {
                // The texts are English, as in the journal, so that they can be searched for.
                ul lang="en" {
                    @for issue in &all.issues {
                        li class=(class(issue.health)) {
                            @if let Some(camera) = &issue.camera { b { (camera) } ": " }
                            (printable(&issue.text))
                        }
                    }
                }
            }
        }
    }
}

fn cameras(all: &Snapshot, words: &Words) -> Markup {
    html! {
        section {
            h2 { (words.cameras) }
            @if all.cameras.is_empty() { p { (words.no_cameras) } }
            div.cards {
                @for (name, camera) in &all.cameras {
                    article class=(mood(camera.state)) {
                        h3 { (name) " " small { (words.state(camera.state)) } }
                        (picture(camera, all.time, words))
                    }
                }
            }
        }
    }
}

fn mood(state: CameraState) -> &'static str {
    match state {
        CameraState::Running => "good",
        CameraState::Starting | CameraState::Stopped => "quiet",
        CameraState::Waiting => "degraded",
    }
}

fn picture(camera: &CameraStatus, now: Utc, words: &Words) -> Markup {
    let objects: Vec<_> = camera
        .objects
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(label, count)| format!("{count}\u{a0}×\u{a0}{}", printable(label)))
        .collect();
    html! {
        @if let Some(fault) = &camera.fault { p lang="en" { (printable(fault)) } }
        dl {
            @if camera.state == CameraState::Running {
                dt { (words.in_view) }
                dd { @if objects.is_empty() { (words.nobody) } @else { (objects.join(", ")) } }
                dt { (words.per_second) }
                dd {
                    (words.number(&format!("{:.1}", camera.fps)))
                    " (" (words.analysed) " " (words.number(&format!("{:.1}", camera.analysed_fps))) ")"
                }
            } @else {
                dt { (words.since) }
                dd { (moment(camera.since)) " (" (amount::age(now.millis_since(camera.since) / 1000)) ")" }
            }
            @if let Some((median, high)) = camera.latency_ms {
                dt { (words.latency) } dd { (format!("{median:.0} ms, 99 %: {high:.0} ms")) }
            }
            dt { (words.events) } dd { (camera.events) }
            @if camera.outages > 0 { dt { (words.outages) } dd { (camera.outages) } }
            @if let Some(video) = video(camera) { dt { (words.video) } dd { (video) } }
        }
        p { code { (printable(&camera.url)) } }
    }
}

/// Size, codec and decoder, as far as they are known.
fn video(camera: &CameraStatus) -> Option<String> {
    let size = camera.size.map(|(width, height)| format!("{width} × {height}"));
    let known = [&size, &camera.codec, &camera.decoder].into_iter().flatten();
    let parts: Vec<_> = known.map(|part| printable(part)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A time to the second, for people.
fn moment(time: Utc) -> String {
    let text = time.to_string();
    let (date, clock) = text.split_once('T').unwrap_or(("", &text));
    format!("{date} {} UTC", clock.split(['.', 'Z']).next().unwrap_or(clock))
}

fn deliver(delivery: &DeliveryStatus, words: &Words) -> Markup {
    html! {
        section {
            h2 { (words.delivery) }
            dl class=(if delivery.connected { "good" } else { "degraded" }) {
                dt { (words.broker) }
                dd class=(if delivery.connected { "good" } else { "degraded" }) {
                    (if delivery.connected { words.connected } else { words.not_connected })
                    @if let Some(error) = &delivery.last_error { p lang="en" { (printable(error)) } }
                }
                dt { (words.waiting) }
                dd {
                    (delivery.pending)
                    @if let Some(millis) = delivery.oldest_ms { " (" (words.oldest) " " (amount::age(millis / 1000)) ")" }
                }
                dt { (words.delivered) } dd { (delivery.acknowledged) }
                @if delivery.parked > 0 { dt { (words.refused) } dd.degraded { (delivery.parked) } }
                @if delivery.dropped > 0 { dt { (words.given_up) } dd.degraded { (delivery.dropped) } }
                dt { (words.readers) } dd { (delivery.recipients) }
                @if let Some(days) = delivery.certificate_days {
                    dt { (words.certificate) } dd { (words.days(days)) }
                }
            }
        }
    }
}

fn system(all: &Snapshot, words: &Words) -> Markup {
    let system = &all.system;
    html! {
        section {
            h2 { (words.device) }
            dl {
                dt { (words.running) } dd { (amount::age(all.uptime_s)) }
                @if let Some(celsius) = system.temperature_c {
                    dt { (words.temperature) } dd { (format!("{celsius:.0} °C")) }
                }
                @if let Some(load) = system.load { dt { (words.load) } dd { (format!("{:.0} %", load * 100.0)) } }
                dt { (words.memory) } dd { (words.number(&amount::bytes(system.rss_bytes))) }
                @if let Some(free) = system.disk_free_bytes {
                    dt { (words.disk) } dd { (words.number(&amount::bytes(free))) }
                }
                @if let Some(right) = system.clock_synchronised {
                    dt { (words.clock) }
                    dd class=(if right { "good" } else { "degraded" }) {
                        (if right { words.in_time } else { words.not_in_time })
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(text: &str) -> Snapshot {
        serde_json::from_str(text).unwrap()
    }

    fn site() -> Snapshot {
        snapshot(include_str!("../../../tests/fixtures/site.json"))
    }

    #[test]
    fn the_page_of_a_site() {
        let page = render(&site(), Language::English).into_string();
        insta::assert_snapshot!(page.replace("><", ">\n<"));
    }

    #[test]
    fn a_new_box_says_what_to_do_next() {
        let new = snapshot(include_str!("../../../tests/fixtures/new.json"));
        let page = render(&new, Language::German).into_string();
        for expected in ["lang=\"de\"", "Alles läuft", "Noch keine.", "/etc/luchs/luchs.toml"] {
            assert!(page.contains(expected), "{expected} is missing: {page}");
        }
    }

    #[test]
    fn text_of_others_is_text() {
        let mut all = site();
        all.issues[0].text = "<script>alert(1)</script>\u{202e}".into();
        if let Some(camera) = all.cameras.values_mut().next() {
            camera.url = "rtsp://\"><img src=x onerror=alert(1)>".into();
            camera.objects = [("<b>".to_owned(), 1)].into();
        }
        let page = render(&all, Language::English).into_string();
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'),
            "{page}"
        );
        assert!(page.contains("1\u{a0}×\u{a0}&lt;b&gt;"), "{page}");
    }
}
