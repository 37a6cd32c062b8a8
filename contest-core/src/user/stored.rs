//! What every stored value has: a format number, and members that this version does not know.

/// The format this version writes. A value of a greater one was written by a later version: it is read
/// as far as it can be, and never written over.
pub const FORMAT: u16 = 1;

/// Members of a stored value that this version does not know. They are written back as they were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Unknown(
    #[cfg(feature = "serde")] std::collections::BTreeMap<String, serde_json::Value>,
    #[cfg(not(feature = "serde"))] (),
);
