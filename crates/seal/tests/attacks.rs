//! Whatever is done to an envelope on its way, it is refused, and for the right reason.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use josekit::{
    jwe::{self, JweHeaderSet},
    jws::{self, JwsHeader},
};
use luchs_scene::{
    Draft, Event, Utc,
    event::{Gap, GapReason, Kind, Stamp, topic},
};
use luchs_seal::{DeviceKey, OpenError, Opener, RecipientKey, Recipients, Sealer, TrustedDevices};
use openssl::{ec::EcKey, nid::Nid, pkey::PKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

/// A device, its recipient, and one envelope between them.
struct Scene {
    device: DeviceKey,
    recipient: RecipientKey,
    event: Event,
    topic: String,
    sealed: Vec<u8>,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    let device = DeviceKey::generate("box".parse().unwrap()).unwrap();
    let recipient = RecipientKey::generate().unwrap();
    let event = event("box", "gate");
    let topic = event.topic("luchs");
    let sealed = seal(&device, &[&recipient], &event, &topic);
    Scene {
        device,
        recipient,
        event,
        topic,
        sealed,
    }
});

fn event(device: &str, camera: &str) -> Event {
    Draft {
        gap: Some(Gap {
            count: 3,
            from_seq: 4,
            to_seq: 6,
            reason: GapReason::Retention,
        }),
        ..Draft::new(
            Kind::Gap,
            camera.parse().unwrap(),
            Utc::from_unix_millis(1_795_443_939_120),
        )
    }
    .stamped(Stamp {
        id: Uuid::from_u128(7),
        device: device.parse().unwrap(),
        boot: Uuid::from_u128(8),
        epoch: Uuid::from_u128(9),
        seq: 7,
    })
}

fn recipients(keys: &[&RecipientKey]) -> Recipients {
    let dir = tempfile::tempdir().unwrap();
    for key in keys {
        key.public()
            .save(&dir.path().join(format!("{}.jwk", key.kid())))
            .unwrap();
    }
    Recipients::load_dir(dir.path()).unwrap()
}

fn seal(device: &DeviceKey, to: &[&RecipientKey], event: &Event, topic: &str) -> Vec<u8> {
    Sealer::new(device.clone(), recipients(to)).seal(event, topic).unwrap()
}

impl Scene {
    fn opener(&self) -> Opener {
        Opener::new(
            self.recipient.clone(),
            [self.device.public().clone()].into_iter().collect(),
        )
    }

    fn open(&self, bytes: &[u8]) -> Result<Event, OpenError> {
        self.opener().open(bytes, &self.topic)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.sealed).unwrap()
    }

    /// Opens the envelope after `change` was done to its JSON.
    fn open_changed(&self, change: impl FnOnce(&mut Value)) -> Result<Event, OpenError> {
        let mut json = self.json();
        change(&mut json);
        self.open(json.to_string().as_bytes())
    }

    /// Encrypts any content to our recipient properly, as an attacker can who only knows public keys.
    fn wrap(&self, content: &[u8]) -> Vec<u8> {
        let public = jwk(self.recipient.public().as_json());
        let encrypter = jwe::ECDH_ES_A256KW.encrypter_from_jwk(&public).unwrap();
        let mut header = JweHeaderSet::new();
        header.set_content_encryption("A256GCM", true);
        jwe::serialize_general_json(content, Some(&header), &[(None, &encrypter)], None)
            .unwrap()
            .into_bytes()
    }

    /// Any claims with the device's true signature: what only a fault or a stolen key could make.
    fn signed(&self, typ: &str, claims: &Value) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device.jwk");
        self.device.save(&path).unwrap();
        let signer = jws::ES256
            .signer_from_jwk(&jwk(&std::fs::read_to_string(path).unwrap()))
            .unwrap();
        let mut header = JwsHeader::new();
        header.set_token_type(typ);
        let token = jws::serialize_compact(claims.to_string().as_bytes(), &header, &signer).unwrap();
        self.wrap(token.as_bytes())
    }

    fn claims(&self) -> Value {
        json!({
            "iss": "box", "aud": [self.recipient.kid()], "topic": self.topic, "iat": 1,
            "event": serde_json::to_value(&self.event).unwrap(),
        })
    }
}

