//! `network`: cut, slow and mend the wires between machines, and hold, release or drop single messages.

use super::{Lab, Reply, Verb, print_table, span};
use crate::command::registry::nearest;
use crate::node::{Hold, LinkFault, MessageFault, NodeId, Reach, Span};
use crate::protocol::ApiKey;
use crate::simulation::Act;
use crate::view::{ClusterView, MessageView, percent};

pub(super) const VERB: Verb = Verb {
    name: "network",
    summary: "cut, delay and mend the network between machines, hold and drop messages",
    usage: "network list\nnetwork messages\nnetwork cut A B [--one-way]\nnetwork isolate A [--from servers]\nnetwork delay A B TIME [--one-way]   (0: none)\nnetwork drop A B PERCENT [--one-way]   (packets that get lost; TCP sends them again; 0%: none)\nnetwork heal [A [B]]\nnetwork hold A B [--request API | --response API]   (the next one from A to B)\nnetwork hold|release|drop NUMBER   (a message on its way: `network messages`)\nnetwork release   (all that are held; `network drop held` drops them)\nA, B: a broker id, controller-1, zookeeper-1, or an application's name",
    subverbs: &["list", "messages", "cut", "isolate", "delay", "drop", "heal", "hold", "release"],
    examples: &[
        "network cut 101 102",
        "network cut 102 101 --one-way",
        "network isolate 103 --from servers",
        "network delay 101 102 50ms",
        "network drop 101 102 10%",
        "network hold 102 101 --request Fetch",
        "network messages",
        "network list",
        "network heal",
    ],
    refused: "network cut 101 999",
    run,
};

fn run(lab: &mut dyn Lab, args: &[&str]) -> Reply {
    match args {
        ["list"] | [] => {
            list(lab);
            return Reply::DONE;
        }
        ["messages"] => {
            messages(lab);
            return Reply::DONE;
        }
        [word, ..] if !VERB.subverbs.contains(word) => {
            let near = nearest(word, VERB.subverbs.iter().copied());
            let hint = near.map(|near| format!(", do you mean `{near}`?")).unwrap_or_default();
            return VERB.misused(lab, &format!("`{word}` is unknown{hint}"));
        }
        _ => {}
    }
    let act = match read(&lab.view(), args) {
        Ok(act) => act,
        Err(Wrong::Use(why)) => return VERB.misused(lab, &why),
        Err(Wrong::Name(why)) => return VERB.refuse(lab, &why),
    };
    let mut done = lab.act(act);
    // The other held ones go too.
    if let ["drop", "held"] = args {
        for message in lab.view().held {
            done = done.and_then(|_| lab.act(Act::Message(message.id, MessageFault::Drop)));
        }
    }
    match done {
        Ok(_) => {
            lab.remark(format_args!("network: {} at {}", args.join(" "), lab.now()));
            Reply::DONE
        }
        Err(why) => VERB.refuse(lab, &why),
    }
}

/// Why words cannot be read: they make no call, or name what is not there.
enum Wrong {
    Use(String),
    Name(String),
}

impl From<&str> for Wrong {
    fn from(why: &str) -> Wrong {
        Wrong::Use(why.to_owned())
    }
}

fn read(view: &ClusterView, args: &[&str]) -> Result<Act, Wrong> {
    let one_way = args.contains(&"--one-way");
    let mut words = args.to_vec();
    words.retain(|word| *word != "--one-way");
    if one_way && !matches!(words.first(), Some(&("cut" | "delay" | "drop"))) {
        return Err("`--one-way` may follow cut, delay and drop".into());
    }
    let node = |name: &str| view.node_named(name).map_err(Wrong::Name);
    let link =
        |a: &str, b: &str, fault: LinkFault| Ok(Act::Link { a: node(a)?, b: node(b)?, one_way, fault });
    match words.as_slice() {
        ["cut", a, b] => link(a, b, LinkFault::Cut),
        ["delay", a, b, time] => {
            let delay = if *time == "0" { Span::ZERO } else { span(time).map_err(Wrong::Use)? };
            link(a, b, LinkFault::Delay(delay))
        }
        ["drop", a, b, part] => link(a, b, LinkFault::Loss(permille(part)?)),
        ["isolate", name] => Ok(Act::Isolate(node(name)?, Reach::Everybody)),
        ["isolate", name, "--from", "servers"] => Ok(Act::Isolate(node(name)?, Reach::Servers)),
        ["heal"] => Ok(Act::Heal(Vec::new())),
        ["heal", a] => Ok(Act::Heal(vec![node(a)?])),
        ["heal", a, b] => Ok(Act::Heal(vec![node(a)?, node(b)?])),
        ["release"] => Ok(Act::ReleaseAll),
        ["hold", number] => message(number, MessageFault::Hold),
        ["release", number] => message(number, MessageFault::Release),
        ["drop", "held"] => match view.held.first() {
            Some(first) => Ok(Act::Message(first.id, MessageFault::Drop)),
            None => Err(Wrong::Name("no message is held".to_owned())),
        },
        ["drop", number] => message(number, MessageFault::Drop),
        ["hold", a, b] => hold(node(a)?, node(b)?, None),
        ["hold", a, b, kind @ ("--request" | "--response"), name] => {
            let same = |api: &&ApiKey| api.name().eq_ignore_ascii_case(name);
            let Some(api) = ApiKey::ALL.iter().find(same) else {
                return Err(Wrong::Use(format!("`{name}` is no API; Produce, Fetch and Metadata are")));
            };
            hold(node(a)?, node(b)?, Some((*api, *kind == "--response")))
        }
        [word @ ("cut" | "delay" | "drop"), ..] => {
            let more = match *word {
                "cut" => "",
                "delay" => " and a time",
                _ => " and a percentage",
            };
            Err(Wrong::Use(format!("two machines{more} must be named")))
        }
        _ => Err("that cannot be read".into()),
    }
}

