//! The open lesson with its goals, or the course to choose from.

use super::figure::figure;
use super::icon;
use crate::action::Action;
use crate::markup::{Value, act, copied, each, markup};
use crate::prose::{self, Block, Span};
use kafkascope_core::session::api::{GoalView, LessonSummary, LessonView};
use yew::prelude::*;

/// See [`lesson`].
pub struct Props<'a> {
    /// The open lesson.
    pub lesson: Option<&'a LessonView>,
    /// All lessons.
    pub course: &'a [LessonSummary],
    /// Where actions go.
    pub act: &'a Callback<Action>,
}

/// See the module.
pub fn lesson(props: &Props<'_>) -> Html {
    markup!(
        "<div data-testid='lesson-panel'>{lesson}{course}</div>",
        lesson = props.lesson.map_or_else(figure, |lesson| open(lesson, props.act)),
        course = (!props.course.is_empty()).then(|| course(props)),
    )
}

fn run(to: &Callback<Action>, command: &str) -> Value {
    act(to, Action::Run(command.to_owned()))
}

fn course(props: &Props<'_>) -> Html {
    let solved = props.course.iter().filter(|l| l.solved).count();
    let total = props.course.len();
    let first_open = props.course.iter().position(|l| !l.solved);
    let rows = each(props.course.iter().enumerate(), |(index, lesson)| {
        let state = match lesson {
            l if l.open => "open",
            l if l.solved => "done",
            _ if first_open == Some(index) => "Start",
            _ => "",
        };
        let command = format!("lesson start {}", lesson.id);
        markup!(
            "<li key={index} class={open}>\
                <button onclick={start} title={command}>\
                    <span class='no'>{number}</span><span class='t'>{title}</span><span class={class}>{state}</span>\
                </button>\
            </li>",
            index,
            open = lesson.open.then_some("open"),
            start = run(props.act, &command),
            command,
            number = lesson.number,
            title = &lesson.title,
            class = if state == "Start" { "s go" } else { "s" },
            state,
        )
    });
    markup!(
        "<div class='sec'>\
            <div class='sechead'><h3>Course</h3><span>{solved}</span></div><ul class='course'>{rows}</ul>\
        </div>",
        solved = format!("{solved} of {total} lessons"),
        rows,
    )
}

fn open(lesson: &LessonView, act: &Callback<Action>) -> Html {
    let reached = lesson.goals.iter().filter(|g| g.done).count();
    let next = lesson.goals.iter().enumerate().find(|(_, g)| !g.done).map(|next| {
        markup!(
            "<div class='sec nextgoal' aria-live='polite'><span>{reached}</span>{goal}</div>",
            reached = format!("{reached} of {} goals reached. Next:", lesson.goals.len()),
            goal = goal(next),
        )
    });
    let solution = lesson
        .solution
        .as_ref()
        .map(|lines| markup!("<h3>A solution</h3>{lines}", lines = each(lines, |line| command(line, act))));
    markup!(
        "<article class='sec prose'>\
            <div class='sechead'><h2>{title}</h2><span class='mono'>{number}</span></div>\
            {prose}<h3>Goals</h3><div>{goals}</div>{hints}{solution}{solved}\
            <div class='actions' style='margin-top:12px'>{actions}</div>\
        </article>\
        {next}",
        title = &lesson.title,
        number = lesson.number,
        prose = blocks(&lesson.prose, act),
        goals = each(lesson.goals.iter().enumerate(), goal),
        hints =
            each(&lesson.hints, |hint| markup!("<div class='tip'>{hint}</div>", hint = blocks(hint, act))),
        solution,
        solved = lesson.solved.then(|| markup!("<p class='tip'><b>All goals are reached.</b></p>")),
        actions = actions(lesson, act),
        next,
    )
}

/// What can be asked of the open lesson.
fn actions(lesson: &LessonView, act: &Callback<Action>) -> Html {
    let asked = u32::try_from(lesson.hints.len()).unwrap_or(u32::MAX);
    let hint = if asked == 0 { "Hint" } else { "Another hint" };
    let link = |command: &'static str, label: &'static str| {
        markup!(
            "<button class='link' onclick={go} title={command}>{label}</button>",
            go = run(act, command),
            command,
            label,
        )
    };
    markup!(
        "{hint}<button class='link' onclick={again}>Start over</button>{solution}{next}",
        hint = (asked < lesson.hints_total).then(|| link("lesson hint", hint)),
        again = run(act, &format!("lesson start {}", lesson.id)),
        solution = lesson.solution.is_none().then(|| link("lesson solution", "Show a solution")),
        next = lesson.next.is_some().then(|| link("lesson next", "Next lesson")),
    )
}

/// A goal by its number. What it lacks lights up while it is pointed at or has the focus.
fn goal((number, goal): (usize, &GoalView)) -> Html {
    let (sign, word) = if goal.done { ("check", "Reached: ") } else { ("open", "Not yet: ") };
    markup!(
        "<div class='goal' data-names={naming} tabindex={tab}>{sign}<b><span class='vh'>{word}</span>{title}</b><p>{state}</p></div>",
        naming = format!("goal {number}"),
        tab = (!goal.done).then_some("0"),
        sign = icon::sign(sign),
        word,
        title = &goal.title,
        state = &goal.state,
    )
}

/// A command to type: shown, and put at the prompt on request.
pub fn command(line: &str, to: &Callback<Action>) -> Html {
    markup!(
        "<div class='cmd'><pre>{line}</pre><button class='link' onclick={go}>Type it</button></div>",
        line = unbroken(line),
        go = act(to, Action::Prompt(line.to_owned())),
    )
}

/// Words longer than this have to break somewhere.
const LONG: usize = 34;

/// Text of which lines break between words only: an option is not two at its dash.
pub fn unbroken(text: &str) -> Html {
    each(text.split_inclusive([' ', '\n']), |piece| {
        let word = piece.trim_end();
        if word.len() > LONG || !word.contains('-') {
            return markup!("{piece}", piece = copied(piece));
        }
        let space = copied(piece.get(word.len()..).unwrap_or_default());
        markup!("<span class='word'>{word}</span>{space}", word = copied(word), space)
    })
}

fn blocks(text: &str, act: &Callback<Action>) -> Html {
    each(prose::blocks(text), |block| match block {
        Block::Head(text) => markup!("<h3>{text}</h3>", text = spans(&text)),
        Block::Paragraph(text) => markup!("<p>{text}</p>", text = spans(&text)),
        Block::List(items) => {
            let items = each(items, |item| markup!("<li>{text}</li>", text = spans(&item)));
            markup!("<ul>{items}</ul>", items)
        }
        Block::Command(lines) => command(&lines.join("\n"), act),
    })
}

fn spans(text: &str) -> Html {
    each(prose::spans(text), |span| match span {
        Span::Plain(text) => markup!("{text}", text),
        Span::Strong(text) => markup!("<b>{text}</b>", text),
        Span::Emphasis(text) => markup!("<em>{text}</em>", text),
        Span::Code(text) => markup!("<code>{text}</code>", text = unbroken(&text)),
    })
}
