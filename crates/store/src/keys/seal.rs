//! A data key sealed by another key: XChaCha20-Poly1305, in hexadecimal.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{DataKey, hex, random};
use crate::StoreError;

/// A key that seals: 32 bytes, wiped when dropped.
pub(super) type WrappingKey = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;

/// Seals `data` under `key`; it opens again only with the same `bound_to`. A random nonce of 24
/// bytes goes in front.
pub(super) fn seal(
    key: &WrappingKey,
    bound_to: &[u8],
    data: &DataKey,
) -> Result<String, StoreError> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload {
        msg: &*data.0,
        aad: bound_to,
    };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| std::io::Error::other("sealing failed"))?;
    Ok(hex::encode(&nonce) + &hex::encode(&sealed))
}

/// The data key, or `None` if the key, the binding or one bit of `sealed` differs.
pub(super) fn open(key: &WrappingKey, bound_to: &[u8], sealed: &str) -> Option<DataKey> {
    let bytes = hex::decode(sealed)?;
    let (nonce, msg) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg, aad: bound_to };
    let opened = Zeroizing::new(cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?);
    Some(DataKey(Zeroizing::new(opened.as_slice().try_into().ok()?)))
}

fn cipher(key: &WrappingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_its_key_its_binding_and_every_bit() {
        let key = Zeroizing::new(random().unwrap());
        let data = DataKey::random().unwrap();
        let sealed = seal(&key, b"slot", &data).unwrap();
        assert!(open(&key, b"slot", &sealed).unwrap() == data);
        assert!(open(&key, b"other", &sealed).is_none());
        assert!(open(&Zeroizing::new(random().unwrap()), b"slot", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(open(&key, b"slot", &altered).is_none(), "digit {at}");
        }
        assert!(open(&key, b"slot", "").is_none());
        assert!(open(&key, b"slot", &sealed[..60]).is_none());
    }
}
