//! A site's authority: what it issues is accepted for its use and no other, and what it revokes is on its list.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::SystemTime};

use luchs_scene::{Name, Utc};
use luchs_seal::{
    KeyError,
    pki::{Authority, Certificate, PkiError, PrivateKey, Request, Revocations, Usage, Validity},
};
use tempfile::TempDir;

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn authority(dir: &Path) -> Authority {
    Authority::create(dir, "our site", Validity::days(3650).unwrap()).unwrap()
}

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

fn server() -> Usage {
    Usage::Server(vec!["127.0.0.1".parse().unwrap(), "Broker.example".parse().unwrap()])
}

fn client(authority: &Authority, of: &str) -> Certificate {
    let key = PrivateKey::generate().unwrap();
    let days = Validity::days(30).unwrap();
    authority.issue(&name(of), &key, &Usage::Client, days).unwrap()
}

/// What the stock tool says.
fn openssl(arguments: &[&str]) -> (bool, String) {
    let output = std::process::Command::new("openssl").args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_certificate_is_for_its_name_and_use_and_from_its_authority() {
    let (dir, other) = (dir(), dir());
    let ours = authority(dir.path());
    let theirs = authority(other.path()).certificate();
    let key = PrivateKey::generate().unwrap();
    let client = ours
        .issue(&name("box-1"), &key, &Usage::Client, Validity::days(30).unwrap())
        .unwrap();
    assert_eq!(
        (client.name(), client.issuer().as_str()),
        (Some(name("box-1")), "our site")
    );
    assert!(client.belongs_to(&key) && !client.belongs_to(&PrivateKey::generate().unwrap()));
    assert_eq!(client.check(&ours.certificate(), &Usage::Client), Ok(()));
    assert!(
        client
            .check(&ours.certificate(), &server())
            .unwrap_err()
            .contains("purpose")
    );
    assert!(client.check(&theirs, &Usage::Client).is_err());

    let broker = ours
        .issue(&name("broker"), &key, &server(), Validity::days(30).unwrap())
        .unwrap();
    assert_eq!(broker.addresses(), ["127.0.0.1", "broker.example"]);
    assert_eq!(broker.check(&ours.certificate(), &server()), Ok(()));
    assert!(
        broker
            .check(&ours.certificate(), &Usage::Client)
            .unwrap_err()
            .contains("purpose")
    );
}

#[test]
fn a_certificate_ends_with_its_authority_at_the_latest() {
    let dir = dir();
    let ours = Authority::create(dir.path(), "short", Validity::days(10).unwrap()).unwrap();
    let until = client(&ours, "box-1").expires().unwrap();
    assert_eq!(until, ours.certificate().expires().unwrap());
    let now = Utc::from(SystemTime::now());
    assert!((9 * 86_400_000..=10 * 86_400_000).contains(&until.millis_since(now)));
    assert!(matches!(Validity::days(0), Err(PkiError::Days(0))));
}

#[test]
fn an_authority_is_private_and_never_overwritten() {
    let dir = dir();
    let root = dir.path().join("ca");
    authority(&root);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&root), mode(&root.join("ca.key"))), (0o700, 0o600));
    let again = Authority::create(&root, "another", Validity::days(1).unwrap());
    assert!(matches!(again, Err(PkiError::File(KeyError::Exists { .. }))));
    fs::set_permissions(root.join("ca.key"), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = Authority::open(&root).unwrap_err().to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
}

#[test]
fn what_is_revoked_is_on_the_list_and_stays_there() {
    let dir = dir();
    let ours = authority(dir.path());
    let certificates: Vec<_> = ["box-1", "box-1", "box-2"].map(|of| client(&ours, of)).into();
    assert_eq!(ours.revoke("box-1").unwrap(), 2, "also the one before the renewal");
    assert!(matches!(ours.revoke("box-1"), Err(PkiError::Unknown { .. })), "once");
    let guard = client(&ours, "guard");
    ours.revoke_one(&guard).unwrap();

    let list = Authority::open(dir.path()).unwrap().list().unwrap();
    let revoked = |certificate| list.of(certificate).is_some();
    assert_eq!(
        certificates.iter().map(revoked).collect::<Vec<_>>(),
        [true, true, false]
    );
    assert!(revoked(&guard) && list.count() == 3);
    let known: Vec<_> = ours.issued().unwrap();
    let known: Vec<_> = known
        .iter()
        .map(|one| (one.certificate.title(), one.revoked.is_some()))
        .collect();
    let known: Vec<_> = known
        .iter()
        .map(|(title, revoked)| (title.as_str(), *revoked))
        .collect();
    assert_eq!(
        known,
        [("box-1", true), ("box-1", true), ("box-2", false), ("guard", true)]
    );
}

