//! `clock`: let time run, stop it, step through it.

use super::{Ask, Lab, Reply, Verb, span};

pub(super) const VERB: Verb = Verb {
    name: "clock",
    summary: "let time run, stop it, step through it, set its speed",
    usage: "clock show|play|pause\nclock step [TIME]   (without a time: to the next thing that happens)\nclock speed N   (1 is real time, 0.25 slow motion)",
    subverbs: &["show", "play", "pause", "step", "speed"],
    examples: &["clock show", "clock pause", "clock step 100ms", "clock speed 0.5", "clock play"],
    refused: "clock speed 0",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["show"] | [] => {
            let clock = lab.clock();
            let state = if clock.playing { "playing" } else { "paused" };
            let (whole, part) = (clock.speed_permille / 1_000, clock.speed_permille % 1_000);
            let part = format!("{part:03}");
            let speed = format!("{whole}.{}", part.trim_end_matches('0'));
            lab.print(format_args!("{} {state}, speed {}\n", clock.now, speed.trim_end_matches('.')));
            Reply::DONE
        }
        ["play"] => VERB.ask(lab, Ask::Play(true)),
        ["pause"] => VERB.ask(lab, Ask::Play(false)),
        ["step"] => VERB.ask(lab, Ask::Step(None)),
        ["step", time] => match span(time) {
            Ok(time) => VERB.ask(lab, Ask::Step(Some(time))),
            Err(why) => VERB.misused(lab, &why),
        },
        ["speed", speed] => match permille(speed) {
            Some(speed) => VERB.ask(lab, Ask::Speed(speed)),
            None => VERB.misused(lab, &format!("`{speed}` is no speed from 0.001 to 1000")),
        },
        [other, ..] => VERB.misused(lab, &format!("`{other}` is unknown")),
    }
}

/// `0.25` is 250.
fn permille(text: &str) -> Option<u32> {
    let text = text.trim_end_matches(['x', '×']);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    whole.checked_mul(1_000)?.checked_add(part).filter(|speed| (1..=1_000_000).contains(speed))
}

#[cfg(test)]
mod tests {
    use super::permille;

    #[test]
    fn speeds_are_decimal_numbers() {
        assert_eq!(
            [permille("1"), permille("0.25"), permille(".5"), permille("10x")],
            [Some(1_000), Some(250), Some(500), Some(10_000)]
        );
        assert_eq!([permille("0"), permille("-1"), permille("fast"), permille("1001")], [None; 4]);
    }
}
