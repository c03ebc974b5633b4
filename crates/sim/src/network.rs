//! Addresses and user agents: those of people, of made-up data centres and of declared bots.
//!
//! No real network is accused of anything: people live in 10.0.0.0/8 and, on the move, in 100.64.0.0/10
//! (carrier-grade NAT); data centres are in blocks reserved for documentation and benchmarks.

use crate::rng::{Rng, hash};
use std::fmt::Write;
use std::net::Ipv4Addr;

/// A made-up data centre: first and last address, name, web page.
pub struct DataCentre {
    /// First address.
    pub start: Ipv4Addr,
    /// Last address, part of the range.
    pub end: Ipv4Addr,
    /// Who runs it.
    pub name: &'static str,
    /// Web page.
    pub url: &'static str,
}

const fn range(start: [u8; 4], end: [u8; 4], name: &'static str, url: &'static str) -> DataCentre {
    DataCentre {
        start: Ipv4Addr::from_octets(start),
        end: Ipv4Addr::from_octets(end),
        name,
        url,
    }
}

/// The made-up data centres, sorted by address.
pub const DATA_CENTRES: [DataCentre; 6] = [
    range(
        [192, 0, 2, 0],
        [192, 0, 2, 255],
        "Example Hosting",
        "https://hosting.example/",
    ),
    range(
        [198, 18, 0, 0],
        [198, 18, 63, 255],
        "Benchmark Cloud East",
        "https://cloud.example/east",
    ),
    range(
        [198, 18, 128, 0],
        [198, 18, 255, 255],
        "Benchmark Cloud West",
        "https://cloud.example/west",
    ),
    range(
        [198, 19, 16, 0],
        [198, 19, 31, 255],
        "Rack and Sons",
        "https://rack.example/",
    ),
    range(
        [198, 51, 100, 0],
        [198, 51, 100, 255],
        "Example Servers",
        "https://servers.example/",
    ),
    range(
        [203, 0, 113, 0],
        [203, 0, 113, 255],
        "Example Colocation",
        "https://colo.example/",
    ),
];

/// The list of data centres as CSV without a header: `start,end,name,url`, both ends inclusive.
pub fn data_centres_csv() -> String {
    let mut text = String::new();
    for centre in &DATA_CENTRES {
        writeln!(
            text,
            "{},{},{},{}",
            centre.start, centre.end, centre.name, centre.url
        )
        .expect("text grows");
    }
    text
}

/// An address in a data centre.
pub fn data_centre_ip(rng: &mut Rng) -> u32 {
    let centre = &DATA_CENTRES[rng.below(DATA_CENTRES.len() as u32) as usize];
    rng.between(centre.start.to_bits(), centre.end.to_bits())
}

/// The home address of an account.
pub fn home_ip(seed: u64, account: i64) -> u32 {
    Ipv4Addr::new(10, 0, 0, 0).to_bits() | (hash(seed, 31, account as u64) >> 40) as u32
}

/// An address on the move.
pub fn mobile_ip(rng: &mut Rng) -> u32 {
    Ipv4Addr::new(100, 64, 0, 0).to_bits() | rng.below(1 << 22)
}

/// User agents of people, then of declared bots.
pub const AGENTS: [&str; HUMAN_AGENTS + BOT_AGENTS] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-A556B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; Redmi Note 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; M2101K6G) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; V2206) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; CPH2239) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; moto g(30)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/600.2.5 (KHTML, like Gecko) Version/8.0.2 Safari/600.2.5 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0; +https://openai.com/gptbot)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "python-requests/2.32.3",
    "curl/8.5.0",
    "Go-http-client/2.0",
];

const HUMAN_AGENTS: usize = 16;
const BOT_AGENTS: usize = 10;

/// The user agent of an account's device: an index into [`AGENTS`].
pub fn human_agent(seed: u64, account: i64) -> u8 {
    // The smaller of two draws makes the first devices the common ones.
    let random = hash(seed, 32, account as u64);
    let (one, other) = (random % HUMAN_AGENTS as u64, (random >> 32) % HUMAN_AGENTS as u64);
    one.min(other) as u8
}

/// The user agent of a declared bot: an index into [`AGENTS`].
pub fn bot_agent(rng: &mut Rng) -> u8 {
    HUMAN_AGENTS as u8 + rng.below(BOT_AGENTS as u32) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_a_data_centre(ip: u32) -> bool {
        DATA_CENTRES
            .iter()
            .any(|centre| (centre.start.to_bits()..=centre.end.to_bits()).contains(&ip))
    }

    #[test]
    fn only_data_centre_addresses_are_in_data_centres() {
        let mut rng = Rng::new(1, 0, 0);
        assert!((0..1_000).all(|_| in_a_data_centre(data_centre_ip(&mut rng))));
        assert!((0..1_000).all(|account| !in_a_data_centre(home_ip(9, account))));
        assert!((0..1_000).all(|_| !in_a_data_centre(mobile_ip(&mut rng))));
    }

    #[test]
    fn people_and_bots_have_different_agents() {
        let mut rng = Rng::new(1, 0, 0);
        assert!((0..1_000).all(|account| usize::from(human_agent(1, account)) < HUMAN_AGENTS));
        assert!((0..1_000).all(|_| (HUMAN_AGENTS..AGENTS.len()).contains(&usize::from(bot_agent(&mut rng)))));
    }

    #[test]
    fn the_list_is_sorted_and_one_line_a_range() {
        let text = data_centres_csv();
        assert_eq!(text.lines().count(), DATA_CENTRES.len());
        assert!(text.starts_with("192.0.2.0,192.0.2.255,Example Hosting,https://hosting.example/\n"));
        assert!(DATA_CENTRES.is_sorted_by_key(|centre| centre.start));
    }
}
