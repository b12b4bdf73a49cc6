//! What people do on the page. Components send actions; only the app carries them out.

use kafkascope_core::node::BrokerId;
use kafkascope_core::protocol::TopicPartition;

/// One thing done on the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A click that has a command: it is typed, echoed and run in a terminal at its prompt.
    Run(String),
    /// Puts a command at the prompt; it is not run.
    Prompt(String),
    /// A line was entered in a terminal.
    Line(u32, String),
    /// Several lines were pasted into a terminal: one after the other.
    Paste(u32, Vec<String>),
    /// Ctrl-C.
    Interrupt(u32),
    /// Ctrl-D.
    EndOfInput(u32),
    /// Another terminal.
    OpenTerminal,
    /// A terminal less.
    CloseTerminal(u32),
    /// A terminal is looked at.
    ShowTerminal(u32),
    /// All terminals side by side, or one.
    Split(bool),
    /// What was entered in the terminal looked at is copied as a script.
    CopyScript,
    /// The height of the terminals was dragged.
    TerminalHeight(i32),
    /// Something is inspected, or nothing.
    Select(Option<Selection>),
    /// Something in the panel that names parts of the picture is pointed at, or nothing.
    Point(Option<Naming>),
    /// A partition of the map comes under the lens, so far from the map's left edge; or none does.
    Lens(Option<TopicPartition>, i32),
    /// A tab is looked at.
    Tab(Tab),
    /// A topic's band was opened or closed.
    Toggle(String),
    /// Light or dark.
    Theme,
    /// Play or pause.
    PlayPause,
    /// On to the next message.
    Step,
    /// The hint was put away.
    HideHint,
    /// The control strip was opened or closed.
    Strip,
    /// A moment of the timeline, in microseconds, is looked at.
    Look(u64),
    /// The mark of the timeline after this moment, or before it, is looked at.
    Beside(bool),
    /// The present is looked at again.
    Present,
    /// Time goes on from the moment that is looked at.
    GoOn,
    /// The last thing that was done is taken back.
    Undo,
    /// The sitting is put into a link.
    Share,
    /// The notice was put away.
    HideNotice,
}

/// What the page has to say about the sitting as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A link was made, or none could be.
    Link(Option<String>),
    /// The link of the address could not be opened, for this reason.
    Broken(String),
    /// This was taken back.
    Undone(String),
    /// There is nothing to take back.
    Nothing,
}

/// What names parts of the picture, and lights them up when it is pointed at or has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// An event by its number.
    Event(u64),
    /// A goal of the open lesson, counted from 0.
    Goal(usize),
}

/// What is inspected.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// A broker.
    Broker(BrokerId),
    /// A partition, and perhaps one of its replicas.
    Partition(TopicPartition, Option<BrokerId>),
    /// A record.
    Record(TopicPartition, i64),
    /// A topic.
    Topic(String),
    /// A group, and perhaps one of its members.
    Group(String, Option<String>),
    /// A producer, by its client number.
    Producer(u32),
    /// An event by its number.
    Event(u64),
    /// The control plane, and in a cluster with ZooKeeper the path of a znode.
    Controllers(String),
    /// All marks and keys.
    Marks,
}

/// The tabs. Which of them exist depends on the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The stage, where it does not always show.
    Map,
    /// The terminals, where they do not always show.
    Terminal,
    /// The lesson.
    Lesson,
    /// What was clicked.
    Inspect,
    /// The events, where they are not docked.
    Events,
}
