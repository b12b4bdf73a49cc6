//! The text of a snapshot: JSON that people can read, compare and cut.

use super::api::{ClusterConfig, Input};
use crate::json::{self, Fault, Reader};
use std::fmt::Write;

/// The version of the text.
const FORMAT: u32 = 1;

/// What a snapshot holds.
#[derive(Debug, PartialEq)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(super) struct Snapshot {
    pub format: u32,
    pub config: ClusterConfig,
    pub inputs: Vec<Input>,
    /// In hexadecimal: the numbers of many readers of JSON are too short for it.
    pub digest: String,
}

/// Writes a snapshot.
pub(super) fn write(config: &ClusterConfig, inputs: &[Input], digest: &str) -> String {
    let mut out = format!("{{\"format\":{FORMAT},\"config\":{{\"seed\":{},\"brokers\":", config.seed);
    json::list(&mut out, &config.brokers, number);
    out.push_str(&format!(",\"controllers\":{},\"properties\":", config.controllers));
    json::list(&mut out, &config.properties, |out, (key, value)| {
        json::list(out, &[key, value], |out, text| json::quote(out, text));
    });
    out.push_str(",\"kafka_version\":");
    json::quote(&mut out, &config.kafka_version);
    out.push_str(&format!(",\"tool_startup_us\":{}}},\"inputs\":", config.tool_startup_us));
    json::list(&mut out, inputs, write_input);
    out.push_str(",\"digest\":");
    json::quote(&mut out, digest);
    out.push('}');
    out
}

fn number(out: &mut String, number: &impl std::fmt::Display) {
    // Writing into a text cannot fail.
    let _ = write!(out, "{number}");
}

fn write_input(out: &mut String, input: &Input) {
    let of_terminal = |name: &str, terminal: &u32| format!("{{\"{name}\":{{\"terminal\":{terminal}");
    let of_text = |name: &str, text: &str| format!("{{\"{name}\":{{\"text\":{}", json::quoted(text));
    let beginning = match input {
        Input::OpenTerminal => return out.push_str("\"OpenTerminal\""),
        Input::ScriptEnd => return out.push_str("\"ScriptEnd\""),
        Input::Advance { us } => format!("{{\"Advance\":{{\"us\":{us}"),
        Input::CloseTerminal { terminal } => of_terminal("CloseTerminal", terminal),
        Input::Interrupt { terminal } => of_terminal("Interrupt", terminal),
        Input::EndOfInput { terminal } => of_terminal("EndOfInput", terminal),
        Input::Line { terminal, text } => {
            format!("{},\"text\":{}", of_terminal("Line", terminal), json::quoted(text))
        }
        Input::Script { text } => of_text("Script", text),
        Input::ScriptLine { text, stdin } => {
            let mut beginning = of_text("ScriptLine", text);
            beginning.push_str(",\"stdin\":");
            match stdin {
                Some(lines) => json::list(&mut beginning, lines, |out, line| json::quote(out, line)),
                None => beginning.push_str("null"),
            }
            beginning
        }
        Input::PutFile { path, bytes } => {
            let mut beginning = format!("{{\"PutFile\":{{\"path\":{},\"bytes\":", json::quoted(path));
            json::list(&mut beginning, bytes, number);
            beginning
        }
    };
    out.push_str(&beginning);
    out.push_str("}}");
}

/// Reads a snapshot; the error is a sentence.
pub(super) fn read(text: &str) -> Result<Snapshot, String> {
    let config = ClusterConfig::default();
    let mut snapshot = Snapshot { format: FORMAT, config, inputs: Vec::new(), digest: String::new() };
    let read = read_snapshot(&mut Reader::new(text), &mut snapshot);
    if snapshot.format != FORMAT {
        return Err(format!("the snapshot has format {}, this version reads {FORMAT}", snapshot.format));
    }
    read.map_err(|why| format!("this is not a snapshot: {why}"))?;
    Ok(snapshot)
}

