//! Rust source as far as rules need it: without comments, strings and tests.

/// The source with comments and the contents of strings and characters blanked out; lines stay lines.
pub fn without_comments_and_strings(source: &str) -> String {
    let mut scanner = Scanner {
        rest: source,
        out: String::with_capacity(source.len()),
    };
    while let Some(next) = scanner.rest.chars().next() {
        scanner.step(next);
    }
    scanner.out
}

struct Scanner<'a> {
    rest: &'a str,
    out: String,
}

impl Scanner<'_> {
    fn step(&mut self, next: char) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.blank(end);
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment_end(self.rest));
        } else if let Some(end) = raw_string_end(self.rest).filter(|_| !self.inside_word()) {
            self.blank(end);
        } else if next == '"' {
            self.blank(quoted_end(self.rest, '"'));
        } else if next == '\'' && is_character(self.rest) {
            self.blank(quoted_end(self.rest, '\''));
        } else {
            self.out.push(next);
            self.rest = &self.rest[next.len_utf8()..];
        }
    }

    fn inside_word(&self) -> bool {
        self.out.chars().next_back().is_some_and(is_word)
    }

    fn blank(&mut self, length: usize) {
        let (blanked, rest) = self.rest.split_at(length);
        self.out
            .extend(blanked.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }
}

fn block_comment_end(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The end of `r"..."`, `r#"..."#`, with or without a leading `b` or `c`, if the text starts with one.
fn raw_string_end(text: &str) -> Option<usize> {
    let prefix = text
        .find('r')
        .filter(|at| *at <= 1 && (*at == 0 || text.starts_with(['b', 'c'])))?;
    let after = &text[prefix + 1..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - body.len();
    Some(
        body.find(&close)
            .map_or(text.len(), |at| start + at + close.len()),
    )
}

fn quoted_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal, not a lifetime.
fn is_character(text: &str) -> bool {
    let mut characters = text.chars().skip(1);
    match characters.next() {
        Some('\\') => true,
        Some(_) => characters.next() == Some('\''),
        None => false,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What stands before the file's `#[cfg(test)]`: the part that ships.
pub fn shipped(code: &str) -> &str {
    code.split_once("#[cfg(test)]")
        .map_or(code, |(shipped, _)| shipped)
}

/// Words and numbers with their lines, from 1. A number keeps its point: `1.5` is one item, and the
/// fields of `pair.0.1` are not numbers.
pub fn words(code: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let characters: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < characters.len() {
            if !is_word(characters[at]) {
                at += 1;
                continue;
            }
            let start = at;
            let is_number = characters[at].is_ascii_digit() && (start == 0 || characters[start - 1] != '.');
            while at < characters.len()
                && (is_word(characters[at]) || (is_number && is_point(&characters, at)))
            {
                at += 1;
            }
            words.push((line + 1, characters[start..at].iter().collect()));
        }
    }
    words
}

/// A decimal point: a digit follows it.
fn is_point(characters: &[char], at: usize) -> bool {
    characters[at] == '.' && characters.get(at + 1).is_some_and(char::is_ascii_digit)
}

/// The paths below `std` that a source names, with their lines: `fs`, `io::Read` becomes `io`.
pub fn std_modules(code: &str) -> Vec<(usize, String)> {
    named_below(code, "std::")
}

/// A source, without comments and strings, less its modules of tests.
pub fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(['{', ';']).unwrap_or(rest.len() - 1);
        let tests = match rest[end..].starts_with('{') {
            true => end + block(&rest[end..]),
            false => end + 1,
        };
        // Lines keep their numbers.
        kept.extend(rest[..tests].chars().filter(|sign| *sign == '\n'));
        rest = &rest[tests..];
    }
    kept + rest
}

/// The length of a block that begins with its brace.
fn block(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, sign) in code.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// What a source names directly below a path such as `crate::`, with its lines; of a group each of its items.
pub fn named_below(code: &str, path: &str) -> Vec<(usize, String)> {
    let mut modules = Vec::new();
    for (at, found) in code.match_indices(path) {
        let before = &code[..at];
        if before.chars().next_back().is_some_and(is_word) || before.ends_with("super::") {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            None => modules.push((line, rest.chars().take_while(|c| is_word(*c)).collect())),
            Some(group) => modules.extend(group_heads(group).into_iter().map(|head| (line, head))),
        }
    }
    modules
}

/// First words of the items of a `{a::b, c::{d, e}}` group whose opening brace is already gone.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut item) = (0, Vec::new(), String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(std::mem::take(&mut item)),
            _ if depth == 0 => item.push(c),
            _ => {}
        }
    }
    heads.push(item);
    heads
        .iter()
        .map(|item| item.trim().chars().take_while(|c| is_word(*c)).collect())
        .collect()
}
