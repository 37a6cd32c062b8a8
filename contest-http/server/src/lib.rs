//! Parts of `contest-server` for other servers: [`protect`], limits and headers around public routes,
//! and [`serve`], a server loop with graceful shutdown.
//!
//! An application that nests the routes of [`contest_http`] needs neither. The package's `README.md`
//! describes the program.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
pub mod protect;
pub mod serve;
