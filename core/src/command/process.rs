//! A running command: a resumable state machine that is told what happened and answers through [`Io`].
//!
//! Nothing waits inside a program. It starts, returns, and is called again when a line is typed, a client has
//! something to tell, its alarm rings or a signal comes; so a sitting can be copied, saved and replayed at any
//! moment, and advancing by a and then by b is advancing by a + b.

use super::release::Release;
use crate::client::{BootstrapServer, ClientCall, ClientEvent, ClientSpec};
use crate::metadata::MetadataImage;
use crate::node::{ClientId, SimTime, Span};
use crate::view::SegmentFile;
use std::fmt::Arguments;

/// What a process is sent by the keyboard or by `kill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Signal {
    /// Ctrl-C: exit code 130.
    Interrupt,
    /// SIGTERM: exit code 143.
    Terminate,
    /// SIGKILL: the program is not asked; exit code 137.
    Kill,
}

/// What programs may do. The session implements it; tests can too.
pub trait Io {
    /// The moment.
    fn now(&self) -> SimTime;
    /// Prints on standard output.
    fn out(&mut self, text: &str);
    /// Prints on standard error.
    fn err(&mut self, text: &str);
    /// Prints on standard output what `format_args!` describes.
    fn print(&mut self, text: Arguments<'_>) {
        self.out(&text.to_string());
    }
    /// Prints on standard error what `format_args!` describes.
    fn complain(&mut self, text: Arguments<'_>) {
        self.err(&text.to_string());
    }
    /// A hint or note of Kafkascope for people at a terminal (no line break).
    fn note(&mut self, text: &str);
    /// Whether standard input is a terminal (then the console producer shows its `>`).
    fn is_terminal(&self) -> bool;
    /// The next line of standard input, as bytes without the line break, if one is there.
    fn read_line(&mut self) -> Option<Vec<u8>>;
    /// Whether standard input has ended (and every line of it was read).
    fn end_of_input(&self) -> bool;
    /// Reads a file of the small file system.
    fn read_file(&self, path: &str) -> Option<Vec<u8>>;
    /// Writes a file of the small file system. The error is a sentence.
    fn write_file(&mut self, _path: &str, _bytes: Vec<u8>) -> Result<(), String> {
        Ok(())
    }
    /// Whether a folder is there: whether any file is below it.
    fn has_folder(&self, _path: &str) -> bool {
        false
    }
    /// A segment in the data directory of a broker, if the path names one of its files.
    fn segment_file(&self, _path: &str) -> Option<SegmentFile> {
        None
    }
    /// What the metadata in a file says, and offset, epoch and time of the last batch in it.
    fn metadata(&self, _path: &str) -> Option<(MetadataImage, (i64, i32, i64))> {
        None
    }
    /// The directory of a running server in which a file lies.
    fn locked_directory(&self, _path: &str) -> Option<String> {
        None
    }
    /// Resolves one `host:port`: the error is for a host that does not exist.
    fn resolve(&self, host: &str, port: u16) -> Result<BootstrapServer, UnknownHost>;
    /// Starts a client; its events come to the program's `on_client`.
    fn open_client(&mut self, spec: ClientSpec) -> ClientId;
    /// Asks something of a client.
    fn call(&mut self, client: ClientId, call: ClientCall);
    /// Takes a client off the network at once, without good-bye (after [`ClientEvent::Closed`], or to crash it).
    fn drop_client(&mut self, client: ClientId);
    /// Calls the program's `on_wake` after a span; a later call replaces an earlier one.
    fn wake_after(&mut self, span: Span);
    /// A number from 0 to `bound` - 1, from the cluster's seed.
    fn chance(&mut self, bound: u32) -> u32;
    /// The Kafka that is spoken.
    fn release(&self) -> Release;
    /// Whether the tools are those of 3.9 or older, of the clusters with ZooKeeper.
    fn is_3_9(&self) -> bool {
        self.release() < Release::V4
    }
    /// The program is over.
    fn exit(&mut self, code: i32);
}

/// A host name that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownHost;

/// A program. Every official tool is one; the session keeps them in one closed enum ([`super::tools::Tool`]).
pub trait Program {
    /// Called once, when the process starts (after the tool's start-up time).
    fn start(&mut self, io: &mut dyn Io);
    /// A line of standard input is there, or its end.
    fn on_input(&mut self, _io: &mut dyn Io) {}
    /// A client of this program has something to tell.
    fn on_client(&mut self, _io: &mut dyn Io, _client: ClientId, _event: ClientEvent) {}
    /// The alarm rang.
    fn on_wake(&mut self, _io: &mut dyn Io) {}
    /// Ctrl-C or SIGTERM. The program finishes in its own time and exits with the code of the signal.
    fn on_signal(&mut self, io: &mut dyn Io, signal: Signal) {
        io.exit(if signal == Signal::Interrupt { 130 } else { 143 });
    }
    /// Whether it reads lines now (a console producer does, a consumer does not).
    fn reads_input(&self) -> bool {
        false
    }
    /// For programs that stream until they are stopped: when they last reached the end of what they read.
    /// `None` for all others, and while there is still something to read. Scripts stop them by this.
    fn idle_since(&self) -> Option<SimTime> {
        None
    }
    /// Whether this program streams until it is stopped.
    fn streams(&self) -> bool {
        false
    }
}
