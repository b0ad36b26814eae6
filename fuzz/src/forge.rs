//! Envelopes made by hand from the RFCs, without the code that they are meant for: ECDH-ES+A256KW (RFC 7518, 4.6),
//! A256GCM and ES256. Whoever has a device's private key can sign anything; who has a recipient's public key can
//! encrypt anything: attacks are made of this.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use openssl::{
    aes::{AesKey, wrap_key},
    bn::{BigNum, BigNumContext},
    derive::Deriver,
    ec::{EcGroup, EcKey},
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private, Public},
    rand::rand_bytes,
    sha::sha256,
    sign::Signer,
    symm::{Cipher, encrypt_aead},
};
use serde_json::{Value, json};

const KEY_ALG: &str = "ECDH-ES+A256KW";

/// A device's signature and a recipient's public key, for any content.
pub struct Forge {
    signing: EcKey<Private>,
    signer: Value,
    recipient: EcKey<Public>,
    /// Id of the recipient's key.
    pub kid: String,
}

impl Forge {
    /// Takes the device's private JWK and the recipient's public one.
    pub fn new(device: &str, recipient: &str) -> Self {
        let (device, recipient): (Value, Value) = (
            serde_json::from_str(device).unwrap(),
            serde_json::from_str(recipient).unwrap(),
        );
        let private = BigNum::from_slice(&coordinate(&device["d"])).unwrap();
        let point = public(&device);
        Self {
            signing: EcKey::from_private_components(&group(), &private, point.public_key()).unwrap(),
            signer: device["kid"].clone(),
            recipient: public(&recipient),
            kid: recipient["kid"].as_str().unwrap().to_owned(),
        }
    }

    /// The protected header of an event's envelope.
    pub fn protected() -> Value {
        json!({"enc": "A256GCM", "cty": "JWT"})
    }

    /// The header of an event's signature.
    pub fn token_header(&self) -> Value {
        json!({"alg": "ES256", "typ": "luchs-event+jwt", "kid": self.signer})
    }

    /// A JWS with an ES256 signature, whatever the header says.
    pub fn token(&self, header: &Value, payload: &[u8]) -> String {
        let input = signing_input(header, payload);
        let signature = EcdsaSig::sign(&sha256(input.as_bytes()), &self.signing).unwrap();
        let (r, s) = (
            signature.r().to_vec_padded(32).unwrap(),
            signature.s().to_vec_padded(32).unwrap(),
        );
        format!("{input}.{}", BASE64.encode([r, s].concat()))
    }

    /// A JWE in general JSON form that the recipient can decrypt, if it follows the header.
    pub fn envelope(&self, protected: &Value, content: &[u8]) -> Value {
        let ephemeral = EcKey::generate(&group()).unwrap();
        let shared = agree(&ephemeral, &self.recipient);
        let mut key = [0; 32];
        rand_bytes(&mut key).unwrap();
        let mut wrapped = [0; 40];
        wrap_key(
            &AesKey::new_encrypt(&derive(&shared)).unwrap(),
            None,
            &mut wrapped,
            &key,
        )
        .unwrap();
        let header = json!({"alg": KEY_ALG, "kid": self.kid, "epk": jwk(&ephemeral)});
        sealed(protected, &header, &wrapped, &key, content)
    }
}

/// A JWE whose content key is `key`, for a recipient with `header` and `wrapped`.
pub fn sealed(protected: &Value, header: &Value, wrapped: &[u8], key: &[u8; 32], content: &[u8]) -> Value {
    let protected = BASE64.encode(protected.to_string());
    let (mut iv, mut tag) = ([0; 12], [0; 16]);
    rand_bytes(&mut iv).unwrap();
    let cipher = Cipher::aes_256_gcm();
    let ciphertext = encrypt_aead(cipher, key, Some(&iv), protected.as_bytes(), content, &mut tag).unwrap();
    json!({
        "protected": protected,
        "recipients": [{"header": header, "encrypted_key": BASE64.encode(wrapped)}],
        "iv": BASE64.encode(iv),
        "ciphertext": BASE64.encode(ciphertext),
        "tag": BASE64.encode(tag),
    })
}

/// A JWS without signature: `alg` none.
pub fn unsigned(payload: &[u8]) -> String {
    signing_input(&json!({"alg": "none", "typ": "luchs-event+jwt"}), payload) + "."
}

/// A JWS with an HMAC under a key that everyone has, for readers that let the token choose the algorithm.
pub fn hmac(header: &Value, payload: &[u8], key: &[u8]) -> String {
    let input = signing_input(header, payload);
    let key = PKey::hmac(key).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    let mac = signer.sign_oneshot_to_vec(input.as_bytes()).unwrap();
    format!("{input}.{}", BASE64.encode(mac))
}

fn signing_input(header: &Value, payload: &[u8]) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(payload))
}

fn group() -> EcGroup {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()
}

fn coordinate(text: &Value) -> Vec<u8> {
    BASE64.decode(text.as_str().unwrap()).unwrap()
}

fn public(jwk: &Value) -> EcKey<Public> {
    let [x, y] = ["x", "y"].map(|name| BigNum::from_slice(&coordinate(&jwk[name])).unwrap());
    EcKey::from_public_key_affine_coordinates(&group(), &x, &y).unwrap()
}

fn jwk(key: &EcKey<Private>) -> Value {
    let (mut x, mut y) = (BigNum::new().unwrap(), BigNum::new().unwrap());
    let mut context = BigNumContext::new().unwrap();
    key.public_key()
        .affine_coordinates(&group(), &mut x, &mut y, &mut context)
        .unwrap();
    let text = |number: &BigNum| BASE64.encode(number.to_vec_padded(32).unwrap());
    json!({"kty": "EC", "crv": "P-256", "x": text(&x), "y": text(&y)})
}

fn agree(ours: &EcKey<Private>, theirs: &EcKey<Public>) -> Vec<u8> {
    let (ours, theirs) = (
        PKey::from_ec_key(ours.clone()).unwrap(),
        PKey::from_ec_key(theirs.clone()).unwrap(),
    );
    let mut deriver = Deriver::new(&ours).unwrap();
    deriver.set_peer(&theirs).unwrap();
    deriver.derive_to_vec().unwrap()
}

/// Concat KDF with SHA-256, one round, no party information.
fn derive(shared: &[u8]) -> [u8; 32] {
    let number = |number: usize| (number as u32).to_be_bytes();
    let parts: [&[u8]; 7] = [
        &number(1),
        shared,
        &number(KEY_ALG.len()),
        KEY_ALG.as_bytes(),
        &number(0),
        &number(0),
        &number(256),
    ];
    sha256(&parts.concat())
}
