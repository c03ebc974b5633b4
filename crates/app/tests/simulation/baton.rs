//! Threads of which one acts at a time, as numbers say: the same numbers give the same order.

use crate::numbers::Numbers;
use std::sync::{Condvar, Mutex};

/// Who may act. Each thread passes it on before it begins a database transaction, and when it has ended.
pub struct Baton {
    state: Mutex<State>,
    passed: Condvar,
}

struct State {
    numbers: Numbers,
    /// Whose turn it is.
    holder: usize,
    is_acting: Vec<bool>,
    /// Who has the archive to itself.
    has_archive: Option<usize>,
    waits_for_archive: Vec<bool>,
}

impl State {
    fn pass(&mut self) {
        let may = |one: &usize| {
            let has_to_wait = self.waits_for_archive[*one] && self.has_archive.is_some();
            self.is_acting[*one] && !has_to_wait
        };
        let ready: Vec<usize> = (0..self.is_acting.len()).filter(may).collect();
        if !ready.is_empty() {
            self.holder = ready[self.numbers.below(ready.len() as u64) as usize];
        }
    }
}

impl Baton {
    /// Of so many threads; the first one begins.
    pub fn new(threads: usize, numbers: Numbers) -> Baton {
        Baton {
            state: Mutex::new(State {
                numbers,
                holder: 0,
                is_acting: vec![true; threads],
                has_archive: None,
                waits_for_archive: vec![false; threads],
            }),
            passed: Condvar::new(),
        }
    }

    /// Waits for a thread's first turn. It acts until what is returned is dropped.
    pub fn begin(&self, own: usize) -> Acting<'_> {
        let state = self.state.lock().unwrap();
        drop(
            self.passed
                .wait_while(state, |state| state.holder != own)
                .unwrap(),
        );
        Acting { baton: self, own }
    }

    /// Lets others act.
    pub fn pass(&self, own: usize) {
        let mut state = self.state.lock().unwrap();
        state.pass();
        self.passed.notify_all();
        drop(
            self.passed
                .wait_while(state, |state| state.holder != own)
                .unwrap(),
        );
    }

    /// Waits until nobody else has the archive to itself, and takes them: one process at a time writes to them, and whoever
    /// waits there does not pass the baton on.
    pub fn take_archive(&self, own: usize) {
        self.state.lock().unwrap().waits_for_archive[own] = true;
        self.pass(own);
        let mut state = self.state.lock().unwrap();
        state.waits_for_archive[own] = false;
        state.has_archive = Some(own);
    }

    /// Gives them back.
    pub fn give_archive(&self) {
        self.state.lock().unwrap().has_archive = None;
    }
}

/// A thread that acts. One that fails keeps nobody waiting.
pub struct Acting<'b> {
    baton: &'b Baton,
    own: usize,
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        let mut state = self.baton.state.lock().unwrap();
        state.is_acting[self.own] = false;
        state.has_archive = state.has_archive.filter(|has| *has != self.own);
        state.pass();
        self.baton.passed.notify_all();
    }
}
