//! Certificates that run out: told in time, to those who listen here and to subscribers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use luchs_scene::{
    Name, Utc,
    event::{Condition, Status},
};
use luchs_seal::pki::Certificate;
use tokio::time::sleep;

use crate::{
    BrokerSettings,
    notice::{Board, Severity, Topic},
    outbox::Inbox,
    report,
    stats::Counters,
};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_mins(1);
/// Days before the end at which it is told again. The last one is for what has run out.
const STAGES: [i64; 6] = [30, 14, 7, 3, 1, -1];
const DAY_MS: i64 = 86_400_000;

/// Watches the certificates that a connection depends on.
pub(crate) struct Expiry {
    papers: [Paper; 2],
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) board: Arc<Board>,
}

/// One certificate's file, and the stage that was told of.
struct Paper {
    what: &'static str,
    path: PathBuf,
    told: Option<usize>,
    expires: Option<Utc>,
}

impl Expiry {
    pub(crate) fn new(broker: &BrokerSettings, inbox: Arc<Inbox>, counters: Arc<Counters>, board: Arc<Board>) -> Self {
        let paper = |what, path: &Path| Paper {
            what,
            path: path.to_owned(),
            told: None,
            expires: None,
        };
        Self {
            papers: [
                paper("our certificate", &broker.certificate),
                paper("the certificate of the authority", &broker.ca),
            ],
            inbox,
            counters,
            board,
        }
    }

    /// Looks, and tells, for ever.
    pub(crate) async fn run(mut self) {
        loop {
            let now = Utc::from(SystemTime::now());
            let news: Vec<_> = self.papers.iter_mut().filter_map(|paper| paper.look(now)).collect();
            for status in news {
                self.tell(status);
            }
            let [own, _] = &self.papers;
            self.counters.facts().certificate_expires = own.expires;
            sleep(LOOK).await;
        }
    }

    fn tell(&self, status: Status) {
        let severity = match status.condition {
            Condition::CertificateRenewed => Severity::Info,
            _ => Severity::Warning,
        };
        self.board.post(severity, Topic::Link, status.text.clone());
        report::tell(&self.inbox, &self.counters, &Name::of_device(), status);
    }
}

impl Paper {
    /// What is to be told about it; a file that cannot be read now is looked at again.
    fn look(&mut self, now: Utc) -> Option<Status> {
        let expires = Certificate::load(&self.path).and_then(|one| one.expires()).ok()?;
        self.expires = Some(expires);
        let left = (expires.unix_millis() - now.unix_millis()).div_euclid(DAY_MS);
        let stage = STAGES.iter().rposition(|days| left <= *days);
        let before = std::mem::replace(&mut self.told, stage);
        let (what, path) = (self.what, self.path.display());
        let day: String = expires.to_string().chars().take(10).collect();
        let (condition, text) = match stage {
            Some(_) if stage <= before => return None,
            Some(_) => {
                let when = match left {
                    ..0 => format!("has expired, on {day}: nothing is delivered until it is renewed"),
                    0 => format!("expires within a day, on {day}: renew it"),
                    1 => format!("expires in 1 day, on {day}: renew it"),
                    _ => format!("expires in {left} days, on {day}: renew it in time"),
                };
                (Condition::CertificateExpiring, format!("{what} {path} {when}"))
            }
            None => {
                before?;
                let text = format!("{what} {path} is renewed, and valid for {left} days, until {day}");
                (Condition::CertificateRenewed, text)
            }
        };
        Some(Status { condition, text })
    }
}

#[cfg(test)]
mod tests {
    use luchs_seal::pki::{Authority, Validity};

    use super::*;

    #[test]
    fn it_is_told_at_each_stage_once_and_when_it_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str, days| {
            let dir = dir.path().join(name);
            Authority::create(&dir, name, Validity::days(days).unwrap())
                .unwrap()
                .certificate_file()
        };
        let path = dir.path().join("own.crt");
        std::fs::copy(make("old", 100), &path).unwrap();
        let mut paper = Paper {
            what: "our certificate",
            path: path.clone(),
            told: None,
            expires: None,
        };
        let made = Utc::from(SystemTime::now()).unix_millis();
        let mut told = Vec::new();
        for hour in 0..24 * 103 {
            // Half an hour past, so that a slow test is not at an edge.
            let now = Utc::from_unix_millis(made + hour * DAY_MS / 24 + DAY_MS / 48);
            if let Some(status) = paper.look(now) {
                assert_eq!(status.condition, Condition::CertificateExpiring);
                assert!(status.text.contains("own.crt"), "{}", status.text);
                told.push((hour / 24, status.text));
            }
        }
        let days: Vec<i64> = told.iter().map(|(day, _)| *day).collect();
        assert_eq!(days, [69, 85, 92, 96, 98, 100], "{told:?}");
        assert!(
            told[0].1.contains("in 30 days, on ") && told[5].1.contains("has expired"),
            "{told:?}"
        );

        std::fs::copy(make("new", 400), &path).unwrap();
        let renewed = paper.look(Utc::from_unix_millis(made + 103 * DAY_MS)).unwrap();
        assert_eq!(renewed.condition, Condition::CertificateRenewed);
        assert!(paper.look(Utc::from_unix_millis(made + 104 * DAY_MS)).is_none());
    }

    #[test]
    fn a_late_start_tells_the_stage_that_it_is_at() {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::create(dir.path(), "short", Validity::days(5).unwrap()).unwrap();
        let mut paper = Paper {
            what: "our certificate",
            path: authority.certificate_file(),
            told: None,
            expires: None,
        };
        let now = Utc::from(SystemTime::now());
        let status = paper.look(now).unwrap();
        assert!(status.text.contains("expires in 4 days"), "{}", status.text);
        assert!(paper.look(now).is_none());
    }
}
