//! JSON Web Keys (RFC 7517) on P-256: text to OpenSSL key and back.

use luchs_scene::{Name, printable};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    error::ErrorStack,
    nid::Nid,
    pkey::{PKey, Private, Public},
    sha::sha256,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{JwkProblem, encoding};

/// What a key is for: the `use` and `alg` that it must have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    pub(crate) usage: &'static str,
    pub(crate) alg: &'static str,
}

pub(crate) const SIGN: Purpose = Purpose {
    usage: "sig",
    alg: "ES256",
};
pub(crate) const ENCRYPT: Purpose = Purpose {
    usage: "enc",
    alg: "ECDH-ES+A256KW",
};

/// A key as it is written. Members that we do not know are ignored, as RFC 7517 demands.
#[derive(Serialize, Deserialize)]
pub(crate) struct Jwk {
    pub(crate) kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) d: Option<String>,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<Name>,
    /// Of the recipient, for people. Anyone can have written it, so what is no name is no reason to refuse the key.
    #[serde(default, deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Name>,
    /// Symmetric key material, only to notice it.
    #[serde(default, skip_serializing)]
    k: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl Drop for Jwk {
    fn drop(&mut self) {
        self.d.zeroize();
    }
}

impl Jwk {
    /// A new key pair for `purpose`, with its thumbprint as key id.
    pub(crate) fn generate(purpose: Purpose, device: Option<Name>) -> Result<Self, ErrorStack> {
        let group = p256()?;
        let key = EcKey::generate(&group)?;
        let (x, y) = coordinates(&group, key.public_key())?;
        let d = Zeroizing::new(key.private_key().to_vec_padded(32)?);
        Ok(Self {
            kty: "EC".into(),
            crv: Some("P-256".into()),
            kid: Some(thumbprint(&x, &y)),
            x: Some(x),
            y: Some(y),
            d: Some(encoding::encode(&d)),
            usage: Some(purpose.usage.into()),
            alg: Some(purpose.alg.into()),
            device,
            name: None,
            k: None,
        })
    }

    /// Reads one key.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, JwkProblem> {
        serde_json::from_slice(text).map_err(|error| syntax(&error))
    }

    /// Reads one key or a set of keys.
    pub(crate) fn parse_many(text: &[u8]) -> Result<Vec<Self>, JwkProblem> {
        if let Ok(set) = serde_json::from_slice::<JwkSet>(text) {
            return Ok(set.keys);
        }
        Ok(vec![Self::parse(text)?])
    }

    /// The key as text, to be wiped after use.
    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        // Room from the start, so that a private key is not left behind in outgrown memory.
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        if serde_json::to_writer_pretty(&mut *text, self).is_err() {
            text.clear();
        }
        text.push(b'\n');
        Zeroizing::new(String::from_utf8(std::mem::take(&mut *text)).unwrap_or_default())
    }

    /// The same key without its private half.
    pub(crate) fn to_public(&self) -> Self {
        Self {
            kty: self.kty.clone(),
            crv: self.crv.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            d: None,
            usage: self.usage.clone(),
            alg: self.alg.clone(),
            kid: self.kid.clone(),
            device: self.device.clone(),
            name: self.name.clone(),
            k: None,
        }
    }

    /// Checks everything that is checked of a public key; gives its id.
    pub(crate) fn public(&self, purpose: Purpose) -> Result<(String, PKey<Public>), JwkProblem> {
        if self.d.is_some() || self.k.is_some() {
            return Err(JwkProblem::Private);
        }
        let kid = self.checked(purpose)?;
        let key = self
            .point()
            .and_then(|(group, point)| EcKey::from_public_key(&group, &point).and_then(PKey::from_ec_key));
        Ok((kid, key.map_err(|_| JwkProblem::Point)?))
    }

    /// Checks everything that is checked of a private key; gives its id.
    pub(crate) fn private(&self, purpose: Purpose) -> Result<(String, PKey<Private>), JwkProblem> {
        let kid = self.checked(purpose)?;
        let d = self.d.as_deref().ok_or(JwkProblem::Public)?;
        let d = Zeroizing::new(encoding::decode(d).filter(|d| d.len() == 32).ok_or(JwkProblem::Point)?);
        let key = || {
            let (group, point) = self.point()?;
            // Secure numbers are wiped when they are freed.
            let mut number = BigNum::new_secure()?;
            number.copy_from_slice(&d)?;
            let key = EcKey::from_private_components(&group, &number, &point)?;
            // Also checks that the halves belong together.
            key.check_key()?;
            PKey::from_ec_key(key)
        };
        Ok((kid, key().map_err(|_: ErrorStack| JwkProblem::Point)?))
    }

    /// What the key is, whatever it calls itself: RFC 7638.
    pub(crate) fn thumbprint(&self) -> String {
        thumbprint(
            self.x.as_deref().unwrap_or_default(),
            self.y.as_deref().unwrap_or_default(),
        )
    }

    fn checked(&self, purpose: Purpose) -> Result<String, JwkProblem> {
        let crv = self.crv.as_deref().unwrap_or("none");
        if self.kty != "EC" || crv != "P-256" {
            return Err(JwkProblem::Curve {
                kty: short(&self.kty),
                crv: short(crv),
            });
        }
        let kid = self.kid.clone().ok_or(JwkProblem::NoId)?;
        if kid.is_empty() || kid.len() > 128 || !kid.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(JwkProblem::BadId);
        }
        let members = [
            ("use", self.usage.as_deref(), purpose.usage),
            ("alg", self.alg.as_deref(), purpose.alg),
        ];
        for (member, found, wanted) in members {
            if found.is_some_and(|found| found != wanted) {
                return Err(JwkProblem::Member {
                    member,
                    found: short(found.unwrap_or_default()),
                    wanted,
                });
            }
        }
        Ok(kid)
    }

    fn point(&self) -> Result<(EcGroup, EcPoint), ErrorStack> {
        let group = p256()?;
        let coordinate = |text: &Option<String>| {
            let bytes = text
                .as_deref()
                .and_then(encoding::decode)
                .filter(|bytes| bytes.len() == 32);
            bytes.ok_or_else(ErrorStack::get)
        };
        let mut bytes = vec![4];
        bytes.extend(coordinate(&self.x)?);
        bytes.extend(coordinate(&self.y)?);
        // Fails for what is not on the curve.
        let point = EcPoint::from_bytes(&group, &bytes, &mut *BigNumContext::new()?)?;
        Ok((group, point))
    }
}

