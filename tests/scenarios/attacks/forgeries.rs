//! The list of attacks.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use luchs_fuzz::forge::{self, Forge};
use serde_json::{Value, json};

use crate::scene::{Scene, TOPIC};

const YARD: &str = "luchs/box-1/yard/events";

pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// Every attack. None uses a number of an event that is sent properly, so that one that gets through is seen.
pub(crate) fn forgeries(scene: &Scene) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let mut on = |topic: &str, name, payload: Vec<u8>| {
        attacks.push(Attack {
            name,
            topic: topic.to_owned(),
            payload,
        });
    };
    shapes(scene, &mut |name, payload| on(TOPIC, name, payload));
    algorithms(scene, &mut |name, payload| on(TOPIC, name, payload));
    signatures(scene, &mut |name, payload| on(TOPIC, name, payload));
    claims(scene, &mut |name, payload| on(TOPIC, name, payload));

    on(YARD, "moved to another camera", scene.sealed(90));
    on(
        "luchs/box-1/ev\u{202e}il/events",
        "a topic that turns the line around",
        b"{}".to_vec(),
    );
    let mut yard = scene.claims(92);
    yard["topic"] = YARD.into();
    on(
        YARD,
        "signed for the topic of another camera",
        scene.wrapped(scene.token(&yard).as_bytes()),
    );
    attacks
}

type Put<'a> = &'a mut dyn FnMut(&'static str, Vec<u8>);

fn shapes(scene: &Scene, put: Put<'_>) {
    let sealed = scene.sealed(10);
    put("nothing but braces", b"{}".to_vec());
    put("no JSON", b"hello".to_vec());
    put("no UTF-8", vec![0xff, 0xfe, 0x80]);
    put("no object", b"[1,2,3]".to_vec());
    put("a terminal's escape", b"\x1b[2J{\x1b]0;x\x07".to_vec());
    put("nested too deep", vec![b'['; 60_000]);
    put("cut in the middle", sealed[..sealed.len() / 2].to_vec());
    put("last byte cut", sealed[..sealed.len() - 1].to_vec());
    put("more than the limit", [sealed, vec![b' '; 65_536]].concat());
    put("much more than the limit", vec![b'{'; 1 << 20]);
    let changed = |name, put: Put<'_>, change: &dyn Fn(&mut Value)| {
        let mut envelope = envelope(scene, 11);
        change(&mut envelope);
        put(name, envelope.to_string().into_bytes());
    };
    changed("no recipients", put, &|envelope| envelope["recipients"] = json!([]));
    changed("no key id", put, &|envelope| drop(header(envelope).remove("kid")));
    changed("additional data", put, &|envelope| envelope["aad"] = "AAAA".into());
    changed("wrong types", put, &|envelope| {
        envelope["recipients"][0]["header"]["alg"] = json!(["ECDH-ES+A256KW"]);
    });
    changed("an empty tag", put, &|envelope| envelope["tag"] = "".into());
    changed("a short tag", put, &|envelope| envelope["tag"] = "AAAA".into());
    changed("an empty iv", put, &|envelope| envelope["iv"] = "".into());
    changed("an empty key", put, &|envelope| {
        envelope["recipients"][0]["encrypted_key"] = "".into();
    });
    changed("no ephemeral key", put, &|envelope| {
        drop(header(envelope).remove("epk"));
    });
    changed("an ephemeral key off the curve", put, &|envelope| {
        let epk = &mut envelope["recipients"][0]["header"]["epk"];
        epk["y"] = epk["x"].clone();
    });
    changed("in flattened form", put, &|envelope| {
        let mut entry = envelope.as_object_mut().unwrap().remove("recipients").unwrap()[0].take();
        envelope["header"] = entry["header"].take();
        envelope["encrypted_key"] = entry["encrypted_key"].take();
    });
    changed("in compact form", put, &|envelope| {
        let text = |name: &str| envelope[name].as_str().unwrap().to_owned();
        let key = envelope["recipients"][0]["encrypted_key"].as_str().unwrap();
        let parts = [
            text("protected"),
            key.to_owned(),
            text("iv"),
            text("ciphertext"),
            text("tag"),
        ];
        *envelope = parts.join(".").into();
    });
}

