//! `lesson` and `scenario`.

use super::{Ask, CourseQuestion, Lab, Reply, Verb};

pub(super) const LESSON: Verb = Verb {
    name: "lesson",
    summary: "learn Kafka step by step on this cluster",
    usage: "lesson list\nlesson start NAME\nlesson hint|check|solution|next",
    subverbs: &["list", "start", "hint", "check", "solution", "next"],
    examples: &["lesson list", "lesson start topics", "lesson hint", "lesson solution"],
    refused: "lesson start cooking",
    run: lesson,
};

pub(super) const SCENARIO: Verb = Verb {
    name: "scenario",
    summary: "load a ready-made cluster",
    usage: "scenario list\nscenario load NAME",
    subverbs: &["list", "load"],
    examples: &["scenario list", "scenario load trucks_gps"],
    refused: "scenario load atlantis",
    run: scenario,
};

fn lesson(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => tell(&LESSON, lab, CourseQuestion::Lessons),
        ["check"] => tell(&LESSON, lab, CourseQuestion::Check),
        ["start", name] => LESSON.ask(lab, Ask::LessonStart((*name).to_owned())),
        ["start"] => LESSON.misused(lab, "which lesson? `lesson list` names them"),
        ["hint"] => LESSON.ask(lab, Ask::LessonHint),
        ["solution"] => LESSON.ask(lab, Ask::LessonSolution),
        ["next"] => LESSON.ask(lab, Ask::LessonNext),
        [other, ..] => LESSON.misused(lab, &format!("`{other}` is unknown")),
    }
}

fn scenario(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => tell(&SCENARIO, lab, CourseQuestion::Scenarios),
        ["load", name] => SCENARIO.ask(lab, Ask::Scenario((*name).to_owned())),
        _ => SCENARIO.misused(lab, "list or load, and a name"),
    }
}

fn tell(verb: &Verb, lab: &mut dyn Lab, question: CourseQuestion) -> Reply {
    match lab.course(question) {
        Ok(text) => {
            lab.out(&text);
            Reply::DONE
        }
        Err(why) => verb.refuse(lab, &why),
    }
}
