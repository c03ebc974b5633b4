//! Stories: what a person does with the command line, and what it answers.

mod audited;
mod bank;
mod demo;
mod gone_runs;
mod harness;
mod kuairand;
mod ledger;
mod live;
mod live_events;
mod live_money;
mod live_refusals;
mod manners;
mod pairs;
mod payee_decisions;
mod payout;
mod periods;
mod programs;
mod recorded_time;
mod replay;
mod restatement;
mod survival;
mod verdicts;
