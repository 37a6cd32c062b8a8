//! Options of tokens: who is asking.

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
    /// A file with the key: for `HS256` a secret of at least 32 bytes, for the others a public key in
    /// PEM. The key itself may be in the environment instead, as `CONTEST_JWT_KEY`; it is never an
    /// option, as everybody can see the options of a process [default: none]
    #[arg(
        long = "jwt-key-file",
        env = "CONTEST_JWT_KEY_FILE",
        value_name = "FILE"
    )]
    pub(crate) key_file: Option<PathBuf>,
    /// A file with another key that is accepted too, while keys are being changed [default: none]
    #[arg(
        long = "jwt-previous-key-file",
        env = "CONTEST_JWT_PREVIOUS_KEY_FILE",
        value_name = "FILE"
    )]
    pub(crate) previous_key_file: Option<PathBuf>,
    /// Who issues the tokens (`iss`)
    #[arg(
        long = "jwt-issuer",
        env = "CONTEST_JWT_ISSUER",
        default_value = "contest",
        value_name = "NAME"
    )]
    pub(crate) issuer: String,
    /// Whom the tokens are for (`aud`)
    #[arg(
        long = "jwt-audience",
        env = "CONTEST_JWT_AUDIENCE",
        default_value = "contest",
        value_name = "NAME"
    )]
    pub(crate) audience: String,
    /// Accept tokens for any audience and tokens without one, as the service Contest Maker 150 issues
    /// them; only if all tokens of the issuer are meant for this server
    #[arg(
        long = "jwt-any-audience", env = "CONTEST_JWT_ANY_AUDIENCE", default_value = "false",
        action = ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_missing_value = "true",
    )]
    pub(crate) any_audience: bool,
}
