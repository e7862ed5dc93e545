//! Facts in the spelling of their own schema inside a snapshot.

/// A value as JSON text, for `#[serde(with)]`.
///
/// The structs of events leave out what is absent, which only a format with names can read back. They are few beside the rest.
pub(crate) mod as_text {
    use serde::de::{self, Deserialize, DeserializeOwned, Deserializer};
    use serde::ser::{self, Serialize, Serializer};

    pub(crate) fn serialize<Fact: Serialize, S: Serializer>(fact: &Fact, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(fact).map_err(ser::Error::custom)?.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, Fact: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Fact, D::Error> {
        serde_json::from_str(<&str>::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