fn jwk(text: &str) -> josekit::jwk::Jwk {
    josekit::jwk::Jwk::from_bytes(text).unwrap()
}

fn with_protected(json: &mut Value, protected: &Value) {
    json["protected"] = BASE64.encode(protected.to_string()).into();
}

#[test]
fn what_is_sealed_is_opened_by_every_recipient() {
    let others: Vec<_> = (0..2).map(|_| RecipientKey::generate().unwrap()).collect();
    let sealed = seal(
        &SCENE.device,
        &[&SCENE.recipient, &others[0], &others[1]],
        &SCENE.event,
        &SCENE.topic,
    );
    let trusted: TrustedDevices = [SCENE.device.public().clone()].into_iter().collect();
    for key in [&SCENE.recipient, &others[0], &others[1]] {
        let opened = Opener::new(key.clone(), trusted.clone()).open(&sealed, &SCENE.topic);
        assert_eq!(opened.as_ref(), Ok(&SCENE.event));
    }
}

#[test]
fn numbers_that_no_device_gives_are_refused_though_signed() {
    let open = |seq: u64, gap: (u64, u64)| {
        let mut claims = SCENE.claims();
        claims["event"]["seq"] = seq.into();
        claims["event"]["gap"]["from_seq"] = gap.0.into();
        claims["event"]["gap"]["to_seq"] = gap.1.into();
        SCENE.open(&SCENE.signed("luchs-event+jwt", &claims))
    };
    assert!(open(7, (4, 6)).is_ok() && open((1 << 53) - 1, (1, 1)).is_ok());
    for (seq, gap) in [
        (0, (0, 0)),
        (1 << 53, (1, 2)),
        (7, (6, 4)),
        (7, (4, 7)),
        (7, (0, 6)),
        (7, (u64::MAX, u64::MAX)),
    ] {
        assert_eq!(open(seq, gap), Err(OpenError::Numbers), "{seq} {gap:?}");
    }
}

