//! How a section of keys is declared, read and documented.

/// A value of a key.
pub trait Setting: Sized {
    /// The type's name in messages and in the reference.
    const KIND: &'static str;
    fn read(value: &toml::Value) -> Option<Self>;
    /// As one would write it in TOML; secrets show nothing.
    fn show(&self) -> String;
}

impl Setting for String {
    const KIND: &'static str = "text";
    fn read(value: &toml::Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
    fn show(&self) -> String {
        toml::Value::from(self.as_str()).to_string()
    }
}

impl Setting for bool {
    const KIND: &'static str = "true or false";
    fn read(value: &toml::Value) -> Option<Self> {
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for u64 {
    const KIND: &'static str = "whole number";
    fn read(value: &toml::Value) -> Option<Self> {
        value.as_integer().map_or_else(|| value.as_str()?.parse().ok(), |number| u64::try_from(number).ok())
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for Vec<String> {
    const KIND: &'static str = "list of texts";
    fn read(value: &toml::Value) -> Option<Self> {
        match value {
            toml::Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            // The environment: between commas.
            toml::Value::String(text) => Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()),
            _ => None,
        }
    }
    fn show(&self) -> String {
        toml::Value::from(self.clone()).to_string()
    }
}

/// A secret: never shown, also read from a file by `KEY_file`.
#[derive(Clone, Default)]
pub struct Secret(pub Option<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Secret(set)" } else { "Secret(unset)" })
    }
}

impl Setting for Secret {
    const KIND: &'static str = "secret";
    fn read(value: &toml::Value) -> Option<Self> {
        value.as_str().map(|text| Secret(Some(text.to_owned())))
    }
    fn show(&self) -> String {
        if self.0.is_some() { "(set)" } else { "(unset)" }.to_owned()
    }
}

/// What a key is, for the reference and for suggestions.
pub struct Key {
    pub section: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub doc: &'static [&'static str],
}

/// Declares a section: a struct, its defaults and its keys, from one text.
macro_rules! section {
    ($(#[doc = $about:literal])* pub struct $name:ident = $section:literal { $($(#[doc = $doc:literal])* $field:ident : $ty:ty = $default:expr),* $(,)? }) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[doc = $doc])* pub $field: $ty),* }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default),* }
            }
        }

        impl $name {
            pub const SECTION: &'static str = $section;
            pub const ABOUT: &'static [&'static str] = &[$($about),*];
            pub const KEYS: &'static [$crate::config::section::Key] = &[$($crate::config::section::Key {
                section: $section,
                name: stringify!($field),
                kind: <$ty as $crate::config::section::Setting>::KIND,
                doc: &[$($doc),*],
            }),*];

            /// Sets a key; `Err` names the type that is wanted.
            pub fn set(&mut self, key: &str, value: &toml::Value) -> Result<(), &'static str> {
                match key {
                    $(stringify!($field) => {
                        self.$field = <$ty as $crate::config::section::Setting>::read(value).ok_or(<$ty as $crate::config::section::Setting>::KIND)?;
                        Ok(())
                    })*
                    _ => Err("a known key"),
                }
            }

            /// Every key with its value as TOML.
            pub fn shown(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($field), $crate::config::section::Setting::show(&self.$field))),*]
            }
        }
    };
}
pub(crate) use section;
