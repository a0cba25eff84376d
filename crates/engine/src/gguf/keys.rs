//! Typed access to metadata: the right type, in a closed range, or an error that names the key.

use std::ops::RangeInclusive;

use super::{Array, Header, Value};
use crate::EngineError;

/// A key that is present with the wrong type or outside its range.
fn bad(key: &str) -> EngineError {
    EngineError::malformed(format!("`{key}`"))
}

/// A key that is needed and absent.
fn absent(key: &str) -> EngineError {
    EngineError::malformed(format!("`{key}` is missing"))
}

impl<'a> Header<'a> {
    /// An optional `u32` in a range.
    pub fn u32(&self, key: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::U32(x)) if range.contains(x) => Ok(Some(*x)),
            Some(_) => Err(bad(key)),
        }
    }

    /// A `u32` that must be there.
    pub fn need_u32(&self, key: &str, range: RangeInclusive<u32>) -> Result<u32, EngineError> {
        self.u32(key, range)?.ok_or_else(|| absent(key))
    }

    /// An optional finite `f32` in a range.
    pub fn f32(&self, key: &str, range: RangeInclusive<f32>) -> Result<Option<f32>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(x)) if x.is_finite() && range.contains(x) => Ok(Some(*x)),
            Some(_) => Err(bad(key)),
        }
    }

    /// A finite `f32` that must be there.
    pub fn need_f32(&self, key: &str, range: RangeInclusive<f32>) -> Result<f32, EngineError> {
        self.f32(key, range)?.ok_or_else(|| absent(key))
    }

    /// An optional boolean.
    pub fn bool(&self, key: &str) -> Result<Option<bool>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(x)) => Ok(Some(*x)),
            Some(_) => Err(bad(key)),
        }
    }

    /// An optional string.
    pub fn str(&self, key: &str) -> Result<Option<&'a str>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Str(x)) => Ok(Some(x)),
            Some(_) => Err(bad(key)),
        }
    }

    /// A string that must be there.
    pub fn need_str(&self, key: &str) -> Result<&'a str, EngineError> {
        self.str(key)?.ok_or_else(|| absent(key))
    }

    /// An optional array.
    pub fn array(&self, key: &str) -> Result<Option<&Array<'a>>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(x)) => Ok(Some(x)),
            Some(_) => Err(bad(key)),
        }
    }

    /// An optional array of strings.
    pub fn strings(&self, key: &str) -> Result<Option<Vec<&'a str>>, EngineError> {
        let Some(array) = self.array(key)? else {
            return Ok(None);
        };
        let strings = array.strings().ok_or_else(|| bad(key))?;
        // An array has as many as it says: nothing is moved as it is read.
        let mut all = Vec::with_capacity(array.len());
        all.extend(strings);
        Ok(Some(all))
    }

    /// An optional array of booleans, `count` of them.
    pub fn bools(&self, key: &str, count: usize) -> Result<Option<Vec<bool>>, EngineError> {
        let Some(array) = self.array(key)? else {
            return Ok(None);
        };
        let flags = array.bools().filter(|_| array.len() == count);
        Ok(Some(flags.ok_or_else(|| bad(key))?.collect()))
    }

    /// An optional array of `i32`, `count` of them.
    pub fn i32s(&self, key: &str, count: usize) -> Result<Option<Vec<i32>>, EngineError> {
        let Some(array) = self.array(key)? else {
            return Ok(None);
        };
        let numbers = array.i32s().filter(|_| array.len() == count);
        Ok(Some(numbers.ok_or_else(|| bad(key))?.collect()))
    }

    /// An optional array of `f32`, `count` of them.
    pub fn f32s(&self, key: &str, count: usize) -> Result<Option<Vec<f32>>, EngineError> {
        let Some(array) = self.array(key)? else {
            return Ok(None);
        };
        let numbers = array.f32s().filter(|_| array.len() == count);
        Ok(Some(numbers.ok_or_else(|| bad(key))?.collect()))
    }
}
