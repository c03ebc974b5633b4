//! Several runs into one.

use super::run::{BLOCK_KEYS, Key, Run, RunWriter};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

/// Writes the keys of all runs, ascending, into a new run.
pub(super) fn merge(runs: &[&Run], mut writer: RunWriter) -> io::Result<Run> {
    merge_order::<u64>(runs, &mut writer, &|_| true)?;
    merge_order::<u128>(runs, &mut writer, &|_| true)?;
    writer.finish()
}

/// Writes the keys of a run that are wanted into a new run.
pub(super) fn some(run: &Run, mut writer: RunWriter, is_wanted: &dyn Fn(u128) -> bool) -> io::Result<Run> {
    merge_order::<u64>(&[run], &mut writer, is_wanted)?;
    merge_order::<u128>(&[run], &mut writer, is_wanted)?;
    writer.finish()
}

fn merge_order<K: Key>(
    runs: &[&Run],
    writer: &mut RunWriter,
    is_wanted: &dyn Fn(u128) -> bool,
) -> io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK_KEYS);
    each(runs, &mut |key: K| {
        if !is_wanted(key.wide()) {
            return Ok(());
        }
        block.push(key);
        if block.len() == BLOCK_KEYS {
            writer.block(&block)?;
            block.clear();
        }
        Ok(())
    })?;
    writer.block(&block)
}

/// Calls a function with every key of one order in all runs, ascending, as often as it is there.
pub(super) fn each<K: Key>(runs: &[&Run], take: &mut dyn FnMut(K) -> io::Result<()>) -> io::Result<()> {
    let mut sources: Vec<Source<'_, K>> = runs.iter().map(|run| Source::new(run)).collect();
    let mut heap = BinaryHeap::with_capacity(sources.len());
    for (index, source) in sources.iter_mut().enumerate() {
        if let Some(key) = source.next()? {
            heap.push(Reverse((key, index)));
        }
    }
    while let Some(Reverse((key, index))) = heap.pop() {
        take(key)?;
        if let Some(key) = sources[index].next()? {
            heap.push(Reverse((key, index)));
        }
    }
    Ok(())
}

/// The keys of one run, one by one.
struct Source<'a, K> {
    blocks: Box<dyn Iterator<Item = io::Result<Vec<K>>> + 'a>,
    block: std::vec::IntoIter<K>,
}

impl<'a, K: Key + 'a> Source<'a, K> {
    fn new(run: &'a Run) -> Self {
        Self {
            blocks: Box::new(run.iter()),
            block: Vec::new().into_iter(),
        }
    }

    fn next(&mut self) -> io::Result<Option<K>> {
        loop {
            if let Some(key) = self.block.next() {
                return Ok(Some(key));
            }
            match self.blocks.next() {
                Some(block) => self.block = block?.into_iter(),
                None => return Ok(None),
            }
        }
    }
}
