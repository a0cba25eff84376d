//! The processor's level: which instructions the loops may use.

/// Instruction sets that have their own lanes, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Plain Rust: any processor.
    Portable,
    /// x86-64 with AVX2, FMA and F16C (Intel since 2013, AMD since 2015).
    Avx2,
    /// And AVX-VNNI (Intel since 2021, AMD since 2024).
    AvxVnni,
    /// And AVX-512 with its VNNI (Intel servers since 2019, AMD since 2022).
    Avx512,
}

/// The environment variable that forces a lower level, by its name.
pub const FORCE: &str = "CLOCHER_CPU";

impl Level {
    /// Every level that this program knows, lowest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::AvxVnni, Self::Avx512];

    /// The name that [`FORCE`] takes and that `doctor` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512 => "avx512-vnni",
        }
    }

    /// Whether this processor has the level.
    pub fn is_supported(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("f16c")
            }
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => Self::Avx2.is_supported() && is_x86_feature_detected!("avxvnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_supported()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::AvxVnni | Self::Avx512 => false,
        }
    }

    /// The highest level that this processor has, lowered if [`FORCE`] names a lower one. An
    /// unknown name changes nothing: a typo must not slow an agent's machine down.
    pub fn detect() -> Self {
        let forced = std::env::var(FORCE).ok();
        Self::choose(forced.as_deref())
    }

    fn choose(forced: Option<&str>) -> Self {
        let ceiling = forced
            .and_then(|name| Self::ALL.into_iter().find(|level| level.name() == name))
            .unwrap_or(Self::Avx512);
        Self::ALL
            .into_iter()
            .rev()
            .find(|level| *level <= ceiling && level.is_supported())
            .unwrap_or(Self::Portable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_lowers_the_level_and_never_raises_it() {
        assert_eq!(Level::choose(Some("portable")), Level::Portable);
        assert_eq!(Level::choose(Some("no such level")), Level::choose(None));
        assert!(Level::choose(Some("avx2")).is_supported());
    }
}
