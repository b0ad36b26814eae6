//! The files for the broker's TLS.

use luchs_delivery::{BrokerSettings, TlsError};

use super::Found;

pub(super) fn inspect(found: &mut Found<'_>) {
    let Some(broker) = &found.config.broker else { return };
    let remedy = "see docs/site.md for how a device gets its certificate; without a broker yet: `luchs broker init`";
    let ca = found.readable("broker.ca", "the CA file", &broker.ca, remedy);
    let certificate = found.readable("broker.certificate", "the certificate", &broker.certificate, remedy);
    let Some(key) = broker.key.locate() else { return };
    // Nothing to compare as long as one is missing.
    let private = found.private("broker.key", "the private key", &key, remedy).is_some();
    if !(ca && certificate && private) {
        return;
    }
    let settings = BrokerSettings {
        url: broker.url.clone(),
        ca: broker.ca.clone(),
        certificate: broker.certificate.clone(),
        key,
        client_id: None,
    };
    if let Err(error) = settings.check_files() {
        let at = match &error {
            TlsError::NoKey { .. } | TlsError::Exposed(_) => "broker.key",
            TlsError::NoCertificate { path, .. } | TlsError::Read { path, .. } if *path == settings.ca => "broker.ca",
            _ => "broker.certificate",
        };
        found.error(at, error.to_string(), remedy);
    }
}
