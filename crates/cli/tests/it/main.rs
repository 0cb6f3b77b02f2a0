//! Whole commands, as a user types them.
#![allow(clippy::unwrap_used, reason = "helpers of tests: a panic is the failure report")]

mod alternative;
mod approval;
mod crash;
mod demo;
mod evidence;
mod input;
mod lake;
mod pages;
mod proofmark;
mod universes;
mod validation;
mod vendors;