fn p256() -> Result<EcGroup, ErrorStack> {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)
}

fn coordinates(group: &EcGroup, point: &openssl::ec::EcPointRef) -> Result<(String, String), ErrorStack> {
    let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
    point.affine_coordinates(group, &mut x, &mut y, &mut *BigNumContext::new()?)?;
    Ok((
        encoding::encode(&x.to_vec_padded(32)?),
        encoding::encode(&y.to_vec_padded(32)?),
    ))
}

/// RFC 7638: SHA-256 over the required members in lexical order.
fn thumbprint(x: &str, y: &str) -> String {
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    encoding::encode(&sha256(canonical.as_bytes()))
}

fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|name| name.parse().ok()))
}

/// Not the parser's own text, which may quote a private key.
fn syntax(error: &serde_json::Error) -> JwkProblem {
    JwkProblem::Syntax {
        line: error.line(),
        column: error.column(),
    }
}

fn short(text: &str) -> String {
    printable(&text.chars().take(40).collect::<String>()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638() {
        // The P-256 key of RFC 7517, appendix A.1; the thumbprint was computed with Python's hashlib.
        let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
        assert_eq!(thumbprint(x, y), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    }

    #[test]
    fn a_syntax_error_never_quotes_the_key() {
        let problem = Jwk::parse(br#"{"kty":"EC","d":7,"x":"geheim"}"#).err().unwrap();
        assert!(matches!(problem, JwkProblem::Syntax { line: 1, .. }) && !problem.to_string().contains("geheim"));
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        let mut jwk = Jwk::generate(ENCRYPT, None).unwrap().to_public();
        jwk.y = jwk.x.clone();
        assert_eq!(jwk.public(ENCRYPT).err(), Some(JwkProblem::Point));
    }

    #[test]
    fn halves_of_two_keys_are_no_key() {
        let (mut one, other) = (Jwk::generate(SIGN, None).unwrap(), Jwk::generate(SIGN, None).unwrap());
        one.d = other.d.clone();
        assert_eq!(one.private(SIGN).err(), Some(JwkProblem::Point));
    }
}
