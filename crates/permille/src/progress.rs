//! Progress bars on a terminal, nothing elsewhere.

use app::base::progress::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

/// Draws a bar on standard error when that is a terminal.
#[derive(Debug)]
pub struct Bars {
    current: Mutex<Option<ProgressBar>>,
    visible: bool,
}

impl Bars {
    /// Bars for this process.
    pub fn new() -> Bars {
        Bars {
            current: Mutex::new(None),
            visible: std::io::stderr().is_terminal(),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, total: Option<u64>) {
        if !self.visible {
            return;
        }
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(
                ProgressStyle::with_template("{msg:28} [{bar:32}] {human_pos}/{human_len} {eta}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            ),
            None => ProgressBar::new_spinner().with_style(
                ProgressStyle::with_template("{msg:28} {spinner} {human_pos}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            ),
        };
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        if let Ok(mut current) = self.current.lock()
            && let Some(before) = current.replace(bar)
        {
            before.finish_and_clear();
        }
    }

    fn position(&self, done: u64) {
        if let Ok(current) = self.current.lock()
            && let Some(bar) = current.as_ref()
        {
            bar.set_position(done);
        }
    }

    fn note(&self, text: &str) {
        let drawn = self
            .current
            .lock()
            .ok()
            .and_then(|bar| bar.as_ref().map(|bar| bar.println(text)));
        if drawn.is_none() {
            crate::output::say(text);
        }
    }
}
