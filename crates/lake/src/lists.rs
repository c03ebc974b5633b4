//! Lists that rules look views up in: data-centre IPv4 ranges, patterns of declared bots, and the views and viewers that
//! the platform's staff marked invalid.

mod invalidated;

pub(crate) use invalidated::{Invalidated, Times};

use crate::error::KernelError;
use regex::{Regex, RegexBuilder};
use std::net::Ipv4Addr;
use std::sync::OnceLock;

/// Patterns shipped with the product: see `data/crawler-user-agents.md`.
const SHIPPED_PATTERNS: &str = include_str!("../data/crawler-user-agents.txt");
/// Bytes that the compiled patterns may take.
const REGEX_BYTES: usize = 64 << 20;

/// Which of the 65,536 networks of 2^16 addresses are inside a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Network {
    Outside,
    Inside,
    Mixed,
}

/// The lists of a count. The default has the shipped bot patterns and no data-centre ranges: those age
/// quickly and are given by the user. Nothing is invalidated.
#[derive(Debug)]
pub struct Lists {
    /// Inclusive ranges, sorted, disjoint and not touching.
    ranges: Vec<(u32, u32)>,
    networks: Vec<Network>,
    patterns: Vec<String>,
    bots: OnceLock<Regex>,
    invalidated: Invalidated,
}

impl Default for Lists {
    fn default() -> Self {
        Lists {
            ranges: Vec::new(),
            networks: networks(&[]),
            patterns: SHIPPED_PATTERNS.lines().map(str::to_owned).collect(),
            bots: OnceLock::new(),
            invalidated: Invalidated::default(),
        }
    }
}

impl Lists {
    /// The same lists with the data-centre ranges of a CSV text without header: first address, last address
    /// (inclusive), and whatever follows. Empty lines and lines starting with `#` are skipped.
    ///
    /// # Errors
    /// [`KernelError::List`] with the line of an address that is not IPv4 or of a range that ends before it starts.
    pub fn with_data_centres(mut self, csv: &str) -> Result<Self, KernelError> {
        let mut ranges = Vec::new();
        for (index, line) in csv.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            ranges.push(range(line).map_err(|reason| KernelError::List {
                list: "data-centre addresses",
                entry: index + 1,
                reason,
            })?);
        }
        self.ranges = merged(ranges);
        self.networks = networks(&self.ranges);
        Ok(self)
    }

    /// The same lists with the patterns of a JSON array of objects with a `pattern`, in place of the shipped ones.
    ///
    /// # Errors
    /// [`KernelError::List`] with the index of a pattern that is not a regular expression.
    pub fn with_bots(mut self, json: &str) -> Result<Self, KernelError> {
        #[derive(serde::Deserialize)]
        struct Entry {
            pattern: String,
        }
        let wrong = |entry: usize, reason: String| KernelError::List {
            list: "bot user agents",
            entry,
            reason,
        };
        let entries: Vec<Entry> =
            serde_json::from_str(json).map_err(|error| wrong(error.line(), error.to_string()))?;
        for (index, entry) in entries.iter().enumerate() {
            Regex::new(&entry.pattern).map_err(|error| wrong(index + 1, error.to_string()))?;
        }
        self.patterns = entries.into_iter().map(|entry| entry.pattern).collect();
        self.bots = OnceLock::new();
        Ok(self)
    }

    /// The same lists with the views and viewers that were marked invalid, in place of those before: a JSON object
    /// `{"views": [ID, ...], "viewers": [{"viewer": ID, "from": TIME, "until": TIME}, ...]}`. Views are named by event
    /// id; times (RFC 3339, `occurred_at`) may be null or left out: `from` is inclusive, `until` exclusive.
    ///
    /// # Errors
    /// [`KernelError::List`] with the index of an id that is none, of a time that is none, or of an `until` that does not
    /// come after its `from`; with the line of anything else that is not such a JSON.
    pub fn with_invalidated(mut self, json: &str) -> Result<Self, KernelError> {
        self.invalidated = Invalidated::parse(json)?;
        Ok(self)
    }

    /// True when some view or viewer was marked invalid.
    pub fn has_invalidated(&self) -> bool {
        self.invalidated.meaning.is_some()
    }

    /// What was marked invalid.
    pub(crate) fn invalidated(&self) -> &Invalidated {
        &self.invalidated
    }

    /// True when there are data-centre ranges to look in.
    pub fn has_data_centres(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// True when there are bot patterns to match.
    pub fn has_bots(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Is the IPv4 address a data centre's?
    #[inline]
    pub fn is_data_centre(&self, address: u32) -> bool {
        match self.networks[(address >> 16) as usize] {
            Network::Outside => false,
            Network::Inside => true,
            Network::Mixed => {
                let after = self.ranges.partition_point(|(first, _)| *first <= address);
                after > 0 && address <= self.ranges[after - 1].1
            }
        }
    }

    /// Does the client say that it is a bot?
    pub fn is_bot(&self, user_agent: &str) -> bool {
        self.has_bots() && self.bots().is_match(user_agent)
    }

    fn bots(&self) -> &Regex {
        self.bots.get_or_init(|| {
            let all: Vec<String> = self.patterns.iter().map(|one| format!("(?:{one})")).collect();
            RegexBuilder::new(&all.join("|"))
                .size_limit(REGEX_BYTES)
                .dfa_size_limit(REGEX_BYTES)
                .build()
                .expect("each pattern is valid on its own, and so is their alternation")
        })
    }

    /// Lower-case hex BLAKE3 of the lists' meaning: equal lists have equal hashes.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"permille lists 1\0");
        for (first, last) in &self.ranges {
            hasher.update(&first.to_be_bytes());
            hasher.update(&last.to_be_bytes());
        }
        hasher.update(b"\0bots\0");
        for pattern in &self.patterns {
            hasher.update(pattern.as_bytes());
            hasher.update(b"\0");
        }
        let others = hasher.finalize();
        // Lists of runs made before views could be invalidated keep their hashes.
        let Some(invalidated) = self.invalidated.meaning else {
            return others.to_hex().to_string();
        };
        let mut both = blake3::Hasher::new();
        both.update(b"permille lists, with invalidated 1\0");
        both.update(others.as_bytes());
        both.update(invalidated.as_bytes());
        both.finalize().to_hex().to_string()
    }
}