fn read_snapshot(reader: &mut Reader<'_>, snapshot: &mut Snapshot) -> Result<(), Fault> {
    let mut missing = Missing::of(["format", "config", "inputs", "digest"]);
    reader.object(&mut |reader, field| {
        missing.found(reader, field)?;
        match field {
            "format" => snapshot.format = reader.number()?,
            "config" => snapshot.config = read_config(reader)?,
            "inputs" => reader.list(&mut |reader| {
                snapshot.inputs.push(read_input(reader)?);
                Ok(())
            })?,
            _ => snapshot.digest = reader.text()?,
        }
        Ok(())
    })?;
    missing.none(reader)?;
    reader.end()
}

fn read_config(reader: &mut Reader<'_>) -> Result<ClusterConfig, Fault> {
    let mut config = ClusterConfig { brokers: Vec::new(), ..ClusterConfig::default() };
    let mut missing =
        Missing::of(["seed", "brokers", "controllers", "properties", "kafka_version", "tool_startup_us"]);
    reader.object(&mut |reader, field| {
        missing.found(reader, field)?;
        match field {
            "seed" => config.seed = reader.number()?,
            "brokers" => reader.list(&mut |reader| {
                config.brokers.push(reader.number()?);
                Ok(())
            })?,
            "controllers" => config.controllers = reader.number()?,
            "properties" => reader.list(&mut |reader| match <[String; 2]>::try_from(texts(reader)?) {
                Ok([key, value]) => {
                    config.properties.push((key, value));
                    Ok(())
                }
                Err(_) => Err(reader.fault("a key and a value are expected")),
            })?,
            "kafka_version" => config.kafka_version = reader.text()?,
            _ => config.tool_startup_us = reader.number()?,
        }
        Ok(())
    })?;
    missing.none(reader)?;
    Ok(config)
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut texts = Vec::new();
    reader.list(&mut |reader| {
        texts.push(reader.text()?);
        Ok(())
    })?;
    Ok(texts)
}

fn read_input(reader: &mut Reader<'_>) -> Result<Input, Fault> {
    if reader.peek() == Some(b'"') {
        return match reader.text()?.as_str() {
            "OpenTerminal" => Ok(Input::OpenTerminal),
            "ScriptEnd" => Ok(Input::ScriptEnd),
            _ => Err(reader.fault(UNKNOWN_INPUT)),
        };
    }
    let mut input = None;
    reader.object(&mut |reader, name| {
        input = Some(read_fields(reader, name)?);
        Ok(())
    })?;
    input.ok_or_else(|| reader.fault(UNKNOWN_INPUT))
}

const UNKNOWN_INPUT: &str = "this is no input that this version knows";

/// The fields of an input, which take the same form in all of them.
fn read_fields(reader: &mut Reader<'_>, name: &str) -> Result<Input, Fault> {
    let mut missing = match name {
        "Advance" => Missing::of(["us"]),
        "CloseTerminal" | "Interrupt" | "EndOfInput" => Missing::of(["terminal"]),
        "Line" => Missing::of(["terminal", "text"]),
        "Script" => Missing::of(["text"]),
        "ScriptLine" => Missing::of(["text", "stdin"]),
        "PutFile" => Missing::of(["path", "bytes"]),
        _ => return Err(reader.fault(UNKNOWN_INPUT)),
    };
    let (mut us, mut terminal, mut text, mut path) = (0, 0, String::new(), String::new());
    let (mut stdin, mut bytes) = (None, Vec::new());
    reader.object(&mut |reader, field| {
        missing.found(reader, field)?;
        match field {
            "us" => us = reader.number()?,
            "terminal" => terminal = reader.number()?,
            "text" => text = reader.text()?,
            "path" => path = reader.text()?,
            "stdin" => stdin = if reader.null() { None } else { Some(texts(reader)?) },
            _ => reader.list(&mut |reader| {
                bytes.push(reader.number()?);
                Ok(())
            })?,
        }
        Ok(())
    })?;
    missing.none(reader)?;
    Ok(match name {
        "Advance" => Input::Advance { us },
        "CloseTerminal" => Input::CloseTerminal { terminal },
        "Interrupt" => Input::Interrupt { terminal },
        "EndOfInput" => Input::EndOfInput { terminal },
        "Line" => Input::Line { terminal, text },
        "Script" => Input::Script { text },
        "ScriptLine" => Input::ScriptLine { text, stdin },
        _ => Input::PutFile { path, bytes },
    })
}

