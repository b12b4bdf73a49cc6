//! `kafka-features`: the feature levels of the cluster (KIP-584, KIP-1022).

use super::kit::argparse::{Arg, Given};
use super::kit::commands::{Commands, Line, Sub};
use super::kit::{self, Thrown};
use super::tables::FEATURES;
use crate::client::{ClientCall, ClientEvent};
use crate::command::process::{Io, Program, Signal};
use crate::command::release::Release;
use crate::metadata::features as levels;
use crate::node::ClientId;
use crate::protocol::{
    FinalizedFeatures, QuotaOutcome, Request, Response, UpdateFeaturesRequest, UpgradeType,
};
use crate::sorted::SortedMap;
use serde::Serialize;

const DRY_RUN: Arg = Arg::flag("--dry-run");
const UNSAFE: Arg = Arg::flag("--unsafe");
const FEATURE: Arg = Arg::text("--feature");
const RELEASE: Arg = Arg::text("--release-version").since(Release::V4);
const METADATA: Arg = Arg::text("--metadata");

const ALL: Commands = Commands {
    program: "kafka-features",
    about: "Shows and changes the feature levels of the cluster.",
    top: &[
        Arg::text("--command-config"),
        Arg::text("--bootstrap-server").group(1),
        Arg::text("--bootstrap-controller").group(1),
    ],
    one_of_top: false,
    subs: &[
        Sub {
            name: "describe",
            about: "Shows the levels in force.",
            args: &[Arg::number("--node-id", "Integer").since(Release::V4)],
            since: Release::V1,
        },
        Sub {
            name: "upgrade",
            about: "Raises levels.",
            args: &[METADATA, RELEASE, FEATURE, DRY_RUN],
            since: Release::V1,
        },
        Sub {
            name: "downgrade",
            about: "Lowers levels.",
            args: &[METADATA, RELEASE, FEATURE, UNSAFE, DRY_RUN],
            since: Release::V1,
        },
        Sub {
            name: "disable",
            about: "Lowers levels to zero.",
            args: &[FEATURE, UNSAFE, DRY_RUN],
            since: Release::V1,
        },
        Sub {
            name: "version-mapping",
            about: "Shows with which levels clusters of a release begin.",
            args: &[RELEASE],
            since: Release::V4,
        },
        Sub {
            name: "feature-dependencies",
            about: "Shows which levels a level needs.",
            args: &[FEATURE.required()],
            since: Release::V4,
        },
    ],
};

static COMMANDS: Commands = ALL;
/// Up to 3.9 a server is always needed.
static OLD_COMMANDS: Commands = Commands { one_of_top: true, ..ALL };

/// A running `kafka-features`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Features {
    args: Vec<String>,
    client: Option<ClientId>,
    /// The subcommand, its levels, and whether it is only tried.
    op: &'static str,
    updates: Vec<(String, i16)>,
    dry_run: bool,
}

impl Features {
    /// The tool with these arguments.
    #[must_use]
    pub fn new(args: &[String]) -> Features {
        Features { args: args.to_vec(), client: None, op: "", updates: Vec::new(), dry_run: false }
    }