fn range(line: &str) -> Result<(u32, u32), String> {
    let mut cells = line.split(',');
    let mut address = || {
        let text = cells.next().unwrap_or_default().trim();
        text.parse::<Ipv4Addr>()
            .map(u32::from)
            .map_err(|_| format!("`{text}` is not an IPv4 address"))
    };
    let (first, last) = (address()?, address()?);
    if first > last {
        return Err(format!("the range ends before it starts: `{line}`"));
    }
    Ok((first, last))
}

fn merged(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(open) if u64::from(first) <= u64::from(open.1) + 1 => open.1 = open.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn networks(ranges: &[(u32, u32)]) -> Vec<Network> {
    let mut networks = vec![Network::Outside; 1 << 16];
    for (first, last) in ranges {
        for network in first >> 16..=last >> 16 {
            let (start, end) = (network << 16, network << 16 | 0xffff);
            let whole = *first <= start && end <= *last;
            networks[network as usize] = if whole { Network::Inside } else { Network::Mixed };
        }
    }
    networks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> u32 {
        text.parse::<Ipv4Addr>().unwrap().into()
    }

    #[test]
    fn ranges_are_inclusive_and_merge() {
        let lists = Lists::default()
            .with_data_centres(
                "10.0.0.0,10.0.0.255,a\n10.0.1.0,10.0.1.7,b,http://b\n\n# no\n11.0.0.0,12.255.255.255\n",
            )
            .unwrap();
        assert_eq!(lists.ranges.len(), 2);
        for (text, inside) in [
            ("9.255.255.255", false),
            ("10.0.0.0", true),
            ("10.0.1.7", true),
            ("10.0.1.8", false),
            ("11.7.0.1", true),
            ("12.255.255.255", true),
            ("13.0.0.0", false),
        ] {
            assert_eq!(lists.is_data_centre(address(text)), inside, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = Lists::default()
            .with_data_centres("10.0.0.0,10.0.0.1\n10.0.0.9,10.0.0.1\n")
            .unwrap_err();
        assert!(
            error.to_string().contains("entry 2: the range ends before"),
            "{error}"
        );
    }

    #[test]
    fn shipped_patterns_know_bots_from_people() {
        let lists = Lists::default();
        assert!(lists.is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"));
        assert!(!lists.is_bot("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"));
    }

    #[test]
    fn hash_follows_meaning() {
        let a = Lists::default().with_data_centres("1.0.0.0,1.0.0.9,x").unwrap();
        let b = Lists::default()
            .with_data_centres("1.0.0.0,1.0.0.4,y\n1.0.0.5,1.0.0.9,z")
            .unwrap();
        assert_eq!(a.hash(), b.hash());
        assert_ne!(a.hash(), Lists::default().hash());
        let invalidated = |json| Lists::default().with_invalidated(json).unwrap().hash();
        assert_ne!(invalidated(r#"{"views": ["7"]}"#), Lists::default().hash());
        assert_eq!(
            invalidated(r#"{"views": [], "viewers": []}"#),
            Lists::default().hash()
        );
    }
}
