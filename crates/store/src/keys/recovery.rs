//! The printed recovery key: 160 random bits in 8 groups of 5 characters.
//!
//! The alphabet is Crockford's base 32 (<https://www.crockford.com/base32.html>): no I, L, O or U;
//! I and L are read as 1, O as 0. A group is 4 characters of 5 bits and a check character, the
//! sum in GF(2^5) of the characters weighted by successive powers of a primitive element, plus
//! the group's index. Any one wrong character and any two exchanged ones in a group, and any two
//! exchanged groups, are thereby always seen, and in their group.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::random;
use super::seal::WrappingKey;
use crate::StoreError;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 8;
/// Characters a group, the check character included.
const GROUP: usize = 5;

/// The recovery key's 160 bits as 32 numbers of 5 bits, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RecoveryKey(Zeroizing<[u8; GROUPS * (GROUP - 1)]>);

impl RecoveryKey {
    pub(super) fn random() -> Result<Self, StoreError> {
        // 5 of each byte's 8 bits: uniform, since 32 divides 256.
        Ok(Self(Zeroizing::new(random()?.map(|byte: u8| byte & 31))))
    }

    /// As printed.
    pub(super) fn groups(&self) -> Vec<String> {
        let groups = self.0.chunks(GROUP - 1).enumerate();
        groups
            .map(|(index, numbers)| {
                let checked = numbers.iter().copied().chain([check(index, numbers)]);
                checked
                    .map(|n| char::from(ALPHABET[usize::from(n)]))
                    .collect()
            })
            .collect()
    }

    /// Reads what was typed, case, spacing and look-alike characters forgiven.
    ///
    /// # Errors
    /// [`StoreError::RecoveryKeyMistyped`] with the groups that cannot be right.
    pub(crate) fn parse(typed: &str) -> Result<Self, StoreError> {
        let groups = split(typed);
        let mut numbers = Zeroizing::new([0; GROUPS * (GROUP - 1)]);
        let mut mistyped = Vec::new();
        for (index, kept) in numbers.chunks_mut(GROUP - 1).enumerate() {
            match groups.get(index).and_then(|group| read(index, group)) {
                Some(read) => kept.copy_from_slice(&*read),
                None => mistyped.push(index),
            }
        }
        if mistyped.is_empty() && groups.len() > GROUPS {
            mistyped.push(GROUPS - 1);
        }
        match mistyped.is_empty() {
            true => Ok(Self(numbers)),
            false => Err(StoreError::RecoveryKeyMistyped { groups: mistyped }),
        }
    }

    /// The key that seals the recovery slot: HKDF-SHA256 (RFC 5869). No slow derivation: 160
    /// random bits cannot be guessed.
    pub(super) fn wrapping_key(&self, salt: &[u8]) -> Result<WrappingKey, StoreError> {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(salt), &*self.0)
            .expand(b"clocher recovery slot", &mut *key)
            .map_err(|_| std::io::Error::other("key derivation failed"))?;
        Ok(key)
    }
}

/// Upper case, look-alikes read, and nothing but letters and digits.
pub(super) fn normalised(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| match c.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            c => c,
        })
        .collect()
}

/// The groups as typed if 8 are told apart, so that a missing character stays in its group; else
/// all characters, five by five.
fn split(typed: &str) -> Vec<String> {
    let apart: Vec<String> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|group| !group.is_empty())
        .map(normalised)
        .collect();
    if apart.len() == GROUPS {
        return apart;
    }
    let all: Vec<char> = apart.concat().chars().collect();
    all.chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect()
}

/// A group's four numbers, if its check character agrees.
fn read(index: usize, group: &str) -> Option<Zeroizing<[u8; GROUP - 1]>> {
    let mut numbers = Zeroizing::new([0; GROUP]);
    let mut length = 0;
    for c in group.bytes() {
        let number = ALPHABET.iter().position(|known| *known == c)?;
        *numbers.get_mut(length)? = u8::try_from(number).ok()?;
        length += 1;
    }
    let (given, data) = numbers.split_last()?;
    (length == GROUP && *given == check(index, data))
        .then(|| data.try_into().map(Zeroizing::new).ok())?
}

/// Horner's rule in GF(2^5): every number gets its own power of the primitive element.
fn check(index: usize, numbers: &[u8]) -> u8 {
    let weighted = numbers.iter().fold(0, |sum, n| times_alpha(sum ^ n));
    weighted ^ (index as u8)
}

/// Multiplication by the root of the primitive polynomial x^5 + x^2 + 1.
fn times_alpha(n: u8) -> u8 {
    let doubled = n << 1;
    if doubled & 0b10_0000 == 0 {
        doubled
    } else {
        doubled ^ 0b10_0101
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistyped(typed: &str) -> Vec<usize> {
        match RecoveryKey::parse(typed) {
            Err(StoreError::RecoveryKeyMistyped { groups }) => groups,
            Ok(_) => Vec::new(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_is_printed_is_read_back_in_any_dress() {
        for _ in 0..50 {
            let key = RecoveryKey::random().unwrap();
            let groups = key.groups();
            let lower = groups.concat().to_lowercase();
            let confused = groups.join(" ").replace('1', "l").replace('0', "o");
            for typed in [groups.join("-"), groups.join(" "), lower, confused] {
                assert!(RecoveryKey::parse(&typed).unwrap() == key, "{typed}");
            }
            let apart: Vec<String> = groups.concat().chars().map(String::from).collect();
            assert!(RecoveryKey::parse(&apart.join(" ")).unwrap() == key);
        }
    }

    #[test]
    fn every_wrong_character_is_found_in_its_group() {
        let groups = RecoveryKey::random().unwrap().groups();
        for (index, group) in groups.iter().enumerate() {
            for at in 0..GROUP {
                for wrong in ALPHABET.iter().filter(|c| **c != group.as_bytes()[at]) {
                    let mut typed = groups.clone();
                    let text = char::from(*wrong).to_string();
                    typed[index].replace_range(at..=at, &text);
                    assert_eq!(mistyped(&typed.concat()), [index]);
                }
            }
        }
    }

    #[test]
    fn exchanged_characters_and_groups_are_found() {
        for _ in 0..50 {
            let groups = RecoveryKey::random().unwrap().groups();
            for at in 0..GROUP - 1 {
                let mut typed = groups.clone();
                let mut bytes = typed[5].clone().into_bytes();
                bytes.swap(at, at + 1);
                typed[5] = String::from_utf8(bytes).unwrap();
                if typed != groups {
                    assert_eq!(mistyped(&typed.concat()), [5]);
                }
            }
            let mut typed = groups.clone();
            typed.swap(2, 3);
            assert_eq!(mistyped(&typed.concat()), [2, 3]);
        }
    }

    #[test]
    fn missing_and_extra_characters_are_located() {
        let groups = RecoveryKey::random().unwrap().groups();
        let mut short = groups.clone();
        short[4].pop();
        assert_eq!(mistyped(&short.join(" ")), [4]);
        assert_eq!(mistyped(&groups[..6].join(" ")), [6, 7]);
        assert_eq!(mistyped(&format!("{} ZZZZZ", groups.join(" "))), [7]);
        assert_eq!(mistyped(""), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(mistyped("éèà"), [0, 1, 2, 3, 4, 5, 6, 7]);
        let mut accented = groups.clone();
        accented[1].replace_range(0..1, "é");
        assert_eq!(mistyped(&accented.join("-")), [1]);
    }
}
