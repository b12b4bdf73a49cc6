//! `expect`: check that something is the case.

use super::{Lab, Reply, Verb};
use crate::predicate::{self, Verdict};

pub(super) const VERB: Verb = Verb {
    name: "expect",
    summary: "check that something is the case, and say what is if not",
    usage: "expect PREDICATE   (help predicate tells all forms)",
    subverbs: &[],
    examples: &["expect partitions trucks_gps == 10", "expect no partition without leader"],
    refused: "expect partitions trucks_gps == 11",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    let words: Vec<String> = args.iter().map(|word| (*word).to_owned()).collect();
    let mut question = match predicate::parse(&words) {
        Ok(question) => question,
        Err(why) => return VERB.misused(lab, &why),
    };
    let mut verdict = Verdict { holds: false, text: String::new() };
    lab.facts(&mut |facts| {
        question.begin(facts);
        verdict = question.judge(facts);
    });
    if verdict.holds {
        lab.remark(format_args!("yes: {}", verdict.text));
        return Reply::DONE;
    }
    VERB.refuse(lab, &format!("not {}: {}", words.join(" "), verdict.text))
}
