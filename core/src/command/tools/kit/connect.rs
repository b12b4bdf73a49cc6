//! From `--bootstrap-server` and settings to a client.

use super::{Settings, Thrown, log, parse_properties};
use crate::client::{BootstrapServer, ClientSpec, CommonConfig};
use crate::command::options::Parsed;
use crate::command::process::Io;
use crate::command::release::Release;
use crate::metadata::config::{Check, ConfigType};
use crate::node::ClientId;

/// Resolves a list of servers as Kafka's `ClientUtils` does; those that do not resolve are logged.
pub fn bootstrap(io: &mut dyn Io, servers: &str) -> Result<Vec<BootstrapServer>, Thrown> {
    let mut found = Vec::new();
    for server in servers.split(',').map(str::trim).filter(|server| !server.is_empty()) {
        let Some((host, port)) = host_and_port(server) else {
            return Err(Thrown::config(format!("Invalid url in bootstrap.servers: {server}")));
        };
        let Ok(port) = u16::try_from(port) else {
            return Err(Thrown::config(format!("Invalid port in bootstrap.servers: {server}")));
        };
        match io.resolve(host, port) {
            Ok(server) => found.push(server),
            Err(_) => {
                let message = format!(
                    "Couldn't resolve server {server} from bootstrap.servers as DNS resolution failed for {host}"
                );
                log(io, "WARN", &message, "org.apache.kafka.clients.ClientUtils");
            }
        }
    }
    if found.is_empty() {
        return Err(Thrown::config("No resolvable bootstrap urls given in bootstrap.servers"));
    }
    Ok(found)
}

/// What a list of servers must be since 4.x: every name is there, and one that comes twice is dropped with a warning.
fn check_servers(io: &mut dyn Io, servers: &str) -> Result<(), Thrown> {
    if io.release() < Release::V4 || servers.trim().is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = servers.split(',').map(str::trim).collect();
    let mut distinct: Vec<&str> = Vec::new();
    for name in &names {
        if !distinct.contains(name) {
            distinct.push(name);
        }
    }
    if distinct.len() < names.len() {
        let message = format!(
            "Configuration key \"bootstrap.servers\" contains duplicate values. Duplicates will be removed. The \
             original value is: [{}], the updated value is: [{}]",
            names.join(", "),
            distinct.join(", ")
        );
        log(io, "WARN", &message, "org.apache.kafka.common.config.ConfigDef");
    }
    if distinct.contains(&"") {
        return Err(Thrown::config("Configuration 'bootstrap.servers' values must not be empty."));
    }
    Ok(())
}

/// The servers of a client: what is wrong with the list itself nobody takes for his own, everything else is why the
/// client `failed` to be made.
pub fn client_servers(io: &mut dyn Io, servers: &str, failed: &str) -> Result<Vec<BootstrapServer>, Thrown> {
    check_servers(io, servers)?;
    bootstrap(io, servers).map_err(|thrown| thrown.inside("org.apache.kafka.common.KafkaException", failed))
}

/// Whether every server of a list names its port.
#[must_use]
pub fn has_ports(servers: &str) -> bool {
    // Java forgets what is empty at the end.
    servers.trim_end_matches(',').split(',').all(|server| host_and_port(server.trim()).is_some())
}

fn host_and_port(server: &str) -> Option<(&str, u32)> {
    let server = server.split_once("://").map_or(server, |(_, rest)| rest);
    let (host, port) = server.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-%._:".contains(&byte);
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (digits && host.bytes().all(known)).then(|| (host, port.parse().unwrap_or(u32::MAX)))
}

/// Settings of all clients that change nothing here, and what they may be.
const OTHERS: &[(&str, ConfigType, Check)] = &[
    (
        "client.dns.lookup",
        ConfigType::Text,
        Check::OneOf("use_all_dns_ips, resolve_canonical_bootstrap_servers_only"),
    ),
    ("send.buffer.bytes", ConfigType::Int, Check::AtLeast(-1)),
    ("receive.buffer.bytes", ConfigType::Int, Check::AtLeast(-1)),
    ("metrics.sample.window.ms", ConfigType::Long, Check::AtLeast(0)),
    ("metrics.num.samples", ConfigType::Int, Check::AtLeast(1)),
    ("metrics.recording.level", ConfigType::Text, Check::OneOf("INFO, DEBUG, TRACE")),
    ("connections.max.idle.ms", ConfigType::Long, Check::Any),
    ("security.protocol", ConfigType::Text, Check::OneOfAnyCase("SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT")),
    ("metadata.recovery.strategy", ConfigType::Text, Check::OneOfAnyCase("REBOOTSTRAP, NONE")),
];

