//! All words of reports, each in both languages side by side.
//!
//! A text that is missing in one of them does not compile; tests hold the pairs against each other and find texts that
//! nothing uses any more. `{name}`, `**…**` and `` `…` `` are explained in [`crate::prose`].

mod blocks;
mod optimise;
mod recipe;

#[cfg(test)]
mod tests;

use crate::language::NO_BREAK;

pub(crate) use self::{
    blocks::blocks,
    optimise::{Optimise, optimise},
    recipe::recipe,
};

/// A struct of texts, and a function that gives it in a language.
macro_rules! words {
    (
        $(#[$about:meta])* $type:ident, $of:ident:
        $($(#[$doc:meta])* $name:ident: $english:literal, $german:literal;)*
    ) => {
        $(#[$about])*
        pub(crate) struct $type { $($(#[$doc])* pub(crate) $name: &'static str,)* }

        /// The texts in `language`.
        pub(crate) fn $of(language: $crate::Language) -> &'static $type {
            static ENGLISH: $type = $type { $($name: $english,)* };
            static GERMAN: $type = $type { $($name: $german,)* };
            language.pick(&ENGLISH, &GERMAN)
        }

        #[cfg(test)]
        impl $type {
            /// Name, English and German of each.
            pub(crate) const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $german),)*];
        }
    };
}

use words;

/// “1 candidate”, “7 candidates”: the text for one, or the one for several with `{n}` replaced.
pub(crate) fn counted(language: crate::Language, count: u64, one: &str, several: &str) -> String {
    match count {
        1 => one.to_owned(),
        _ => several
            .replace("{n} ", &format!("{}{NO_BREAK}", language.count(count)))
            .replace("{n}", &language.count(count)),
    }
}
