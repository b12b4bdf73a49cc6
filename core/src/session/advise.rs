//! Hints below what a command said: which word was wrong, and what it was probably meant to be.

use super::Session;
use crate::command::advice::{self, Advice, Scene};
use crate::language::Diagnostic;

/// Exit codes of commands that were ended from outside.
const ENDED: [i32; 4] = [124, 130, 137, 143];

impl Session {
    /// Looks at the text of a job that ended with this code, and tells what was wrong with it.
    pub(super) fn advise(&mut self, id: u32, code: i32) {
        let Some(job) = self.jobs.get(&id) else { return };
        let text = job.text.clone();
        let failed = code != 0 && !ENDED.contains(&code);
        let release = self.config.release_of(self.sim.has_zookeeper());
        let mut scene = Scene { release, topics: Vec::new(), groups: Vec::new() };
        if failed {
            let view = self.view();
            scene.topics = view.topics.iter().map(|topic| topic.name.to_string()).collect();
            scene.groups = view.groups.iter().map(|group| group.group.to_string()).collect();
        }
        for advice in advice::look(&text, &scene, failed) {
            self.print(id, super::api::Stream::Note, (advice::show(&text, &advice) + "\n").as_bytes());
        }
    }

    /// Shows where a line could not be read.
    pub(super) fn point_at(&mut self, terminal: u32, text: &str, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let says = diagnostic.hint.clone().unwrap_or_else(|| "here".to_owned());
            let advice = Advice { extent: diagnostic.extent, says, always: true };
            self.say(terminal, &advice::show(text, &advice));
        }
    }
}
