//! From a tree to values, by serde; what is wrong is told with its key, and which keys there are is noted on the way.

use super::tree::Node;
use serde::{
    Deserializer,
    de::{self, DeserializeSeed, IntoDeserializer, MapAccess, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};
use std::{cell::RefCell, collections::BTreeSet, collections::btree_map, fmt};

/// What is wrong, and at which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Keys from the root down.
    pub(super) path: Vec<String>,
    /// What.
    pub(super) what: What,
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Nothing reads it; these are read there.
    Unknown(&'static [&'static str]),
    /// Its value cannot be read.
    Value(String),
}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { path: Vec::new(), what: What::Value(reason.to_string()) }
    }

    fn unknown_field(_field: &str, expected: &'static [&'static str]) -> Self {
        Self { path: Vec::new(), what: What::Unknown(expected) }
    }
}

impl de::StdError for Wrong {}

impl fmt::Display for Wrong {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {:?}", self.path.join("."), self.what)
    }
}

/// A place in the tree, read as whatever the receiver wants.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    pub(super) node: &'a Node,
    /// Dotted path of this place, empty at the root.
    pub(super) path: String,
    /// Dotted paths of all keys that the receivers know.
    pub(super) known: &'a RefCell<BTreeSet<String>>,
}

impl Reader<'_> {
    fn below(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.node {
            Node::Leaf(value, _) => {
                value.clone().deserialize_any(visitor).map_err(|error| de::Error::custom(error.message()))
            }
            Node::Table(keys, _) => visitor.visit_map(Keys { rest: keys.iter(), next: None, place: self.clone() }),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.known.borrow_mut().extend(fields.iter().map(|field| self.below(field)));
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let Node::Leaf(value, _) = self.node else { return Err(de::Error::custom("must be one word, not a table")) };
        value.clone().deserialize_enum(name, variants, visitor).map_err(|error| de::Error::custom(error.message()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map identifier ignored_any
    }
}

/// The keys of one table, one after another.
struct Keys<'a> {
    rest: btree_map::Iter<'a, String, Node>,
    next: Option<(&'a String, &'a Node)>,
    place: Reader<'a>,
}

impl<'de> MapAccess<'de> for Keys<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        self.next = self.rest.next();
        let Some((key, _)) = self.next else { return Ok(None) };
        let reader: StrDeserializer<'_, Wrong> = key.as_str().into_deserializer();
        seed.deserialize(reader).map(Some).map_err(|wrong| inside(key, wrong))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let (key, node) = self.next.take().ok_or_else(|| <Wrong as de::Error>::custom("a value without a key"))?;
        let reader = Reader { node, path: self.place.below(key), known: self.place.known };
        seed.deserialize(reader).map_err(|wrong| inside(key, wrong))
    }
}

fn inside(key: &str, mut wrong: Wrong) -> Wrong {
    wrong.path.insert(0, key.to_owned());
    wrong
}
