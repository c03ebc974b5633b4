//! Values of a document that are texts.

use ::document::Reader;
use toml::Spanned;
use toml::de::DeValue;

/// The text of a string.
pub(super) fn string<'v>(
    reader: &mut Reader<'_>,
    key: &str,
    value: &'v Spanned<DeValue<'_>>,
) -> Option<&'v str> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        let message = format!("`{key}` is {}, not text", value.get_ref().type_str());
        reader
            .refuse("mapping/wrong-type", &value.span(), message)
            .help("write it in quotes");
    }
    text
}

/// The texts of a list of strings.
pub(super) fn strings(
    reader: &mut Reader<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<Spanned<String>>> {
    let Some(array) = value.get_ref().as_array() else {
        let message = format!("`{key}` is {}, not a list", value.get_ref().type_str());
        reader
            .refuse("mapping/wrong-type", &value.span(), message)
            .help("write it in brackets: [\"a\", \"b\"]");
        return None;
    };
    let mut texts = Vec::with_capacity(array.len());
    for item in array.iter() {
        texts.push(Spanned::new(item.span(), string(reader, key, item)?.to_owned()));
    }
    Some(texts)
}