#[test]
fn the_envelope_is_as_documented() {
    let json = SCENE.json();
    let protected: Value =
        serde_json::from_slice(&BASE64.decode(json["protected"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(protected, json!({"enc": "A256GCM", "cty": "JWT"}));
    let header = &json["recipients"][0]["header"];
    assert_eq!(
        (&header["alg"], &header["kid"]),
        (&"ECDH-ES+A256KW".into(), &SCENE.recipient.kid().into())
    );
    assert!(
        !String::from_utf8_lossy(&SCENE.sealed).contains("gate"),
        "the content can be read"
    );
}

#[test]
fn another_recipient_cannot_open_it() {
    let other = RecipientKey::generate().unwrap();
    let kid = other.kid().to_owned();
    let opener = Opener::new(other, [SCENE.device.public().clone()].into_iter().collect());
    assert_eq!(
        opener.open(&SCENE.sealed, &SCENE.topic),
        Err(OpenError::NotForUs { kid })
    );
}

#[test]
fn a_recipient_renamed_to_us_cannot_be_decrypted() {
    let other = RecipientKey::generate().unwrap();
    let sealed = seal(&SCENE.device, &[&other], &SCENE.event, &SCENE.topic);
    let mut json: Value = serde_json::from_slice(&sealed).unwrap();
    json["recipients"][0]["header"]["kid"] = SCENE.recipient.kid().into();
    assert_eq!(SCENE.open(json.to_string().as_bytes()), Err(OpenError::Undecryptable));
}

#[test]
fn a_device_that_is_not_trusted_is_refused() {
    let stranger = DeviceKey::generate("box".parse().unwrap()).unwrap();
    let sealed = seal(&stranger, &[&SCENE.recipient], &SCENE.event, &SCENE.topic);
    assert_eq!(
        SCENE.open(&sealed),
        Err(OpenError::UnknownSigner {
            kid: stranger.kid().into()
        })
    );
}

#[test]
fn a_trusted_device_cannot_speak_for_another() {
    let other = DeviceKey::generate("shed".parse().unwrap()).unwrap();
    let trusted = [SCENE.device.public().clone(), other.public().clone()]
        .into_iter()
        .collect();
    let opener = Opener::new(SCENE.recipient.clone(), trusted);
    // Its own signature, its own topic, but an event of the other one.
    let mut claims = SCENE.claims();
    claims["event"]["device"] = "shed".into();
    claims["topic"] = topic("luchs", other.device(), &SCENE.event.camera).into();
    let bytes = SCENE.signed("luchs-event+jwt", &claims);
    let refused = opener.open(&bytes, claims["topic"].as_str().unwrap());
    assert_eq!(
        refused,
        Err(OpenError::Issuer {
            signer: "box".parse().unwrap(),
            issuer: "shed".parse().unwrap()
        })
    );
    assert!(
        Sealer::new(other, recipients(&[&SCENE.recipient]))
            .seal(&SCENE.event, &SCENE.topic)
            .is_err()
    );
}

#[test]
fn a_signature_of_another_key_under_a_trusted_id_is_refused() {
    let mut public: Value =
        serde_json::from_str(DeviceKey::generate("box".parse().unwrap()).unwrap().public().as_json()).unwrap();
    public["kid"] = SCENE.device.kid().into();
    let wrong = luchs_seal::DevicePublic::parse(public.to_string().as_bytes()).unwrap();
    let opener = Opener::new(SCENE.recipient.clone(), [wrong].into_iter().collect());
    let refused = opener.open(&SCENE.sealed, &SCENE.topic);
    assert_eq!(
        refused,
        Err(OpenError::BadSignature {
            kid: SCENE.device.kid().into()
        })
    );
}

#[test]
fn an_envelope_moved_to_another_topic_is_refused() {
    for moved in [
        "luchs/box/yard/events",
        "luchs/shed/gate/events",
        "other/box/gate/events",
        "luchs/box/gate/status",
        "",
    ] {
        let refused = SCENE.opener().open(&SCENE.sealed, moved);
        assert_eq!(
            refused,
            Err(OpenError::Topic {
                made_for: SCENE.topic.clone()
            }),
            "{moved}"
        );
    }
    // Also when the signed topic itself is not that of the event.
    let mut claims = SCENE.claims();
    claims["topic"] = "luchs/box/yard/events".into();
    let bytes = SCENE.signed("luchs-event+jwt", &claims);
    assert!(matches!(
        SCENE.opener().open(&bytes, "luchs/box/yard/events"),
        Err(OpenError::Topic { .. })
    ));
}

#[test]
fn a_token_for_others_wrapped_for_us_is_refused() {
    let mut claims = SCENE.claims();
    claims["aud"] = json!(["someone-else"]);
    let refused = SCENE.open(&SCENE.signed("luchs-event+jwt", &claims));
    assert_eq!(
        refused,
        Err(OpenError::Audience {
            kid: SCENE.recipient.kid().into()
        })
    );
}

#[test]
fn another_kind_of_token_is_no_event() {
    assert_eq!(
        SCENE.open(&SCENE.signed("JWT", &SCENE.claims())),
        Err(OpenError::Type("JWT".into()))
    );
}

#[test]
fn a_format_of_the_future_is_named() {
    let mut claims = SCENE.claims();
    claims["event"]["schema"] = "luchs.event/2".into();
    let refused = SCENE.open(&SCENE.signed("luchs-event+jwt", &claims));
    assert_eq!(refused, Err(OpenError::Schema("luchs.event/2".into())));
}

#[test]
fn content_without_or_with_a_weak_signature_is_refused() {
    assert_eq!(SCENE.open(&SCENE.wrap(b"hello")), Err(OpenError::Unsigned));
    let claims = BASE64.encode(SCENE.claims().to_string());
    for (alg, signature) in [("none", ""), ("HS256", "AAAA"), ("ES384", "AAAA"), ("RS256", "AAAA")] {
        let header = json!({"alg": alg, "typ": "luchs-event+jwt", "kid": SCENE.device.kid()});
        let token = format!("{}.{claims}.{signature}", BASE64.encode(header.to_string()));
        assert_eq!(
            SCENE.open(&SCENE.wrap(token.as_bytes())),
            Err(OpenError::SignatureAlgorithm(alg.into()))
        );
    }
}

#[test]
fn other_algorithms_are_refused_by_name() {
    for alg in ["RSA-OAEP", "dir", "ECDH-ES", "ECDH-ES+A128KW", "A256KW"] {
        let refused = SCENE.open_changed(|json| json["recipients"][0]["header"]["alg"] = alg.into());
        assert_eq!(refused, Err(OpenError::KeyAlgorithm(alg.into())));
    }
    let refused = SCENE.open_changed(|json| with_protected(json, &json!({"enc": "A128CBC-HS256"})));
    assert_eq!(refused, Err(OpenError::ContentEncryption("A128CBC-HS256".into())));
}

#[test]
fn a_password_recipient_is_refused_before_its_iterations_are_counted() {
    let refused = SCENE.open_changed(|json| {
        let slow = json!({"header": {"alg": "PBES2-HS512+A256KW", "kid": "x", "p2c": 2_000_000_000, "p2s": "AAAA"}});
        json["recipients"].as_array_mut().unwrap().insert(0, slow);
    });
    assert_eq!(refused, Err(OpenError::KeyAlgorithm("PBES2-HS512+A256KW".into())));
}

#[test]
fn compression_and_critical_headers_are_refused_wherever_they_stand() {
    for (name, error) in [("zip", OpenError::Compressed), ("crit", OpenError::Critical)] {
        let places: [fn(&mut Value, &str); 3] = [
            |json, name| with_protected(json, &json!({"enc": "A256GCM", name: "DEF"})),
            |json, name| json["unprotected"] = json!({name: "DEF"}),
            |json, name| json["recipients"][0]["header"][name] = "DEF".into(),
        ];
        for place in places {
            assert_eq!(SCENE.open_changed(|json| place(json, name)), Err(error.clone()));
        }
    }
}

#[test]
fn a_missing_key_id_is_refused() {
    let refused = SCENE.open_changed(|json| {
        json["recipients"][0]["header"].as_object_mut().unwrap().remove("kid");
    });
    assert_eq!(refused, Err(OpenError::RecipientWithoutId));
}

#[test]
fn members_that_mean_nothing_are_tolerated() {
    let opened = SCENE.open_changed(|json| {
        json["note"] = "added by a gateway".into();
        json["recipients"][0]["header"]["note"] = 1.into();
    });
    assert_eq!(opened.as_ref(), Ok(&SCENE.event));
}

#[test]
fn lengths_that_make_no_sense_are_refused_without_a_panic() {
    for (place, bytes) in [("iv", 11), ("iv", 0), ("tag", 4), ("tag", 0), ("ciphertext", 0)] {
        let refused = SCENE.open_changed(|json| json[place] = BASE64.encode(vec![0; bytes]).into());
        assert_eq!(refused, Err(OpenError::Undecryptable), "{place} of {bytes} bytes");
    }
    for bytes in [0, 1, 7, 8, 39, 41, 4000] {
        let key = BASE64.encode(vec![0; bytes]);
        let refused = SCENE.open_changed(|json| json["recipients"][0]["encrypted_key"] = key.into());
        assert_eq!(refused, Err(OpenError::Undecryptable), "key of {bytes} bytes");
    }
}

#[test]
fn an_ephemeral_key_off_the_curve_is_refused() {
    // The invalid curve attack: small-order points elsewhere would give the private key away bit by bit.
    let secp256k1 = {
        let group = openssl::ec::EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    };
    let point = secp256k1.public_key_to_der().unwrap();
    let (x, y) = point[point.len() - 64..].split_at(32);
    for epk in [
        json!({"kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y)}),
        json!({"kty": "EC", "crv": "secp256k1", "x": BASE64.encode(x), "y": BASE64.encode(y)}),
        json!({"kty": "OKP", "crv": "X25519", "x": BASE64.encode(x)}),
        json!({"kty": "EC", "crv": "P-256", "x": "", "y": ""}),
        json!("none"),
    ] {
        let refused = SCENE.open_changed(|json| json["recipients"][0]["header"]["epk"] = epk);
        assert_eq!(refused, Err(OpenError::Undecryptable));
    }
}

#[test]
fn too_much_is_refused_unread() {
    let bytes = vec![b'['; 64 * 1024 + 1];
    assert_eq!(
        SCENE.open(&bytes),
        Err(OpenError::TooLarge {
            size: 65_537,
            limit: 65_536
        })
    );
    let refused = SCENE.opener().with_size_limit(100).open(&SCENE.sealed, &SCENE.topic);
    assert!(matches!(refused, Err(OpenError::TooLarge { limit: 100, .. })));
}

#[test]
fn what_is_no_envelope_is_told_from_what_is_cut_off() {
    assert_eq!(SCENE.open(b""), Err(OpenError::NotJson));
    assert_eq!(SCENE.open(b"\xff\xfe"), Err(OpenError::NotJson));
    assert_eq!(SCENE.open(&vec![b'['; 60_000]), Err(OpenError::NotJson));
    assert!(matches!(
        SCENE.open(br#"{"temperature":21}"#),
        Err(OpenError::NotEnvelope(_))
    ));
    assert!(matches!(
        SCENE.open_changed(|json| json["recipients"] = json!([])),
        Err(OpenError::NotEnvelope(_))
    ));
}

#[test]
fn a_flipped_bit_of_any_byte_is_noticed() {
    for at in 0..SCENE.sealed.len() {
        for bit in 0..8 {
            let mut bytes = SCENE.sealed.clone();
            bytes[at] ^= 1 << bit;
            assert!(SCENE.open(&bytes).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn whatever_is_cut_off_is_noticed() {
    for length in 0..SCENE.sealed.len() {
        assert_eq!(
            SCENE.open(&SCENE.sealed[..length]),
            Err(OpenError::NotJson),
            "cut off at {length}"
        );
        let from = SCENE.sealed.len() - length;
        assert!(SCENE.open(&SCENE.sealed[from..]).is_err(), "begun at {from}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_in_the_content_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        for member in ["ciphertext", "tag", "iv"] {
            let refused = SCENE.open_changed(|json| {
                let mut bytes = BASE64.decode(json[member].as_str().unwrap()).unwrap();
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
                json[member] = BASE64.encode(bytes).into();
            });
            prop_assert_eq!(refused, Err(OpenError::Undecryptable));
        }
    }

    #[test]
    fn a_flipped_bit_in_the_token_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        // Past the encryption, as if that were broken: the signature alone must hold.
        let mut header = JwsHeader::new();
        header.set_token_type("luchs-event+jwt");
        let inner = INNER.get_or_init(|| inner_token().into_bytes());
        let mut token = inner.clone();
        let at = at.index(token.len());
        token[at] ^= 1 << bit;
        prop_assert!(SCENE.open(&SCENE.wrap(&token)).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(SCENE.open(&bytes).is_err());
    }
}

static INNER: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();

fn inner_token() -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("recipient.jwk");
    SCENE.recipient.save(&path).unwrap();
    let key = jwk(&std::fs::read_to_string(path).unwrap());
    let decrypter = jwe::ECDH_ES_A256KW.decrypter_from_jwk(&key).unwrap();
    let (token, _) = jwe::deserialize_json(std::str::from_utf8(&SCENE.sealed).unwrap(), &decrypter).unwrap();
    String::from_utf8(token).unwrap()
}
