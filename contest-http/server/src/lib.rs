//! The parts of `contest-server` that another server may want: [`protect`], limits around routes that
//! are open to the world, and [`serve`], a server loop that ends gracefully.
//!
//! A host that nests the routes of [`contest_http`] in an app of its own needs neither. The program is
//! described in the package's `README.md`.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod protect;
pub mod serve;
