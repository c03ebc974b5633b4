//! Counting tests from the closing lines of test runners.

use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed or ran out of time.
    pub failed: u64,
    /// Tests that were not run.
    pub skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Counts {
    /// Reads a runner's closing line: nextest's `Summary [...] 3 tests run: 2 passed, 1 failed, 0 skipped`
    /// or cargo's `test result: ok. 3 passed; 0 failed; 0 ignored; ...`. `None` for every other line.
    pub fn from_closing_line(line: &str) -> Option<Self> {
        let line = without_colours(line);
        // Nextest shows what a failed test printed, its own closing line too, indented: that counts already.
        let (numbers, separator) = match line.strip_prefix("test result: ") {
            Some(result) => (result.split_once(". ")?.1, ';'),
            None if line.trim_start().starts_with("Summary [") => (line.split_once("run:")?.1, ','),
            None => return None,
        };
        let mut counts = Self::default();
        for part in numbers.split(separator) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => counts.passed += number,
                "failed" | "timed" | "exec" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }
}

/// The line without terminal escapes of the form `ESC [ ... letter`.
fn without_colours(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines() {
        for (line, passed, failed, skipped) in [
            (
                "     Summary [   0.165s] 25 tests run: 25 passed, 0 skipped",
                25,
                0,
                0,
            ),
            (
                "     Summary [  76.9s] 10/17 tests run: 7 passed (1 slow), 2 failed, 1 timed out, 4 skipped",
                7,
                3,
                4,
            ),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [   1.0s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m passed, 0 skipped",
                2,
                0,
                0,
            ),
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.09s",
                3,
                0,
                1,
            ),
            (
                "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.10s",
                0,
                1,
                0,
            ),
        ] {
            assert_eq!(
                Counts::from_closing_line(line),
                Some(Counts {
                    passed,
                    failed,
                    skipped
                }),
                "{line}"
            );
        }
        for line in [
            "",
            "running 3 tests",
            "test a ... ok",
            "Summary",
            "Summary of things run: 3 passed",
        ] {
            assert_eq!(Counts::from_closing_line(line), None, "{line}");
        }
    }
}
