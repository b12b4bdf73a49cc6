//! Settings of a client as names and values, checked when they are asked for.

use super::Thrown;
use crate::metadata::config::{Check, ConfigType, check};
use crate::sorted::SortedMap;

/// Names and values; a later one takes the place of an earlier one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(SortedMap<String, String>);

impl Settings {
    /// Adds these.
    pub fn extend(&mut self, pairs: Vec<(String, String)>) {
        for (name, value) in pairs {
            self.0.insert(name, value);
        }
    }

    /// Sets one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The value, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether it is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Puts a whole number of 32 bits into `field` if it is set.
    pub fn int(&self, name: &str, valid: Check, field: &mut i32) -> Result<(), Thrown> {
        self.number(name, ConfigType::Int, valid, field)
    }

    /// Puts a whole number of 64 bits into `field` if it is set.
    pub fn long(&self, name: &str, valid: Check, field: &mut i64) -> Result<(), Thrown> {
        self.number(name, ConfigType::Long, valid, field)
    }

    /// Puts a whole number of 32 bits into a wider or unsigned field.
    pub fn int_as<N: TryFrom<i64>>(&self, name: &str, valid: Check, field: &mut N) -> Result<(), Thrown> {
        self.number(name, ConfigType::Int, valid, field)
    }

    /// Puts a whole number of 64 bits into an unsigned field.
    pub fn long_as<N: TryFrom<i64>>(&self, name: &str, valid: Check, field: &mut N) -> Result<(), Thrown> {
        self.number(name, ConfigType::Long, valid, field)
    }

    /// Puts `true` or `false` into `field` if it is set.
    pub fn boolean(&self, name: &str, field: &mut bool) -> Result<(), Thrown> {
        if let Some(value) = self.get(name) {
            check(name, value, ConfigType::Boolean, Check::Any).map_err(Thrown::config)?;
            *field = value.trim().eq_ignore_ascii_case("true");
        }
        Ok(())
    }

    /// The value if it is one of `words`; nothing if it is not set.
    pub fn word(&self, name: &str, words: &'static str) -> Result<Option<&str>, Thrown> {
        if let Some(value) = self.get(name) {
            check(name, value, ConfigType::Text, Check::OneOf(words)).map_err(Thrown::config)?;
        }
        Ok(self.get(name).map(str::trim))
    }

    /// One of these words, capital letters or not.
    pub fn any_case(&self, name: &str, words: &'static str) -> Result<Option<&str>, Thrown> {
        if let Some(value) = self.get(name) {
            check(name, value, ConfigType::Text, Check::OneOfAnyCase(words)).map_err(Thrown::config)?;
        }
        Ok(self.get(name).map(str::trim))
    }

    /// Checks settings that change nothing here: each with its type and what it may be.
    pub fn check_all(&self, known: &[(&str, ConfigType, Check)]) -> Result<(), Thrown> {
        for (name, kind, valid) in known {
            self.checked(name, *kind, *valid)?;
        }
        Ok(())
    }

    fn number<N: TryFrom<i64>>(
        &self,
        name: &str,
        kind: ConfigType,
        valid: Check,
        field: &mut N,
    ) -> Result<(), Thrown> {
        if let Some(number) = self.checked(name, kind, valid)?
            && let Ok(number) = N::try_from(number)
        {
            *field = number;
        }
        Ok(())
    }

    fn checked(&self, name: &str, kind: ConfigType, valid: Check) -> Result<Option<i64>, Thrown> {
        let Some(value) = self.get(name) else { return Ok(None) };
        check(name, value, kind, valid).map_err(Thrown::config)?;
        Ok(value.trim().parse().ok())
    }
}