    /// The error is what stands on standard error, with its line break if it has one.
    fn open(&mut self, io: &mut dyn Io) -> Result<Option<i32>, String> {
        let command_line = |message: &str| format!("Command line error: {message}. Type --help for help.");
        let commands = if io.is_3_9() { &OLD_COMMANDS } else { &COMMANDS };
        let (name, top, given) = match commands.read(&self.args, FEATURES, io.release()) {
            Line::Run(name, top, given) => (name, top, given),
            Line::Help(text) => {
                io.out(&text);
                return Ok(Some(i32::from(io.is_3_9())));
            }
            Line::Wrong(usage, message) if io.is_3_9() => return Err(commands.refusal(&usage, &message)),
            Line::Wrong(_, message) => {
                return Err(command_line(message.split('\n').next().unwrap_or_default()));
            }
        };
        self.op = name;
        let file = match top.get("--command-config") {
            Some(path) => match io.read_file(path) {
                Some(bytes) => kit::parse_properties(&bytes),
                None => {
                    return Err(command_line(&format!(
                        "argument --command-config: Insufficient permissions to read file: '{path}'"
                    )));
                }
            },
            None => Vec::new(),
        };
        match name {
            "version-mapping" => {
                mapping(io, given.get("--release-version")).map_err(line)?;
                return Ok(Some(0));
            }
            "feature-dependencies" => {
                for text in values(&given, "--feature") {
                    let (feature, level) = name_and_level(text).map_err(line)?;
                    dependencies(io, feature, level).map_err(line)?;
                }
                return Ok(Some(0));
            }
            _ => {}
        }
        let controllers = top.get("--bootstrap-controller");
        let Some(servers) = controllers.or(top.get("--bootstrap-server")) else {
            return Err(command_line(
                "You must specify either --bootstrap-controller or --bootstrap-server.",
            ));
        };
        let mut settings = kit::Settings::default();
        settings.extend(file);
        self.client = Some(
            kit::open_admin_at(io, (servers, controllers.is_some()), &settings, "adminclient-1")
                .map_err(|e| line(e.message.clone()))?,
        );
        let request = match name {
            // Brokers of clusters with ZooKeeper have no levels.
            "describe" if io.is_3_9() => return Ok(Some(0)),
            "describe" => Request::ApiVersions(true),
            _ if io.is_3_9() => {
                self.request(io, &given).map_err(line)?;
                return Ok(Some(self.tell_all(io, &without_levels)));
            }
            _ => Request::UpdateFeatures(self.request(io, &given).map_err(line)?),
        };
        let name = if name == "describe" { "describeFeatures" } else { "updateFeatures" };
        if let Some(client) = self.client {
            io.call(client, ClientCall::Admin { tag: 0, name, request });
        }
        Ok(None)
    }

    /// What shall be changed.
    fn request(&mut self, io: &mut dyn Io, given: &Given) -> Result<UpdateFeaturesRequest, String> {
        let upgrade_type = match (self.op, given.get("--unsafe")) {
            ("upgrade", _) => UpgradeType::Upgrade,
            (_, Some(_)) => UpgradeType::UnsafeDowngrade,
            _ => UpgradeType::SafeDowngrade,
        };
        let mut updates = SortedMap::new();
        let release = given.get("--release-version");
        if release.is_some() && (given.get("--metadata").is_some() || given.get("--feature").is_some()) {
            return Err("Can not specify `release-version` with other feature flags.".to_owned());
        }
        if let Some(release) = release {
            let metadata = levels::metadata_level(release).ok_or_else(|| unknown_version(release, true))?;
            updates.insert(levels::METADATA_VERSION.to_owned(), metadata);
            for feature in &levels::FEATURES {
                let level = feature.level_at(metadata);
                if self.op != "upgrade" || level > 0 {
                    updates.insert(feature.name.to_owned(), level);
                }
            }
        }
        if let Some(metadata) = given.get("--metadata") {
            if !io.is_3_9() {
                io.out(" `metadata` flag is deprecated and may be removed in a future release.\n");
            }
            let level = if io.is_3_9() { old_level(metadata)? } else { metadata_level(metadata)? };
            updates.insert(levels::METADATA_VERSION.to_owned(), level);
        }
        for text in values(given, "--feature") {
            let (name, level) = if self.op == "disable" { (text.as_str(), 0) } else { name_and_level(text)? };
            if self.op == "upgrade" && level < 1 {
                return Err(format!(
                    "The upgradeType flag should be set to SAFE_DOWNGRADE or UNSAFE_DOWNGRADE when the provided \
                     maxVersionLevel:{level} is < 1."
                ));
            }
            if updates.insert(name.to_owned(), level).is_some() {
                return Err(format!("Feature {name} was specified more than once."));
            }
        }
        if updates.is_empty() {
            return Err(format!("You must specify at least one feature to {}", self.op));
        }
        self.updates = updates.iter().map(|(name, level)| (name.clone(), *level)).collect();
        self.dry_run = given.get("--dry-run").is_some();
        Ok(UpdateFeaturesRequest { updates: self.updates.clone(), upgrade_type, validate_only: self.dry_run })
    }

    fn tell(&self, io: &mut dyn Io, outcome: &QuotaOutcome) -> i32 {
        self.tell_all(io, &|_| outcome.clone())
    }

