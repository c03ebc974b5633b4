//! Stories: what a person does with the command line, and what it answers.

mod demo;
mod harness;
mod kuairand;
mod ledger;
mod live_events;
mod manners;
mod programs;
mod replay;
mod verdicts;
