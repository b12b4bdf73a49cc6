//! What there is to say about the sitting as a whole: it stands above the stage until it is put away.

use super::icon;
use crate::action::{Action, Notice};
use crate::markup::{act, each, markup};
use kafkascope_core::node::SimTime;
use yew::prelude::*;

/// What is said while somebody looks back from a present.
pub fn back(now: SimTime, ahead: SimTime, to: &Callback<Action>) -> Html {
    let said = format!("You look back at {}: time stands. The present is {}.", short(now), short(ahead));
    bar(&said, None, &[("Back to the present", Action::Present), ("Go on from here", Action::GoOn)], to)
}

/// A notice.
pub fn notice(notice: &Notice, to: &Callback<Action>) -> Html {
    let fresh = ("Put it away", Action::HideNotice);
    match notice {
        Notice::Link(Some(link)) => bar(
            "Copied: a link that carries this sitting. Whoever opens it sees the same cluster at the same moment.",
            Some(link),
            &[fresh],
            to,
        ),
        Notice::Link(None) => bar(
            "This sitting is too long for a link. A file holds it: ",
            None,
            &[("snapshot save sitting.json", Action::Run("snapshot save sitting.json".to_owned())), fresh],
            to,
        ),
        Notice::Broken(why) => bar(
            &format!("The link cannot be opened: {why}. Here is a fresh cluster instead."),
            None,
            &[fresh],
            to,
        ),
        Notice::Undone(command) => bar(&format!("Taken back: {command}"), None, &[fresh], to),
        Notice::Nothing => bar("There is nothing to take back.", None, &[fresh], to),
    }
}

fn bar(said: &str, link: Option<&String>, offers: &[(&'static str, Action)], to: &Callback<Action>) -> Html {
    let buttons = each(offers, |(label, action)| match action {
        Action::HideNotice => markup!(
            "<button class='iconbtn' onclick={go} aria-label={label} data-testid='notice-close'>{sign}</button>",
            go = act(to, action.clone()),
            label = *label,
            sign = icon::sign("close"),
        ),
        _ => markup!(
            "<button class='do' onclick={go}>{label}</button>",
            go = act(to, action.clone()),
            label = *label
        ),
    });
    markup!(
        "<section class='hint notice' role='status' data-testid='notice'><p>{said}</p>{link}{buttons}</section>",
        said = said.to_owned(),
        link = link.map(|link| {
            markup!("<input class='link' readonly='readonly' aria-label='The link' value={link}/>", link)
        }),
        buttons,
    )
}

fn short(time: SimTime) -> String {
    let text = time.to_string();
    text.get(..text.len().saturating_sub(2)).unwrap_or_default().to_owned()
}
