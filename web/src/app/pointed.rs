//! What is lit up on the stage: what the selection is about, or what is named by that which is pointed at.

use super::App;
use crate::action::{Naming, Selection};
use kafkascope_core::node::NodeId;
use kafkascope_core::protocol::TopicPartition;
use kafkascope_core::session::api::GoalView;
use kafkascope_core::view::{ClusterView, Touch, partition_of_key};

impl App {
    pub(super) fn named(&self) -> Vec<Touch> {
        let selected = match &self.ui.selection {
            Some(Selection::Event(id)) => Some(Naming::Event(*id)),
            _ => None,
        };
        match (self.ui.pointed.or(selected), &self.ui.selection) {
            (Some(Naming::Event(id)), _) => {
                let event = self.shown.events.iter().find(|event| event.id.0 == id);
                event.map(|event| event.touches.clone()).unwrap_or_default()
            }
            (Some(Naming::Goal(number)), _) => {
                let goal = self.shown.lesson.as_ref().and_then(|lesson| lesson.goals.get(number));
                goal.map(|goal| lacking(goal, &self.shown.view)).unwrap_or_default()
            }
            (None, Some(Selection::Broker(id))) => vec![Touch::Node(NodeId::Broker(*id))],
            (None, Some(Selection::Partition(tp, None))) => {
                vec![Touch::Partition(TopicPartition::clone(tp))]
            }
            _ => Vec::new(),
        }
    }
}

/// What a goal lacks: what its answer names, or else what its question names.
#[inline(never)]
fn lacking(goal: &GoalView, view: &ClusterView) -> Vec<Touch> {
    let missing = named_in(&goal.state, view);
    if missing.is_empty() { named_in(&goal.predicate, view) } else { missing }
}

/// The partitions, topics and brokers that a sentence names; of a topic only the partition of a key that it names.
fn named_in(text: &str, view: &ClusterView) -> Vec<Touch> {
    let (mut touches, mut key) = (Vec::new(), None);
    let mut before = "";
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        let word = word.trim_end_matches('.');
        for topic in &view.topics {
            if *topic.name == *word {
                touches.push(Touch::Topic(topic.name.clone()));
            }
            let rest = word.strip_prefix(&*topic.name).and_then(|rest| rest.strip_prefix('-'));
            if let Some(partition) = rest.and_then(|number| number.parse().ok()) {
                touches.push(Touch::Partition(TopicPartition { topic: topic.name.clone(), partition }));
            }
        }
        if before == "broker" {
            touches.extend(word.parse().ok().map(|id| Touch::Node(NodeId::Broker(id))));
        }
        if before == "key" {
            key = Some(word);
        }
        before = word;
    }
    for touch in &mut touches {
        if let (Touch::Topic(topic), Some(key)) = (&*touch, key) {
            let count = view.topics.iter().find(|it| it.name == *topic).map_or(1, |it| it.partitions.len());
            let partition = partition_of_key(key.as_bytes(), i32::try_from(count).unwrap_or(1));
            *touch = Touch::Partition(TopicPartition { topic: topic.clone(), partition });
        }
    }
    touches
}