fn algorithms(scene: &Scene, put: Put<'_>) {
    for (name, alg) in [
        ("dir", "dir"),
        ("RSA1_5", "RSA1_5"),
        ("RSA-OAEP", "RSA-OAEP"),
        ("direct agreement", "ECDH-ES"),
        ("another key wrap", "ECDH-ES+A128KW"),
        ("symmetric key wrap", "A256KW"),
        ("key algorithm none", "none"),
    ] {
        let mut envelope = envelope(scene, 20);
        envelope["recipients"][0]["header"]["alg"] = alg.into();
        put(name, envelope.to_string().into_bytes());
    }
    let token = scene.token(&scene.claims(21));
    let protected = |header: Value| scene.forge.envelope(&header, token.as_bytes()).to_string().into_bytes();
    put(
        "another encryption",
        protected(json!({"enc": "A128CBC-HS256", "cty": "JWT"})),
    );
    put("a shorter key", protected(json!({"enc": "A128GCM", "cty": "JWT"})));
    put("no encryption", protected(json!({"cty": "JWT"})));
    put(
        "a critical header",
        protected(json!({"enc": "A256GCM", "crit": ["exp"], "exp": 1})),
    );
    put(
        "an algorithm for everyone",
        protected(json!({"enc": "A256GCM", "alg": "dir"})),
    );
    let bomb = scene
        .forge
        .envelope(&json!({"enc": "A256GCM", "zip": "DEF"}), &deflated_zeros());
    put("a zip bomb", bomb.to_string().into_bytes());
    let mut unprotected = envelope(scene, 22);
    unprotected["unprotected"] = json!({"zip": "DEF"});
    put("zip where nothing protects it", unprotected.to_string().into_bytes());

    let password =
        json!({"alg": "PBES2-HS512+A256KW", "kid": scene.forge.kid, "p2c": 2_000_000_000, "p2s": "AAAAAAAAAAA"});
    let alone = forge::sealed(&Forge::protected(), &password, &[0; 40], &[0; 32], b"x");
    put("a password that takes hours", alone.to_string().into_bytes());
    let mut beside = envelope(scene, 23);
    let entry = json!({"header": password, "encrypted_key": "AAAA"});
    beside["recipients"].as_array_mut().unwrap().insert(0, entry);
    put(
        "a password that takes hours, beside our key",
        beside.to_string().into_bytes(),
    );
}

fn signatures(scene: &Scene, put: Put<'_>) {
    let claims = scene.claims(30).to_string().into_bytes();
    let proper = scene.forge.token_header();
    put("claims without signature", scene.wrapped(&claims));
    put(
        "signature algorithm none",
        scene.wrapped(forge::unsigned(&claims).as_bytes()),
    );
    let mut hmac = proper.clone();
    hmac["alg"] = "HS256".into();
    for (name, key) in [
        ("HS256 under the public key as JWK", "device/device.pub.jwk"),
        ("HS256 under the reader's public key", "viewer/recipient.pub.jwk"),
    ] {
        let key = std::fs::read(scene.site.file(key)).unwrap();
        put(name, scene.wrapped(forge::hmac(&hmac, &claims, &key).as_bytes()));
    }
    put(
        "HS256 under a key of zeros",
        scene.wrapped(forge::hmac(&hmac, &claims, b"\0").as_bytes()),
    );
    for (name, alg) in [("ES384 in the header", "ES384"), ("RS256 in the header", "RS256")] {
        let mut header = proper.clone();
        header["alg"] = alg.into();
        put(name, scene.wrapped(scene.forge.token(&header, &claims).as_bytes()));
    }
    // A stranger who brings the key to check its signature with.
    let read = |name: &str| std::fs::read_to_string(scene.site.file(name)).unwrap();
    scene
        .site
        .luchs(&[
            "keys",
            "init",
            "--device",
            "box-1",
            "--dir",
            &scene.site.path("stranger"),
        ])
        .unwrap();
    let stranger = Forge::new(&read("stranger/device.jwk"), &read("viewer/recipient.pub.jwk"));
    put(
        "a stranger's signature",
        scene.wrapped(stranger.token(&stranger.token_header(), &claims).as_bytes()),
    );
    put(
        "a stranger's signature under the device's key id",
        scene.wrapped(stranger.token(&proper, &claims).as_bytes()),
    );
    let mut embedded = proper.clone();
    embedded["jwk"] = serde_json::from_str(&read("stranger/device.pub.jwk")).unwrap();
    put(
        "a stranger's key in the header",
        scene.wrapped(stranger.token(&embedded, &claims).as_bytes()),
    );
    let mut kind = proper.clone();
    kind["typ"] = "JWT".into();
    put(
        "another kind of token",
        scene.wrapped(scene.forge.token(&kind, &claims).as_bytes()),
    );
    let mut critical = proper.clone();
    critical["crit"] = json!(["exp"]);
    critical["exp"] = 1.into();
    put(
        "a critical header of the signature",
        scene.wrapped(scene.forge.token(&critical, &claims).as_bytes()),
    );

    let token = scene.token(&scene.claims(31));
    let parts: Vec<&str> = token.split('.').collect();
    let other = BASE64.encode(scene.claims(32).to_string());
    put(
        "other claims under a signature",
        scene.wrapped(format!("{}.{other}.{}", parts[0], parts[2]).as_bytes()),
    );
    put(
        "a signature of zeros",
        scene.wrapped(format!("{}.{}.{}", parts[0], parts[1], BASE64.encode([0; 64])).as_bytes()),
    );
    put(
        "an empty signature",
        scene.wrapped(format!("{}.{}.", parts[0], parts[1]).as_bytes()),
    );
    let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    put("a signature in JSON form", scene.wrapped(json.to_string().as_bytes()));
}

