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
}

impl State {
    fn pass(&mut self) {
        let acting: Vec<usize> = (0..self.is_acting.len())
            .filter(|one| self.is_acting[*one])
            .collect();
        if let Some(next) = self.numbers.one(&acting) {
            self.holder = *next;
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
            }),
            passed: Condvar::new(),
        }
    }

    /// Waits for a thread's first turn. It acts until what is returned is dropped.
    pub fn begin(&self, own: usize) -> Acting<'_> {
        self.wait(own);
        Acting { baton: self, own }
    }

    /// Lets others act.
    pub fn pass(&self, own: usize) {
        self.state.lock().unwrap().pass();
        self.passed.notify_all();
        self.wait(own);
    }

    fn wait(&self, own: usize) {
        let state = self.state.lock().unwrap();
        let other = |state: &mut State| state.holder != own;
        drop(self.passed.wait_while(state, other).unwrap());
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
        state.pass();
        self.baton.passed.notify_all();
    }
}
