//! The optional passphrase: Argon2id (RFC 9106), slow and wide in memory on purpose.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::seal::WrappingKey;
use crate::StoreError;

/// A shorter passphrase is refused.
pub const LEAST_CHARACTERS: usize = 8;

/// The cost of one guess, kept in the slot so that it can grow with the machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// Memory, in KiB.
    memory: u32,
    /// Passes over it.
    passes: u32,
    /// Lanes.
    lanes: u32,
}

/// RFC 9106's second recommended option is 64 MiB and three passes; one lane, since town halls'
/// machines have few cores and one guess must cost a core its whole time.
pub(super) const COST: Cost = Cost {
    memory: 64 * 1024,
    passes: 3,
    lanes: 1,
};

/// The key that seals the passphrase slot.
///
/// # Errors
/// [`StoreError::SlotsDamaged`] if the cost is one that no program wrote.
pub(super) fn wrapping_key(
    passphrase: &str,
    salt: &[u8],
    cost: Cost,
) -> Result<WrappingKey, StoreError> {
    if cost.memory > 1024 * 1024 || cost.passes > 64 || cost.lanes > 16 {
        return Err(StoreError::SlotsDamaged);
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32))
        .map_err(|_| StoreError::SlotsDamaged)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|_| StoreError::SlotsDamaged)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_costs_are_refused_without_being_paid() {
        for cost in [
            Cost {
                memory: u32::MAX,
                ..COST
            },
            Cost {
                passes: u32::MAX,
                ..COST
            },
            Cost { lanes: 0, ..COST },
        ] {
            let outcome = wrapping_key("une phrase de passe", &[7; 16], cost);
            assert!(matches!(outcome, Err(StoreError::SlotsDamaged)));
        }
    }
}
