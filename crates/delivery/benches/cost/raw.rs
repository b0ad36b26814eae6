//! What nobody can avoid: the bare operations of ES256, ECDH-ES, AES-256-KW and AES-256-GCM on as many bytes, and SQLite.

use std::path::Path;

use anyhow::{Context as _, Result};
use openssl::{
    derive::Deriver,
    ec::{EcGroup, EcKey},
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{PKey, Private},
    rand::rand_bytes,
    sign::Signer,
    symm::{Cipher, encrypt_aead},
};
use rusqlite::{Connection, params};

/// The keys of one device and one recipient.
pub(crate) struct Keys {
    group: EcGroup,
    signing: PKey<Private>,
    recipient: PKey<Private>,
}

impl Keys {
    pub(crate) fn generate() -> Result<Self> {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = || -> Result<PKey<Private>> { Ok(PKey::from_ec_key(EcKey::generate(&group)?)?) };
        let (signing, recipient) = (key()?, key()?);
        Ok(Self {
            group,
            signing,
            recipient,
        })
    }

    /// One signature, one ephemeral key, one agreement, one wrapped key, one encryption.
    pub(crate) fn seal(&self, claims: &[u8]) -> Result<Vec<u8>> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.signing)?;
        let signature = signer.sign_oneshot_to_vec(claims)?;
        let mut plain = claims.to_vec();
        plain.extend(&signature);
        let ephemeral = PKey::from_ec_key(EcKey::generate(&self.group)?)?;
        let mut deriver = Deriver::new(&ephemeral)?;
        deriver.set_peer(&self.recipient)?;
        let shared = hash(MessageDigest::sha256(), &deriver.derive_to_vec()?)?;
        let (mut content_key, mut nonce) = ([0; 32], [0; 12]);
        rand_bytes(&mut content_key)?;
        rand_bytes(&mut nonce)?;
        let wrapping = openssl::aes::AesKey::new_encrypt(&shared)
            .ok()
            .context("a key of 256 bits")?;
        let mut wrapped = [0; 40];
        openssl::aes::wrap_key(&wrapping, None, &mut wrapped, &content_key)
            .ok()
            .context("a wrapped key")?;
        let mut tag = [0; 16];
        let mut sealed = encrypt_aead(Cipher::aes_256_gcm(), &content_key, Some(&nonce), b"", &plain, &mut tag)?;
        sealed.extend(wrapped);
        sealed.extend(tag);
        Ok(sealed)
    }
}

/// A table, and rows in it that survive a power cut.
pub(crate) struct Table(Connection);

impl Table {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection
            .execute_batch("CREATE TABLE event (seq INTEGER PRIMARY KEY, topic TEXT, payload BLOB, created INTEGER)")?;
        Ok(Self(connection))
    }

    /// One transaction.
    pub(crate) fn insert(&mut self, first: u64, payloads: &[Vec<u8>]) -> Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO event VALUES (?, ?, ?, ?)")?;
            for (seq, payload) in (first..).zip(payloads) {
                insert.execute(params![
                    i64::try_from(seq)?,
                    "luchs/v1/box/gate/object/update",
                    payload,
                    0
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }
}
