//! Parts of every stored value: a format number, and members that this version does not know.

/// The format this version writes. A value of a later format was written by a later version: it is read
/// as far as possible, and never overwritten.
pub const FORMAT: u16 = 1;

/// Members of a stored value that this version does not know. They are written back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Unknown(
    #[cfg(feature = "serde")] std::collections::BTreeMap<String, serde_json::Value>,
    #[cfg(not(feature = "serde"))] (),
);
