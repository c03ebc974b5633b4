//! Elements of a message, written in order with two spaces of indent.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Writing into memory does not fail.
const IN_MEMORY: &str = "memory takes every byte";

pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    pub(super) fn new() -> Self {
        let mut xml = Self {
            writer: Writer::new_with_indent(Vec::new(), b' ', 2),
        };
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect(IN_MEMORY);
    }

    /// An element with others inside.
    pub(super) fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// The root, in its namespace.
    pub(super) fn root(&mut self, name: &str, namespace: &str, inside: impl FnOnce(&mut Self)) {
        let mut start = BytesStart::new(name);
        start.push_attribute(("xmlns", namespace));
        self.event(Event::Start(start));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// Elements inside each other, the last with a text.
    pub(super) fn text(&mut self, path: &[&str], text: &str) {
        let Some((name, rest)) = path.split_first() else {
            self.event(Event::Text(BytesText::new(text)));
            return;
        };
        self.event(Event::Start(BytesStart::new(*name)));
        self.text(rest, text);
        self.event(Event::End(BytesEnd::new(*name)));
    }

    /// An amount with its currency.
    pub(super) fn amount(&mut self, name: &str, currency: &str, text: &str) {
        let mut start = BytesStart::new(name);
        start.push_attribute(("Ccy", currency));
        self.event(Event::Start(start));
        self.event(Event::Text(BytesText::new(text)));
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// The document, ended by a line break.
    pub(super) fn finish(self) -> String {
        let mut text = String::from_utf8(self.writer.into_inner()).expect("only text was written");
        text.push('\n');
        text
    }
}
