//! A site without a broker: keys, certificates and folders, as `luchs keys` and an authority would make them.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use luchs_seal::{DeviceKey, RecipientKey};
use openssl::{
    asn1::Asn1Time,
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::PKey,
    x509::{X509, X509NameBuilder},
};
use tempfile::TempDir;

/// Everything that the element needs, except somebody who listens.
pub(super) struct Site(TempDir);

impl Site {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("recipients")).unwrap();
        RecipientKey::generate()
            .unwrap()
            .public()
            .save(&path("recipients/viewer.jwk"))
            .unwrap();
        DeviceKey::generate("box".parse().unwrap())
            .unwrap()
            .save(&path("device.jwk"))
            .unwrap();
        for name in ["box", "other"] {
            identity(&path(&format!("{name}.pem")), &path(&format!("{name}.key")));
        }
        Self(dir)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// An element with all properties set; nobody listens on the broker's port.
    pub(super) fn element(&self) -> gst::Element {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        gst::ElementFactory::make("luchspublish")
            .property("camera", "gate")
            .property("broker", "mqtts://127.0.0.1:1")
            .property("ca-file", path("box.pem"))
            .property("cert-file", path("box.pem"))
            .property("key-file", path("box.key"))
            .property("recipients", path("recipients"))
            .property("signing-key", path("device.jwk"))
            .property("outbox", path("state/box.outbox"))
            .property("drain-timeout", 10_u32)
            .build()
            .unwrap()
    }
}

/// A certificate that is its own authority.
fn identity(certificate: &Path, key: &Path) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let private = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "box").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&private).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(400).unwrap()).unwrap();
    builder.sign(&private, MessageDigest::sha256()).unwrap();
    fs::write(certificate, builder.build().to_pem().unwrap()).unwrap();
    fs::write(key, private.private_key_to_pem_pkcs8().unwrap()).unwrap();
    fs::set_permissions(key, Permissions::from_mode(0o600)).unwrap();
}
