//! The real tools, if they are here. `cargo xtask test` installs them.

use crate::Balances;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs hledger's strict checks, which must be silent, and returns the balances it finds. `None`: it is not installed.
pub fn hledger(journal: &str) -> Option<Balances> {
    let hledger =
        |arguments: &[&str]| run(Path::new("hledger"), &[&["-f", "-"], arguments].concat(), journal);
    assert_eq!(hledger(&["check"])?, "");
    assert_eq!(hledger(&["check", "--strict"])?, "");
    assert_eq!(hledger(&["check", "--strict", "payees"])?, "");
    let balances = hledger(&["balance", "-N", "--flat", "--layout=bare", "-O", "csv"])?;
    let rows = csv(&balances).into_iter();
    let found = rows.filter(|row| !row[1].is_empty()).map(|row| {
        // hledger shows a quoted commodity without its quotes.
        let bare = row[1].trim_matches('"');
        let commodity = if bare.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            bare.to_owned()
        } else {
            format!("\"{bare}\"")
        };
        ((row[0].clone(), commodity), decimal(&row[2]).1)
    });
    Some(found.filter(|(_, net)| *net != 0).collect())
}

/// Prints errors, and every balance; reads the file that is named.
const BEANCOUNT: &str = "
import sys
from beancount import loader
from beancount.core import data
from beancount.parser import printer
entries, errors, _ = loader.load_file(sys.argv[1])
printer.print_errors(errors, file=sys.stderr)
sums = {}
for entry in entries:
    if isinstance(entry, data.Transaction):
        for posting in entry.postings:
            key = (posting.account, posting.units.currency)
            sums.setdefault(key, []).append(posting.units.number)
from fractions import Fraction
for (account, currency), numbers in sums.items():
    units = sum(Fraction(number) for number in numbers) * 10**18
    assert units.denominator == 1
    print(account, currency, units.numerator)
sys.exit(1 if errors else 0)
";

/// Loads a file in Beancount as `bean-check` does, which must find no error, and returns the balances it finds. `None`: it
/// is not installed.
pub fn beancount(text: &str) -> Option<Balances> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python: PathBuf = target.join("tools/beancount/bin/python3");
    if !python.exists() {
        println!("skipped: Beancount is not installed in {}", python.display());
        return None;
    }
    let file = std::env::temp_dir().join(format!("permille-export-{}.beancount", std::process::id()));
    std::fs::write(&file, text).unwrap();
    let found = run(&python, &["-c", BEANCOUNT, file.to_str().unwrap()], "");
    std::fs::remove_file(&file).unwrap();
    let found = found?;
    let balances = found.lines().map(|line| {
        let mut words = line.split(' ').map(str::to_owned);
        let mut word = || words.next().unwrap();
        ((word(), word()), word().parse::<i128>().unwrap())
    });
    Some(balances.filter(|(_, net)| *net != 0).collect())
}

/// Runs a tool that must succeed and complain of nothing. `None`: it is not installed.
fn run(program: &Path, arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // The plainest locale there is: an export must not depend on a better one.
    let child = command.env("LC_ALL", "C").spawn();
    let mut child = match child {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: {} is not installed", program.display());
            return None;
        }
        child => child.unwrap(),
    };
    let mut stdin = child.stdin.take().unwrap();
    let input_bytes = input.as_bytes().to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input_bytes));
    let output = child.wait_with_output().unwrap();
    // A tool that stops at an error does not read the rest; its error is shown below.
    let _ = writer.join().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && error.is_empty(),
        "{}: {error}\n{input}",
        program.display()
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Rows of CSV without the header.
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(character) = characters.next() {
        match (character, is_quoted) {
            ('"', true) if characters.peek() == Some(&'"') => cell.extend(characters.next()),
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            ('\r', false) if characters.peek() == Some(&'\n') => {}
            (other, _) => cell.push(other),
        }
    }
    assert!(row.is_empty() && cell.is_empty(), "a row has no end");
    rows.remove(0);
    rows
}

/// Decimal places, and the number at 18 of them.
pub fn decimal(text: &str) -> (usize, i128) {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number: i128 = format!("{whole}{fraction:0<18}").parse().unwrap();
    (fraction.len(), sign * number)
}
