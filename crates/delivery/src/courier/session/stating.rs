//! Statements among events.

use std::sync::Arc;

use rumqttc::v5::mqttbytes::v5::PubAckReason;
use tokio::time::Instant;

use super::{Outcome, Session};
use crate::{
    courier::window::Parcel,
    notice::{Severity, Topic},
    retained::Statement,
};

impl Session<'_> {
    /// States the next thing that is to be retained. One at a time, and not while an event is suspected to be why the
    /// last connection broke.
    pub(super) fn state(&mut self) -> Outcome {
        let careful = self.cursor < self.memory.careful && !self.window.is_empty();
        let busy = !self.words.is_empty() || self.window.has_word() || self.window.has_statement();
        if busy || careful || self.stating || self.window.room() == 0 {
            return Ok(());
        }
        let now = Instant::now();
        while let Some(statement) = self.stated.next(&self.courier.retained, &self.memory.refusals, now) {
            if self.greeting.takes(&statement.topic, &statement.payload) {
                self.stating = true;
                return self.publish_statement(statement);
            }
            self.refuse_statement(
                &statement.topic,
                "it is larger than the broker takes: raise its max_packet_size",
            );
        }
        Ok(())
    }

    fn publish_statement(&mut self, statement: Statement) -> Outcome {
        if !self.publish_retained(&statement.topic, statement.payload.to_vec()) {
            return Err(self.gone());
        }
        self.queue(Parcel::Statement(statement.version));
        self.stated.sent(statement);
        Ok(())
    }

    /// What was stated just before we leave counts, such as that we leave.
    pub(super) fn state_the_rest(&mut self) -> Outcome {
        while self.words.is_empty() && self.window.room() > 1 {
            let next = self
                .stated
                .next(&self.courier.retained, &self.memory.refusals, Instant::now());
            match next {
                Some(last) if self.greeting.takes(&last.topic, &last.payload) => self.publish_statement(last)?,
                _ => break,
            }
        }
        Ok(())
    }

    /// The broker has answered the statement of this version.
    pub(super) fn statement_answered(&mut self, version: u64, reason: PubAckReason) {
        let Some(statement) = self.stated.answered(version) else {
            return;
        };
        match reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => {
                if self.memory.refusals.lift(&statement) {
                    let text = format!("the broker takes statements on {} again", statement.topic);
                    self.courier.board.post(Severity::Info, Topic::Link, text);
                }
            }
            reason => {
                self.stated.withdraw(&statement);
                let why = match reason {
                    PubAckReason::NotAuthorized => "we may not write there: check the broker's rights".to_owned(),
                    reason => format!("{reason:?}"),
                };
                self.refuse_statement(&statement.topic, &why);
            }
        }
    }

    /// After a failure: brokers that hang up on what they refuse may do so before their answer is through.
    pub(super) fn remember_statements(&mut self) {
        for topic in self.memory.refusals.broken(&self.stated, Instant::now()) {
            self.tell_refused(
                &topic,
                "it closed the connection over it several times: check the broker's rights",
            );
        }
    }

    fn refuse_statement(&mut self, topic: &Arc<str>, why: &str) {
        self.memory.refusals.refused(topic, Instant::now());
        self.tell_refused(topic, why);
    }

    fn tell_refused(&self, topic: &Arc<str>, why: &str) {
        let text = format!(
            "the broker {} does not take what we state on {topic}: {why}. Events are not affected; it is tried again in \
             a few minutes",
            self.courier.settings.link.url
        );
        let matter = format!("statement {topic}");
        self.courier
            .board
            .post_seldom(&matter, Severity::Warning, Topic::Link, text);
    }
}