/// The settings that all clients share.
pub fn common_config(
    settings: &Settings,
    client_id: &str,
    servers: Vec<BootstrapServer>,
) -> Result<CommonConfig, Thrown> {
    let mut common = CommonConfig::new(settings.get("client.id").unwrap_or(client_id), servers);
    let from_zero = Check::AtLeast(0);
    settings.long("metadata.max.age.ms", from_zero, &mut common.metadata_max_age_ms)?;
    settings.int_as("request.timeout.ms", from_zero, &mut common.request_timeout_ms)?;
    settings.long("retry.backoff.ms", from_zero, &mut common.retry_backoff_ms)?;
    settings.long("retry.backoff.max.ms", from_zero, &mut common.retry_backoff_max_ms)?;
    settings.long("reconnect.backoff.ms", from_zero, &mut common.reconnect_backoff_ms)?;
    settings.long("reconnect.backoff.max.ms", from_zero, &mut common.reconnect_backoff_max_ms)?;
    settings.int_as("default.api.timeout.ms", from_zero, &mut common.default_api_timeout_ms)?;
    settings.boolean("allow.auto.create.topics", &mut common.allow_auto_create_topics)?;
    settings.check_all(OTHERS)?;
    Ok(common)
}

/// The settings in the file that an option names; none if the option was not given.
pub fn load(io: &mut dyn Io, options: &Parsed, option: &str) -> Result<Vec<(String, String)>, Thrown> {
    let Some(path) = options.value(option)? else { return Ok(Vec::new()) };
    match io.read_file(path) {
        Some(file) => Ok(parse_properties(&file)),
        None => Err(Thrown::no_file(path)),
    }
}

/// Starts an admin client as `--bootstrap-server`, or `--bootstrap-controller`, and `--command-config` tell.
pub fn open_admin(io: &mut dyn Io, options: &Parsed, client_id: &str) -> Result<ClientId, Thrown> {
    open_admin_with(io, options, &["command-config"], Settings::default(), client_id)
}

/// The same for a tool whose option for the settings file has several names, or that has settings of its own, over
/// which those of the file win.
pub fn open_admin_with(
    io: &mut dyn Io,
    options: &Parsed,
    file_options: &[&str],
    mut settings: Settings,
    client_id: &str,
) -> Result<ClientId, Thrown> {
    for name in file_options {
        settings.extend(load(io, options, name)?);
    }
    if let Some(controllers) = options.value("bootstrap-controller")? {
        return open_admin_at(io, (controllers, true), &settings, client_id);
    }
    let servers = match options.value("bootstrap-server")? {
        Some(servers) => servers,
        None => options.value("broker-list")?.unwrap_or_default(),
    };
    open_admin_at(io, (servers, false), &settings, client_id)
}

/// The same with the servers, whether they shall be controllers, and all settings given.
pub fn open_admin_at(
    io: &mut dyn Io,
    (servers, controllers): (&str, bool),
    settings: &Settings,
    client_id: &str,
) -> Result<ClientId, Thrown> {
    check_servers(io, servers)?;
    let names_nobody = servers.split(',').all(|server| server.trim().is_empty());
    let found = if names_nobody && io.release() > Release::V2 {
        Err(Thrown::config("You must set either bootstrap.servers or bootstrap.controllers"))
    } else {
        bootstrap(io, servers)
    };
    match found.and_then(|servers| common_config(settings, client_id, servers)) {
        Ok(config) => Ok(io.open_client(ClientSpec::Admin(CommonConfig { controllers, ..config }))),
        Err(thrown) => {
            Err(thrown
                .inside("org.apache.kafka.common.KafkaException", "Failed to create new KafkaAdminClient"))
        }
    }
}

/// Starts an admin client at servers that are known already.
pub fn admin_at(io: &mut dyn Io, servers: Vec<BootstrapServer>, client_id: &str) -> Result<ClientId, Thrown> {
    let config = common_config(&Settings::default(), client_id, servers)?;
    Ok(io.open_client(ClientSpec::Admin(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_needs_a_port() {
        assert!(has_ports("localhost:9092,10.0.0.1:9093"));
        assert!(has_ports("PLAINTEXT://localhost:9092"));
        assert!(!has_ports("localhost"));
        assert!(!has_ports("localhost:abc"));
        assert_eq!(host_and_port("[::1]:9092"), Some(("::1", 9092)));
        assert_eq!(host_and_port("h:99999999999"), Some(("h", u32::MAX)));
    }
}
