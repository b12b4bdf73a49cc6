//! The open lesson with its goals, or the course to choose from.

use super::figure::figure;
use super::icon;
use crate::action::Action;
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
    html! {
        <div data-testid="lesson-panel">
            if let Some(lesson) = props.lesson { { open(lesson, props.act) } } else { { figure() } }
            if !props.course.is_empty() { { course(props) } }
        </div>
    }
}

fn run(act: &Callback<Action>, command: impl Into<String>) -> Callback<MouseEvent> {
    let command = command.into();
    act.reform(move |_| Action::Run(command.clone()))
}

fn course(props: &Props<'_>) -> Html {
    let solved = props.course.iter().filter(|l| l.solved).count();
    let total = props.course.len();
    let first_open = props.course.iter().position(|l| !l.solved);
    let rows = props.course.iter().enumerate().map(|(index, lesson)| {
        let state = match lesson {
            l if l.open => "open",
            l if l.solved => "done",
            _ if first_open == Some(index) => "Start",
            _ => "",
        };
        html! {
            <li key={index} class={lesson.open.then_some("open")}>
                <button onclick={run(props.act, format!("lesson start {}", lesson.id))} title={format!("lesson start {}", lesson.id)}>
                    <span class="no">{ lesson.number }</span><span class="t">{ &lesson.title }</span>
                    <span class={classes!("s", (state == "Start").then_some("go"))}>{ state }</span>
                </button>
            </li>
        }
    });
    html! {
        <div class="sec">
            <div class="sechead"><h3>{ "Course" }</h3><span>{ format!("{solved} of {total} lessons") }</span></div>
            <ul class="course">{ for rows }</ul>
        </div>
    }
}

fn open(lesson: &LessonView, act: &Callback<Action>) -> Html {
    let asked = u32::try_from(lesson.hints.len()).unwrap_or(u32::MAX);
    let reached = lesson.goals.iter().filter(|g| g.done).count();
    let next = lesson.goals.iter().find(|g| !g.done).map(|next| {
        html! {
            <div class="sec nextgoal" aria-live="polite">
                <span>{ format!("{reached} of {} goals reached. Next:", lesson.goals.len()) }</span>
                { goal(next) }
            </div>
        }
    });
    html! {<>
        <article class="sec prose">
            <div class="sechead"><h2>{ &lesson.title }</h2><span class="mono">{ lesson.number }</span></div>
            { blocks(&lesson.prose, act) }
            <h3>{ "Goals" }</h3><div>{ for lesson.goals.iter().map(goal) }</div>
            { for lesson.hints.iter().map(|hint| html! { <div class="tip">{ blocks(hint, act) }</div> }) }
            if let Some(lines) = &lesson.solution {
                <h3>{ "A solution" }</h3>
                { for lines.iter().map(|line| command(line, act)) }
            }
            if lesson.solved { <p class="tip"><b>{ "All goals are reached." }</b></p> }
            <div class="actions" style="margin-top:12px">
                if asked < lesson.hints_total {
                    <button class="link" onclick={run(act, "lesson hint")} title="lesson hint">
                        { if asked == 0 { "Hint" } else { "Another hint" } }
                    </button>
                }
                <button class="link" onclick={run(act, format!("lesson start {}", lesson.id))}>{ "Start over" }</button>
                if lesson.solution.is_none() {
                    <button class="link" onclick={run(act, "lesson solution")} title="lesson solution">{ "Show a solution" }</button>
                }
                if lesson.next.is_some() {
                    <button class="link" onclick={run(act, "lesson next")} title="lesson next">{ "Next lesson" }</button>
                }
            </div>
        </article>
        { for next }
    </>}
}

fn goal(goal: &GoalView) -> Html {
    let (sign, word) = if goal.done { ("check", "Reached: ") } else { ("open", "Not yet: ") };
    html! {
        <div class="goal">
            { icon::sign(sign) }
            <b><span class="vh">{ word }</span>{ &goal.title }</b>
            <p>{ &goal.state }</p>
        </div>
    }
}

/// A command to type: shown, and put at the prompt on request.
pub fn command(line: &str, act: &Callback<Action>) -> Html {
    let text = line.to_owned();
    let onclick = act.reform(move |_| Action::Prompt(text.clone()));
    html! {
        <div class="cmd"><pre>{ line }</pre><button class="link" {onclick}>{ "Type it" }</button></div>
    }
}

fn blocks(text: &str, act: &Callback<Action>) -> Html {
    let all = prose::blocks(text).into_iter().map(|block| match block {
        Block::Head(text) => html! { <h3>{ spans(&text) }</h3> },
        Block::Paragraph(text) => html! { <p>{ spans(&text) }</p> },
        Block::List(items) => {
            html! { <ul>{ for items.iter().map(|item| html! { <li>{ spans(item) }</li> }) }</ul> }
        }
        Block::Command(lines) => command(&lines.join("\n"), act),
    });
    html! { <>{ for all }</> }
}

fn spans(text: &str) -> Html {
    let all = prose::spans(text).into_iter().map(|span| match span {
        Span::Plain(text) => html! { { text } },
        Span::Strong(text) => html! { <b>{ text }</b> },
        Span::Emphasis(text) => html! { <em>{ text }</em> },
        Span::Code(text) => html! { <code>{ text }</code> },
    });
    html! { <>{ for all }</> }
}