fn claims(scene: &Scene, put: Put<'_>) {
    // Surreptitious forwarding: another reader decrypts what it was sent, and encrypts it to us.
    scene
        .site
        .luchs(&[
            "keys",
            "init",
            "--recipient",
            "other",
            "--dir",
            &scene.site.path("other"),
        ])
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(scene.site.file(name)).unwrap();
    let other = Forge::new(&read("device/device.jwk"), &read("other/recipient.pub.jwk"));
    let mut for_other = scene.claims(40);
    for_other["aud"] = json!([other.kid]);
    let token = scene.token(&for_other);
    put("passed on by another reader", scene.wrapped(token.as_bytes()));
    let mut theirs = other.envelope(&Forge::protected(), token.as_bytes());
    put("made for another reader", theirs.to_string().into_bytes());
    theirs["recipients"][0]["header"]["kid"] = scene.forge.kid.clone().into();
    put(
        "made for another reader, under our name",
        theirs.to_string().into_bytes(),
    );

    let changed = |name, put: Put<'_>, change: &dyn Fn(&mut Value)| {
        let mut claims = scene.claims(41);
        change(&mut claims);
        put(name, scene.wrapped(scene.token(&claims).as_bytes()));
    };
    changed("issued in the name of another device", put, &|claims| {
        claims["iss"] = "shed".into();
    });
    changed("an event of another device", put, &|claims| {
        claims["event"]["device"] = "shed".into();
    });
    changed("an event of another camera", put, &|claims| {
        claims["event"]["camera"] = "yard".into();
    });
    changed("for another topic", put, &|claims| claims["topic"] = YARD.into());
    changed("for nobody", put, &|claims| claims["aud"] = json!([]));
    changed("a format of the future", put, &|claims| {
        claims["event"]["schema"] = "luchs.event/2".into();
    });
    changed("number zero", put, &|claims| claims["event"]["seq"] = 0.into());
    changed("a number beyond all", put, &|claims| {
        claims["event"]["seq"] = (1_u64 << 53).into();
    });
    changed("a number that is a text", put, &|claims| {
        claims["event"]["seq"] = "7".into();
    });
    changed("no event", put, &|claims| claims["event"] = Value::Null);
}

fn envelope(scene: &Scene, seq: u64) -> Value {
    serde_json::from_slice(&scene.sealed(seq)).unwrap()
}

fn header(envelope: &mut Value) -> &mut serde_json::Map<String, Value> {
    envelope["recipients"][0]["header"].as_object_mut().unwrap()
}

/// 40 MB in 40 kB.
fn deflated_zeros() -> Vec<u8> {
    let script = "import sys, zlib; c = zlib.compressobj(9, zlib.DEFLATED, -15); \
                  sys.stdout.buffer.write(c.compress(bytes(40_000_000)) + c.flush())";
    let output = std::process::Command::new("python3")
        .args(["-c", script])
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.len() < 45_000);
    output.stdout
}
