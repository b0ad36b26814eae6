//! The targets, a file each where there is more to one than a call.

mod envelope;
mod jwk;
mod model;
mod outbox;
mod outputs;

pub use envelope::envelope;
pub use jwk::jwk;
pub use model::{model_info, onnx, passport, recipe};
pub use outbox::outbox;
pub use outputs::outputs;

use luchs_delivery::BrokerUrl;

/// A broker's address.
pub fn broker_url(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match text.parse::<BrokerUrl>() {
        Ok(url) => {
            assert!(!text.contains('@') && !url.host.is_empty() && url.port != 0, "{url:?}");
            assert_eq!(
                format!("mqtts://{url}").parse(),
                Ok(url),
                "what is written is read again"
            );
        }
        // A password is in no message.
        Err(error) => assert!(!text.contains('@') || !error.to_string().contains('@')),
    }
}
