//! Operators of Luchs's own, which a model may need beside those that every ONNX Runtime has.

use std::{fmt, str::FromStr};

/// An operator of Luchs's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `luchs.Table8(u8 tensor, u8[256]) → u8 tensor`: every byte replaced by its entry in a constant table. In models of
    /// 8-bit integers it stands for any function of one value.
    Table8,
}

/// A text that names no [`Operator`].
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("“{0}” is none of Luchs's own operators, which are: luchs.Table8; a model that needs others cannot be loaded")]
pub struct UnknownOperator(String);

impl Operator {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Table8];

    /// The operator set that they are in.
    pub const DOMAIN: &str = "luchs";

    /// Its type within the set.
    pub const fn op_type(self) -> &'static str {
        match self {
            Self::Table8 => "Table8",
        }
    }

    /// The operator of a node of this set and type.
    pub(crate) fn of_node(domain: &str, op_type: &str) -> Option<Self> {
        let all = Self::ALL.into_iter();
        all.filter(|_| domain == Self::DOMAIN)
            .find(|operator| operator.op_type() == op_type)
    }
}

/// Set and type, as a passport names it.
impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Self::DOMAIN, self.op_type())
    }
}

impl FromStr for Operator {
    type Err = UnknownOperator;

    fn from_str(text: &str) -> Result<Self, UnknownOperator> {
        let named = text
            .split_once('.')
            .and_then(|(domain, op_type)| Self::of_node(domain, op_type));
        named.ok_or_else(|| UnknownOperator(text.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for operator in Operator::ALL {
            assert_eq!(operator.to_string().parse(), Ok(operator));
        }
        assert_eq!(Operator::Table8.to_string(), "luchs.Table8");
    }

    #[test]
    fn others_are_refused_with_the_list_of_those_there_are() {
        for other in ["luchs.Table9", "Table8", "com.microsoft.Table8", "luchs.", ""] {
            let message = other.parse::<Operator>().unwrap_err().to_string();
            let expected = format!("“{other}” is none of Luchs's own operators, which are: luchs.Table8;");
            assert!(message.starts_with(&expected), "{message}");
        }
        for operator in Operator::ALL {
            assert!(
                UnknownOperator(String::new())
                    .to_string()
                    .contains(&operator.to_string())
            );
        }
    }
}
