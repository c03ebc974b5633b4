//! `permille.toml`: the configuration of a workspace.
//!
//! Values come from the compiled-in defaults, then the file, then what the caller hands in from
//! environment and flags. An unknown key is an error.

use crate::base::error::{Error, Result};
use payout::batch::{FeeBearer, Minimums};
use payout::fx::Limits;
use payout::iso20022::Debtor;
use payout::payee::reach;
use payout::readiness::{OtherDebts, TaxFormPolicy};
use payout::withholding::WithholdingRules;
use serde::Deserialize;
use std::path::Path;

/// The documented default configuration, written by `permille init`.
pub const DEFAULT: &str = include_str!("../../permille.default.toml");

/// A workspace's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of archive, programs and runs, relative to the configuration file.
    #[serde(default = "default_data")]
    pub data: String,
    /// Where the books are kept: a path relative to this file or `postgres://…`; absent: [`DEFAULT_STORE`] in the data folder.
    #[serde(default)]
    pub store: Option<String>,
    /// Made for tests: what is booked may be recorded at any time that it is told, and no payout is exported.
    #[serde(default)]
    pub test: bool,
    /// Memory budget for heavy work, e.g. `2GiB`; absent: [`DEFAULT_MEMORY`].
    #[serde(default)]
    pub memory: Option<String>,
    /// Worker threads; 0: as many as there are cores.
    #[serde(default)]
    pub threads: usize,
    /// Lists that qualification reads.
    #[serde(default)]
    pub lists: Lists,
    /// How creators are paid.
    #[serde(default)]
    pub payout: Payout,
    /// How statements look.
    #[serde(default)]
    pub statement: Statement,
}

/// How statements look.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Font files for characters that the built-in fonts of PDF statements lack, relative to the configuration file, asked in
    /// this order; `FILE#N` is font N of a collection, from 0.
    #[serde(default)]
    pub fonts: Vec<String>,
}

/// How creators are paid.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Exchange rates: the history of the European Central Bank, plain or gzip, relative to the configuration file.
    #[serde(default)]
    pub fx: Option<String>,
    /// How far an exchange rate may be from the last known one, and how old, before a second person must confirm it.
    #[serde(default)]
    pub fx_limits: Limits,
    /// Whether a payout waits for a tax form; without one it does not, and more is withheld.
    #[serde(default)]
    pub tax_form: TaxFormPolicy,
    /// Whether a debt in one currency stops payouts in another.
    #[serde(default)]
    pub other_debts: OtherDebts,
    /// Who bears the fees of transfers outside SEPA.
    #[serde(default)]
    pub fees: FeeBearer,
    /// The smallest payment over each rail.
    #[serde(default)]
    pub minimum: Minimums,
    /// Rates of withholding; absent: 24 % of everything without a form, 30 % of the US part without a treaty.
    #[serde(default)]
    pub withholding: Option<WithholdingRules>,
    /// The account that payouts leave from.
    #[serde(default)]
    pub debtor: Option<Debtor>,
}

/// Files of lists, relative to the configuration file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// CSV of inclusive IPv4 ranges of data centres: start, end, further columns ignored.
    #[serde(default)]
    pub data_centres: Option<String>,
    /// JSON list of user-agent patterns of declared bots; absent: the shipped list.
    #[serde(default)]
    pub declared_bots: Option<String>,
}

/// The SQLite file of the books in the data folder.
pub const DEFAULT_STORE: &str = "books.sqlite";

fn default_data() -> String {
    ".permille".to_owned()
}

impl Config {
    /// Parses a configuration file.
    pub fn parse(path: &Path, text: &str) -> Result<Config> {
        let config: Config = toml::from_str(text).map_err(|source| {
            Error::bad_input(
                "config/invalid",
                format!("{}: {}", path.display(), source.to_string().trim_end()),
            )
            .hint("`permille init --print` shows every key with its default")
        })?;
        let invalid =
            |what: String| Error::bad_input("config/invalid", format!("{}: {what}", path.display()));
        if let Some(refusal) = config.payout.fx_limits.refusal() {
            return Err(invalid(refusal)
                .hint("beyond them no rate would ever be asked about; `payout approve --rates` confirms one that is far or old"));
        }
        if let Some(debtor) = &config.payout.debtor {
            reach::bank(&debtor.account, debtor.bic.as_ref())
                .map_err(|why| invalid(format!("[payout.debtor]: {why}")).hint(why.hint()))?;
        }
        Ok(config)
    }

