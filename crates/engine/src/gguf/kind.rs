//! Tensor types: what a block of each holds.

/// A tensor type that the engine computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // llama.cpp's own names
pub enum Kind {
    F32,
    F16,
    Bf16,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
}

impl Kind {
    /// Every kind, by identifier: (kind, identifier in the file, name, elements and bytes a block).
    const TABLE: [(Self, u32, &'static str, u64, u64); 13] = [
        (Self::F32, 0, "F32", 1, 4),
        (Self::F16, 1, "F16", 1, 2),
        (Self::Q4_0, 2, "Q4_0", 32, 18),
        (Self::Q4_1, 3, "Q4_1", 32, 20),
        (Self::Q5_0, 6, "Q5_0", 32, 22),
        (Self::Q5_1, 7, "Q5_1", 32, 24),
        (Self::Q8_0, 8, "Q8_0", 32, 34),
        (Self::Q2K, 10, "Q2_K", 256, 84),
        (Self::Q3K, 11, "Q3_K", 256, 110),
        (Self::Q4K, 12, "Q4_K", 256, 144),
        (Self::Q5K, 13, "Q5_K", 256, 176),
        (Self::Q6K, 14, "Q6_K", 256, 210),
        (Self::Bf16, 30, "BF16", 1, 2),
    ];

    /// The types of the format, those that it no longer has included, that the engine does not
    /// compute: named in the refusal.
    const REFUSED: [(u32, &'static str); 29] = [
        (4, "Q4_2"),
        (5, "Q4_3"),
        (9, "Q8_1"),
        (15, "Q8_K"),
        (16, "IQ2_XXS"),
        (17, "IQ2_XS"),
        (18, "IQ3_XXS"),
        (19, "IQ1_S"),
        (20, "IQ4_NL"),
        (21, "IQ3_S"),
        (22, "IQ2_S"),
        (23, "IQ4_XS"),
        (24, "I8"),
        (25, "I16"),
        (26, "I32"),
        (27, "I64"),
        (28, "F64"),
        (29, "IQ1_M"),
        (31, "Q4_0_4_4"),
        (32, "Q4_0_4_8"),
        (33, "Q4_0_8_8"),
        (34, "TQ1_0"),
        (35, "TQ2_0"),
        (36, "IQ4_NL_4_4"),
        (37, "IQ4_NL_4_8"),
        (38, "IQ4_NL_8_8"),
        (39, "MXFP4"),
        (40, "NVFP4"),
        (41, "Q1_0"),
    ];

    /// The kind of an identifier; `Err` names a type of the format that the engine does not
    /// compute, and is empty for an identifier of no type.
    pub(crate) fn from_id(id: u32) -> Result<Self, Option<&'static str>> {
        if let Some(row) = Self::TABLE.iter().find(|row| row.1 == id) {
            return Ok(row.0);
        }
        Err(Self::REFUSED
            .iter()
            .find(|(other, _)| *other == id)
            .map(|(_, name)| *name))
    }

    fn row(self) -> (Self, u32, &'static str, u64, u64) {
        let position = Self::TABLE.iter().position(|row| row.0 == self);
        Self::TABLE[position.unwrap_or(0)]
    }

    /// The identifier in the file.
    pub fn id(self) -> u32 {
        self.row().1
    }

    /// llama.cpp's name.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Elements a block.
    pub fn block_elements(self) -> u64 {
        self.row().3
    }

    /// Bytes a block.
    pub fn block_bytes(self) -> u64 {
        self.row().4
    }

    /// Bytes of a tensor of `dims`, or nothing if a row is not whole blocks or the size overflows.
    pub fn tensor_bytes(self, dims: &[u64]) -> Option<u64> {
        let row = *dims.first()?;
        if !row.is_multiple_of(self.block_elements()) {
            return None;
        }
        let elements = dims.iter().try_fold(1u64, |n, dim| n.checked_mul(*dim))?;
        (elements / self.block_elements()).checked_mul(self.block_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_row() {
        for (kind, id, ..) in Kind::TABLE {
            assert_eq!(Kind::from_id(id), Ok(kind));
            assert_eq!(kind.id(), id);
        }
        assert_eq!(Kind::from_id(23), Err(Some("IQ4_XS")));
        assert_eq!(Kind::from_id(u32::MAX), Err(None));
        assert_eq!(Kind::Q4K.tensor_bytes(&[512, 3]), Some(864));
        assert_eq!(Kind::Q4K.tensor_bytes(&[300, 3]), None);
        assert_eq!(Kind::F32.tensor_bytes(&[1 << 40, 1 << 40]), None);
    }
}