    /// What became of each level.
    fn tell_all(&self, io: &mut dyn Io, outcome: &dyn Fn(i16) -> QuotaOutcome) -> i32 {
        let mut failures = 0;
        for (name, level) in &self.updates {
            let to = if self.op == "disable" { String::new() } else { format!(" to {level}") };
            match outcome(*level) {
                Ok(()) => {
                    let verb = if self.dry_run { "can be" } else { "was" };
                    let op = self.op.trim_end_matches('e');
                    io.print(format_args!("{name} {verb} {op}ed{to}.\n"));
                }
                Err((_, why)) => {
                    let verb = if self.dry_run { "Can" } else { "Could" };
                    io.print(format_args!("{verb} not {} {name}{to}. {why}\n", self.op));
                    failures += 1;
                }
            }
        }
        if failures > 0 {
            io.complain(format_args!("{failures} out of {} operation(s) failed.\n", self.updates.len()));
        }
        i32::from(failures > 0)
    }

    fn finish(&mut self, io: &mut dyn Io, code: i32) {
        kit::leave(io, self.client.take(), code);
    }
}

fn line(text: String) -> String {
    text + "\n"
}

/// What an argument was given, each time.
fn values<'a>(given: &'a Given, name: &str) -> &'a [String] {
    given.values.get(name).map_or(&[], Vec::as_slice)
}

/// What brokers of clusters with ZooKeeper answer to a change.
fn without_levels(level: i16) -> QuotaOutcome {
    let why = match level {
        0 => "Can not delete non-existing finalized feature.",
        _ => "Could not apply finalized feature update because the provided feature is not supported.",
    };
    Err((crate::protocol::ErrorCode::InvalidRequest, why.to_owned()))
}

fn metadata_level(name: &str) -> Result<i16, String> {
    levels::metadata_level(name).ok_or_else(|| unknown_version(name, true))
}

/// The level that a name means to 3.9: the releases before KRaft have none, and three names are of levels that nobody
/// uses any more.
fn old_level(name: &str) -> Result<i16, String> {
    const NEWEST: &str = "3.9-IV0";
    let before = "3.3-IV0, 3.3-IV1, 3.3-IV2, ";
    let known = levels::metadata_names(true);
    let known = known.split_once(NEWEST).map_or("", |(older, _)| older);
    let first = levels::metadata_level("3.3-IV3").unwrap_or(7);
    if let Some(at) = before.split(", ").position(|old| old == name) {
        return Ok(first - 3 + i16::try_from(at).unwrap_or(0));
    }
    let newest = levels::metadata_level(NEWEST).unwrap_or(first);
    match levels::metadata_level(name).filter(|level| *level <= newest) {
        Some(level) => Ok(level),
        None if is_before_kraft(name) => Err("Cannot specify a negative version level.".to_owned()),
        None => Err(format!(
            "Unsupported metadata.version {name}. Supported metadata.version are {before}{known}{NEWEST}"
        )),
    }
}

/// Whether a name is that of a release from 0.8.0 to 3.2.
fn is_before_kraft(name: &str) -> bool {
    let release = name.split("-IV").next().unwrap_or_default();
    let mut numbers = release.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(0), Some(minor)) => (8..=11).contains(&minor),
        (Some(1), Some(minor)) => minor <= 1,
        (Some(2), Some(minor)) => minor <= 8,
        (Some(3), Some(minor)) => minor <= 2,
        _ => false,
    }
}

/// That a name is no level of `metadata.version`.
pub(super) fn unknown_version(name: &str, with_unstable: bool) -> String {
    let known = levels::metadata_names(with_unstable);
    format!("Unknown metadata.version '{name}'. Supported metadata.version are: {known}")
}

/// `name=level` in its parts.
pub(super) fn name_and_level(text: &str) -> Result<(&str, i16), String> {
    let cannot = |why: String| format!("Can't parse feature=level string {text}: {why}");
    let (name, level) = text.split_once('=').ok_or_else(|| cannot("equals sign not found.".to_owned()))?;
    let (name, level) = (name.trim(), level.trim());
    let number = level.parse().map_err(|_| cannot(format!("unable to parse {level} as a short.")))?;
    Ok((name, number))
}