/// The fields of an object that were not there yet.
struct Missing(Vec<&'static str>);

impl Missing {
    fn of<const N: usize>(fields: [&'static str; N]) -> Missing {
        Missing(fields.to_vec())
    }

    fn found(&mut self, reader: &Reader<'_>, field: &str) -> Result<(), Fault> {
        let before = self.0.len();
        self.0.retain(|missing| *missing != field);
        if self.0.len() < before { Ok(()) } else { Err(reader.fault("this field is unknown or comes twice")) }
    }

    fn none(&self, reader: &Reader<'_>) -> Result<(), Fault> {
        self.0.first().map_or(Ok(()), |field| Err(reader.fault_of("there is no field ", field)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Snapshot {
        let text = || "a \"quoted\"\ttext\n".to_owned();
        let terminal = 7;
        Snapshot {
            format: FORMAT,
            config: ClusterConfig {
                seed: u64::MAX,
                brokers: vec![-1, 101],
                properties: vec![(text(), text()), (text(), String::new())],
                ..ClusterConfig::default()
            },
            inputs: vec![
                Input::Advance { us: 5 },
                Input::OpenTerminal,
                Input::CloseTerminal { terminal },
                Input::Line { terminal, text: text() },
                Input::Interrupt { terminal },
                Input::EndOfInput { terminal },
                Input::Script { text: text() },
                Input::ScriptLine { text: text(), stdin: None },
                Input::ScriptLine { text: text(), stdin: Some(vec![text(), text()]) },
                Input::ScriptEnd,
                Input::PutFile { path: text(), bytes: vec![0, 255] },
            ],
            digest: "0123".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_what_serde_writes_and_is_read_again() {
        let snapshot = all();
        let text = write(&snapshot.config, &snapshot.inputs, &snapshot.digest);
        assert_eq!(text, serde_json::to_string(&snapshot).unwrap());
        assert_eq!(read(&text).unwrap(), snapshot);
        let pretty = serde_json::to_string_pretty(&snapshot).unwrap();
        assert_eq!(read(&pretty).unwrap(), snapshot);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let refused = |text: &str| read(text).unwrap_err();
        assert_eq!(refused("{}"), "this is not a snapshot: there is no field format (byte 2)");
        assert_eq!(refused("[]"), "this is not a snapshot: an object is expected (byte 0)");
        assert_eq!(
            refused("{\"format\":2,\"new\":[1.5]}"),
            "the snapshot has format 2, this version reads 1"
        );
        assert_eq!(
            refused("{\"format\":1,\"inputs\":[{\"Fly\":{}}]}"),
            "this is not a snapshot: this is no input that this version knows (byte 29)"
        );
        let good = write(&all().config, &all().inputs, "0");
        for length in 0..good.len() {
            assert!(read(&good[..length]).is_err(), "{length}");
        }
        for (part, other) in [
            ("\"seed\":", "\"soul\":"),
            ("\"controllers\":1", "\"controllers\":-1"),
            ("{\"us\":5}", "{\"us\":5,\"us\":5}"),
            ("[0,255]", "[0,256]"),
            ("{\"us\":5}", "{}"),
            ("[-1,101]", "[-1 101]"),
        ] {
            assert!(good.contains(part), "{part}");
            assert!(read(&good.replace(part, other)).is_err(), "{other}");
        }
    }
}
