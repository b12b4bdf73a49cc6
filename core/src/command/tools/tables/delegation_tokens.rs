//! Options of `kafka-delegation-tokens`.

use super::{HELP, VERSION};
use crate::command::options::{Meaning, OptionSpec};

/// `kafka-delegation-tokens`.
pub static DELEGATION_TOKENS: &[OptionSpec] = &[
    OptionSpec::text("bootstrap-server", "", "REQUIRED: Servers of the cluster.").of(Meaning::Server),
    OptionSpec::text(
        "command-config",
        "",
        "REQUIRED: A file of settings for the admin client, which say how it proves who it is: only then are there \
         tokens.",
    )
    .of(Meaning::File),
    OptionSpec::flag("create", "Make a token; --renewer-principal says who else may renew it."),
    OptionSpec::flag("renew", "Let a token live on; --renew-time-period says how long."),
    OptionSpec::flag("expire", "Let a token end; --expiry-time-period says when."),
    OptionSpec::flag("describe", "Show the tokens of --owner-principal, or all that one may see."),
    OptionSpec::maybe("owner-principal", "", "Whose tokens, as User:ann; may be repeated."),
    OptionSpec::maybe("renewer-principal", "", "Who may renew it too, as User:ann; may be repeated."),
    OptionSpec::maybe_long(
        "max-life-time-period",
        "",
        "Milliseconds after which it ends for good; -1 is what the servers have set \
         (delegation.token.max.lifetime.ms).",
    ),
    OptionSpec::maybe_long(
        "renew-time-period",
        "",
        "Milliseconds; -1 is what the servers have set (delegation.token.expiry.time.ms).",
    ),
    OptionSpec::maybe_long("expiry-time-period", "", "Milliseconds; -1 is at once."),
    OptionSpec::maybe("hmac", "", "The token's proof, in base 64."),
    HELP,
    VERSION,
];