/// Prints with which levels clusters of a release begin.
pub(super) fn mapping(io: &mut dyn Io, release: Option<&str>) -> Result<(), String> {
    let newest = levels::metadata_name(levels::METADATA_LEVEL).unwrap_or_default();
    let release = release.unwrap_or(newest);
    let metadata = levels::metadata_level(release).ok_or_else(|| unknown_version(release, true))?;
    io.print(format_args!("metadata.version={metadata} ({release})\n"));
    for feature in &levels::FEATURES {
        io.print(format_args!("{}={}\n", feature.name, feature.level_at(metadata)));
    }
    Ok(())
}

/// Prints what a level needs of `metadata.version`.
pub(super) fn dependencies(io: &mut dyn Io, name: &str, level: i16) -> Result<(), String> {
    if name == levels::METADATA_VERSION {
        let known =
            levels::metadata_name(level).ok_or_else(|| format!("Unknown metadata.version {level}"))?;
        io.print(format_args!("{name}={level} ({known}) has no dependencies.\n"));
        return Ok(());
    }
    let feature = levels::feature(name).ok_or_else(|| format!("Unknown feature: {name}"))?;
    if !(0..=feature.max).contains(&level) {
        return Err(format!("No feature:{name} with feature level {level}"));
    }
    match feature.needs.filter(|_| level == feature.max) {
        None => io.print(format_args!("{name}={level} has no dependencies.\n")),
        Some(needed) => io.print(format_args!(
            "{name}={level} requires:\n    metadata.version={needed} ({})\n",
            levels::metadata_name(needed).unwrap_or_default()
        )),
    }
    Ok(())
}

/// The levels in force beside those that the servers know.
fn describe(io: &mut dyn Io, found: &FinalizedFeatures) {
    let mut names: Vec<&str> = levels::FEATURES.iter().map(|feature| feature.name).collect();
    names.push(levels::METADATA_VERSION);
    crate::sorted::sort(&mut names);
    for name in names {
        let shown = |level: i16| match levels::metadata_name(level) {
            Some(known) if name == levels::METADATA_VERSION => known.to_owned(),
            _ => level.to_string(),
        };
        let (least, most) = levels::supported(name);
        let (least, most) = (shown(least), shown(most));
        let level = found.levels.iter().find(|(other, _)| other == name).map_or(0, |(_, level)| *level);
        let level = shown(level);
        io.print(format_args!(
            "Feature: {name:<41} SupportedMinVersion: {least:<16} SupportedMaxVersion: {most:<16} \
             FinalizedVersionLevel: {level:<16} Epoch: {}\n",
            found.epoch
        ));
    }
}

impl Program for Features {
    fn start(&mut self, io: &mut dyn Io) {
        if io.is_3_9()
            && let Some(code) = super::kraft_age::answer(io, "kafka-features", &self.args)
        {
            return io.exit(code);
        }
        match self.open(io) {
            Ok(None) => {}
            Ok(Some(code)) => self.finish(io, code),
            Err(text) => {
                io.err(&text);
                self.finish(io, 1);
            }
        }
    }

    fn on_client(&mut self, io: &mut dyn Io, _client: ClientId, event: ClientEvent) {
        match event {
            ClientEvent::Log(line) => kit::client_log(io, &line),
            ClientEvent::Answered { result: Ok(Response::ApiVersions(Some(found))), .. } => {
                describe(io, &found);
                self.finish(io, 0);
            }
            ClientEvent::Answered { result: Ok(Response::UpdateFeatures(outcome)), .. } => {
                let code = self.tell(io, &outcome);
                self.finish(io, code);
            }
            ClientEvent::Answered { result: Err(error), .. } => {
                let thrown = Thrown::from(error);
                if self.op == "describe" {
                    io.complain(format_args!("{}\n", thrown.head()));
                    return self.finish(io, 1);
                }
                let code = self
                    .tell(io, &Err((crate::protocol::ErrorCode::RequestTimedOut, thrown.message.clone())));
                self.finish(io, code);
            }
            _ => {}
        }
    }

    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        kit::interrupted(io, self.client.take(), signal);
    }
}
