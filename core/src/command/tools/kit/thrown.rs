//! A Java exception on its way to the terminal.

use crate::client::ClientError;
use crate::command::options::OptionError;
use crate::command::release::Release;
use crate::metadata::config::ConfigProblem;
use crate::protocol::ErrorCode;

const KAFKA_EXCEPTION: &str = "org.apache.kafka.common.KafkaException";

/// An exception on its way through the tool: one word that is cheap to hand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown(Box<Exception>);

/// An exception: class, sentence and the exceptions behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Full class name.
    pub class: String,
    /// Its sentence; may be empty.
    pub message: String,
    /// The exceptions behind it, each as `class: sentence`, outermost first.
    pub causes: Vec<String>,
}

impl std::ops::Deref for Thrown {
    type Target = Exception;

    fn deref(&self) -> &Exception {
        &self.0
    }
}

impl Thrown {
    /// An exception of this class.
    pub fn new(class: &str, message: impl Into<String>) -> Thrown {
        Thrown::because(class.to_owned(), message.into(), Vec::new())
    }

    fn because(class: String, message: String, causes: Vec<String>) -> Thrown {
        Thrown(Box::new(Exception { class, message, causes }))
    }

    /// An `IllegalArgumentException`.
    pub fn illegal(message: impl Into<String>) -> Thrown {
        Thrown::new("java.lang.IllegalArgumentException", message)
    }

    /// A `ConfigException`.
    pub fn config(message: impl Into<String>) -> Thrown {
        Thrown::new("org.apache.kafka.common.config.ConfigException", message)
    }

    /// A file that does not exist.
    pub fn no_file(path: &str) -> Thrown {
        Thrown::new("java.nio.file.NoSuchFileException", path)
    }

    /// What `Utils.readFileAsString` throws if there is no such file.
    #[must_use]
    pub fn unreadable(path: &str) -> Thrown {
        Thrown::no_file(path).inside("java.io.IOException", format!("Unable to read file {path}"))
    }

    /// A text that is no whole number.
    pub fn no_number(text: &str) -> Thrown {
        Thrown::new("java.lang.NumberFormatException", format!("For input string: \"{text}\""))
    }

    /// The exception of an error code.
    pub fn of(code: ErrorCode) -> Thrown {
        Thrown::from(ClientError::of(code, None))
    }

    /// Other words for a part of the sentence, as another release has them.
    pub fn reword(&mut self, new: &str, old: &str) {
        if self.0.message.contains(new) {
            self.0.message = self.0.message.replace(new, old);
        }
    }

    /// Another package for its class, as another release has it.
    pub fn repack(&mut self, new: &str, old: &str) {
        self.0.class = self.0.class.replacen(new, old, 1);
    }

    /// An exception of Kafka's tools in the package in which a release has it.
    #[must_use]
    pub fn packed(mut self, release: Release) -> Thrown {
        let package = match release {
            Release::V4 => return self,
            Release::V3 => "org.apache.kafka.server.common.Admin",
            // 2.8 had its two exceptions in two packages.
            Release::V1 | Release::V2 if self.class.ends_with(".AdminOperationException") => {
                "kafka.admin.Admin"
            }
            Release::V1 | Release::V2 => "kafka.common.Admin",
        };
        self.repack("org.apache.kafka.tools.Admin", package);
        if release <= Release::V2 {
            // Scala's name for it.
            self.reword("Expected `Integer` value", "Expected `Int` value");
        }
        self
    }

    /// This exception behind another one.
    #[must_use]
    pub fn inside(self, class: &str, message: impl Into<String>) -> Thrown {
        self.behind(class, message.into())
    }

    fn behind(mut self, class: &str, message: String) -> Thrown {
        let head = self.head();
        self.0.causes.insert(0, head);
        Thrown::because(class.to_owned(), message, self.0.causes)
    }

    /// This exception as the cause of a failed future.
    #[must_use]
    pub fn in_execution(self) -> Thrown {
        let message = self.head();
        self.inside("java.util.concurrent.ExecutionException", message)
    }

    /// What stands behind an exception that only carries another one.
    #[must_use]
    pub fn inner(mut self) -> Thrown {
        let wrapping =
            ["java.util.concurrent.ExecutionException", "java.lang.RuntimeException", KAFKA_EXCEPTION];
        if !wrapping.contains(&self.class.as_str()) || self.causes.is_empty() {
            return self;
        }
        let head = self.0.causes.remove(0);
        let (class, message) = head.split_once(": ").unwrap_or((&head, ""));
        Thrown::because(class.to_owned(), message.to_owned(), self.0.causes)
    }

    /// `class: sentence`, Java's `toString`.
    #[must_use]
    pub fn head(&self) -> String {
        if self.message.is_empty() { self.class.clone() } else { format!("{}: {}", self.class, self.message) }
    }

    /// The stack trace without its frames, every line ended.
    #[must_use]
    pub fn trace(&self) -> String {
        let mut text = self.head() + "\n";
        for cause in &self.causes {
            text.push_str("Caused by: ");
            text.push_str(cause);
            text.push('\n');
        }
        text
    }
}

impl From<OptionError> for Thrown {
    fn from(error: OptionError) -> Thrown {
        Thrown::because(error.class().to_owned(), error.message(), error.causes())
    }
}

impl From<ConfigProblem> for Thrown {
    fn from(problem: ConfigProblem) -> Thrown {
        Thrown::new(problem.class(), problem.message())
    }
}

impl From<ClientError> for Thrown {
    fn from(error: ClientError) -> Thrown {
        let mut thrown = Thrown::because(error.class, error.message, Vec::new());
        if let Some((class, message)) = error.cause {
            thrown.0.causes.push(if message.is_empty() { class } else { format!("{class}: {message}") });
        }
        thrown
    }
}
