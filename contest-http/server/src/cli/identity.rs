//! Options for bearer tokens, which identify the user.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use contest_http::jwt::JwtAlgorithm;

#[derive(Debug, Args)]
#[command(next_help_heading = "Tokens")]
pub(crate) struct IdentityOptions {
    /// How tokens are signed: `HS256`, `EdDSA`, `ES256` or `RS256`
    #[arg(
        long = "jwt-algorithm",
        env = "CONTEST_JWT_ALGORITHM",
        default_value = "HS256",
        value_name = "NAME"
    )]
    pub(crate) algorithm: JwtAlgorithm,
    /// A file with the key: for `HS256` a secret of at least 32 random bytes, raw or as text, for the others a public key in
    /// PEM. `CONTEST_JWT_KEY` may hold the key itself instead; there is no option for it, because other
    /// users of the machine can see a process's options [default: none]
    #[arg(
        long = "jwt-key-file",
        env = "CONTEST_JWT_KEY_FILE",
        value_name = "FILE"
    )]
    pub(crate) key_file: Option<PathBuf>,
    /// A file with a previous key that is still accepted, for key rotation [default: none]
    #[arg(
        long = "jwt-previous-key-file",
        env = "CONTEST_JWT_PREVIOUS_KEY_FILE",
        value_name = "FILE"
    )]
    pub(crate) previous_key_file: Option<PathBuf>,
    /// The issuer of the tokens (`iss`)
    #[arg(
        long = "jwt-issuer",
        env = "CONTEST_JWT_ISSUER",
        default_value = "contest",
        value_name = "NAME"
    )]
    pub(crate) issuer: String,
    /// The audience of the tokens (`aud`)
    #[arg(
        long = "jwt-audience",
        env = "CONTEST_JWT_AUDIENCE",
        default_value = "contest",
        value_name = "NAME"
    )]
    pub(crate) audience: String,
    /// Accept tokens for any audience or without one, such as those of Contest Maker 150; use it only if
    /// all tokens of the issuer are meant for this server
    #[arg(
        long = "jwt-any-audience", env = "CONTEST_JWT_ANY_AUDIENCE", default_value = "false",
        action = ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_missing_value = "true",
    )]
    pub(crate) any_audience: bool,
}