#[test]
fn the_stock_tool_accepts_what_is_valid_and_refuses_what_is_revoked() {
    let dir = dir();
    let ours = authority(dir.path());
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    for of in ["box-1", "box-2"] {
        client(&ours, of).save(&dir.path().join(of)).unwrap();
    }
    ours.revoke("box-1").unwrap();
    let verify = |of: &str| {
        let (ca, crl, certificate) = (path("ca.crt"), path("ca.crl"), path(of));
        let check = ["-x509_strict", "-crl_check", "-purpose", "sslclient", "-CAfile"];
        openssl(&[&["verify"], &check[..], &[&ca, "-CRLfile", &crl, &certificate]].concat())
    };
    let (accepted, text) = verify("box-2");
    assert!(accepted, "{text}");
    let (accepted, text) = verify("box-1");
    assert!(!accepted && text.contains("revoked"), "{text}");
}

#[test]
fn a_list_of_another_authority_is_refused() {
    let (dir, other) = (dir(), dir());
    let (ours, theirs) = (authority(dir.path()), authority(other.path()));
    let refused = Revocations::load(&theirs.list_file(), &ours.certificate_file());
    assert!(matches!(refused, Err(PkiError::OtherList { .. })));
}

#[test]
fn a_request_proves_its_key_and_decides_nothing_else() {
    let dir = dir();
    let ours = authority(&dir.path().join("ca"));
    let path = dir.path().join("box-1.csr");
    let key = PrivateKey::generate().unwrap();
    Request::new(&name("box-1"), &server(), &key)
        .unwrap()
        .save(&path)
        .unwrap();
    let (valid, text) = openssl(&["req", "-in", &path.to_string_lossy(), "-verify", "-noout", "-text"]);
    assert!(valid && text.contains("DNS:broker.example"), "{text}");

    let request = Request::load(&path).unwrap();
    let days = Validity::days(30).unwrap();
    let granted = ours.grant(&name("box-1"), &request, &Usage::Client, days).unwrap();
    assert!(granted.belongs_to(&key) && granted.addresses().is_empty());
    assert_eq!(granted.check(&ours.certificate(), &Usage::Client), Ok(()));

    // Another's signature: a bit of it is changed.
    let pem = fs::read(&path).unwrap();
    let mut der = openssl::x509::X509Req::from_pem(&pem).unwrap().to_der().unwrap();
    *der.last_mut().unwrap() ^= 1;
    fs::write(&path, openssl::x509::X509Req::from_der(&der).unwrap().to_pem().unwrap()).unwrap();
    assert!(matches!(Request::load(&path), Err(PkiError::Unproven { .. })));
}

#[test]
fn a_weak_key_and_a_request_of_nobody_get_no_certificate() {
    let dir = dir();
    let path = dir.path().join("r.csr").to_string_lossy().into_owned();
    let key = dir.path().join("r.key").to_string_lossy().into_owned();
    for (kind, subject, reason) in [
        ("rsa:1024", "/CN=box-1", "P-256"),
        ("rsa:3072", "/CN=box 1", "names nobody"),
        ("rsa:3072", "/O=site", "names nobody"),
    ] {
        let made = [
            "req", "-new", "-newkey", kind, "-nodes", "-subj", subject, "-keyout", &key, "-out", &path,
        ];
        let (made, text) = openssl(&made);
        assert!(made, "{text}");
        let message = Request::load(Path::new(&path)).unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn files_that_hold_something_else_are_told_apart() {
    let dir = dir();
    let path = dir.path().join("x");
    fs::write(&path, "nothing").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for (message, what) in [
        (Certificate::load(&path).unwrap_err().to_string(), "BEGIN CERTIFICATE-"),
        (
            Request::load(&path).unwrap_err().to_string(),
            "BEGIN CERTIFICATE REQUEST-",
        ),
        (PrivateKey::load(&path).unwrap_err().to_string(), "BEGIN PRIVATE KEY-"),
    ] {
        assert!(message.contains(what), "{message}");
    }
}