    /// The files that it names, as it names them.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let lists = [&self.lists.data_centres, &self.lists.declared_bots];
        let all = lists.into_iter().chain([&self.payout.fx]).flatten();
        all.chain(&self.statement.fonts).map(String::as_str)
    }
}

/// Parses a size such as `512MiB`, `2 GiB`, `1000000`.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let trimmed = text.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = trimmed.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(bad_size(text)),
    };
    let number: u64 = number.parse().map_err(|_| bad_size(text))?;
    let bytes = number.checked_mul(factor).ok_or_else(|| bad_size(text))?;
    if bytes < MIN_MEMORY {
        return Err(
            Error::usage("config/memory", format!("{text} of memory is too little"))
                .hint("the smallest memory budget is 64MiB"),
        );
    }
    Ok(bytes)
}

/// The memory budget when nobody names one. More does not make the work faster: fresh memory costs as much as files that
/// stay in the system's cache.
pub const DEFAULT_MEMORY: u64 = 1 << 30;

/// The smallest memory budget: less would make blocks too small to be worth spilling.
const MIN_MEMORY: u64 = 64 << 20;

fn bad_size(text: &str) -> Error {
    Error::usage("config/memory", format!("`{text}` is not a size"))
        .hint("write a whole number and a unit: 512MiB, 2GiB, 4GB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        assert_eq!(parse_bytes("512MiB").unwrap(), 512 << 20);
        assert_eq!(parse_bytes(" 2 GB ").unwrap(), 2_000_000_000);
        for bad in [
            "",
            "MiB",
            "1.5GiB",
            "-1",
            "2XB",
            "99999999999999999999GiB",
            "1KiB",
        ] {
            assert!(parse_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_name() {
        let error = Config::parse(Path::new("permille.toml"), "dta = 'x'").unwrap_err();
        assert!(error.message.contains("dta"), "{error}");
    }

    #[test]
    fn the_payout_section_is_read_as_documented() {
        let text: String = DEFAULT
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .map(|line| format!("{line}\n"))
            .collect();
        let config = Config::parse(Path::new("permille.toml"), &text).unwrap();
        assert_eq!(config.payout.tax_form, TaxFormPolicy::Required);
        assert_eq!(config.payout.fx_limits, Limits::default());
        assert!(
            config.payout.debtor.is_some()
                && config.payout.withholding.is_some()
                && config.payout.fx.is_some()
                && config.payout.minimum.paypal.is_some()
                && !config.statement.fonts.is_empty()
        );
        let wrong = text.replace("DE89370400440532013000", "DE89370400440532013001");
        assert!(
            Config::parse(Path::new("permille.toml"), &wrong)
                .unwrap_err()
                .message
                .contains("IBAN")
        );
    }

    #[test]
    fn the_account_that_pays_is_at_a_bank_of_its_country() {
        let text = |bic: &str| {
            format!(
                "[payout.debtor]\nname = \"A\"\ncurrency = \"EUR\"\naccount = {{ iban = \"DE89370400440532013000\" }}\n\
                 bic = \"{bic}\"\naddress = {{ town = \"Berlin\", country = \"DE\" }}\n"
            )
        };
        let parse = |bic: &str| Config::parse(Path::new("permille.toml"), &text(bic));
        assert!(parse("COBADEFFXXX").is_ok());
        let said = parse("CHASUS33").unwrap_err().message;
        assert!(
            said.contains("[payout.debtor]: the account is in DE, and CHASUS33"),
            "{said}"
        );
    }

    #[test]
    fn the_default_file_is_a_valid_configuration() {
        Config::parse(Path::new("permille.toml"), DEFAULT).unwrap();
    }
}