fn hold(from: NodeId, to: NodeId, what: Option<(ApiKey, bool)>) -> Result<Act, Wrong> {
    Ok(Act::Hold(Hold { from, to, what }))
}

fn message(number: &str, fault: MessageFault) -> Result<Act, Wrong> {
    match number.parse() {
        Ok(number) => Ok(Act::Message(number, fault)),
        Err(_) => Err(Wrong::Use(format!("`{number}` is no number of a message"))),
    }
}

/// `20%`, `0.5%`, in thousandths.
fn permille(text: &str) -> Result<u16, Wrong> {
    let wrong = || Wrong::Use(format!("`{text}` is no percentage; write 20% or 0.5%"));
    let number = text.strip_suffix('%').ok_or_else(wrong)?;
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let (whole, tenths): (u16, u16) =
        (whole.parse().map_err(|_| wrong())?, tenths.parse().map_err(|_| wrong())?);
    if whole > 100 || tenths > 9 || whole == 100 && tenths > 0 {
        return Err(wrong());
    }
    Ok(whole * 10 + tenths)
}

fn list(lab: &mut dyn Lab) {
    let view = lab.view();
    for (node, reach) in &view.isolated {
        let from = if *reach == Reach::Servers { "the other servers" } else { "everybody" };
        lab.print(format_args!("isolated: {} from {from}\n", view.node_name(*node)));
    }
    for link in &view.links {
        let mut back = *link;
        (back.from, back.to) = (link.to, link.from);
        let both = view.links.contains(&back);
        if both && link.from > link.to {
            continue;
        }
        let arrow = if both { "-" } else { "->" };
        let way = format!("{} {arrow} {}", view.node_name(link.from), view.node_name(link.to));
        if link.cut {
            lab.print(format_args!("cut: {way}\n"));
        }
        if link.delay != Span::ZERO {
            lab.print(format_args!("delay: {way} {}\n", link.delay));
        }
        if link.loss > 0 {
            lab.print(format_args!("drop: {way} {}\n", percent(link.loss)));
        }
    }
    for message in &view.held {
        let what = describe(&view, message).join(" ");
        lab.print(format_args!("held: {what}\n"));
    }
    if view.links.is_empty() && view.isolated.is_empty() && view.held.is_empty() {
        lab.note("nothing is cut");
    }
}

/// Number, sender, receiver and kind of a message.
fn describe(view: &ClusterView, message: &MessageView) -> Vec<String> {
    let kind = if message.is_response { "response" } else { "request" };
    vec![
        message.id.to_string(),
        view.node_name(message.from),
        view.node_name(message.to),
        format!("{} {kind}", message.api.name()),
    ]
}

fn messages(lab: &mut dyn Lab) {
    let view = lab.view();
    let mut rows = Vec::new();
    for message in lab.under_way() {
        let mut row = describe(&view, &message);
        row.push(message.sent.to_string());
        row.push(match message.arrives {
            Some(at) => at.to_string(),
            None => message.stands.name().to_owned(),
        });
        rows.push(row);
    }
    if rows.is_empty() {
        return lab.note("no message is on its way");
    }
    print_table(lab, &["MESSAGE", "FROM", "TO", "WHAT", "SENT", "ARRIVES"], &rows);
}
