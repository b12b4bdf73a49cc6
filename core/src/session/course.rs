//! The open lesson: its goals are looked at while the cluster lives, and say what is missing.

use super::Session;
use super::api::{GoalView, LessonSummary, LessonView, Stream};
use crate::command::lab::CourseQuestion;
use crate::language::canonical;
use crate::ledger::Sums;
use crate::lesson::{self, Lesson};
use crate::node::SimTime;
use crate::predicate::{Facts, Predicate};
use crate::protocol::TopicPartition;
use crate::sorted::{SortedMap, SortedSet};
use crate::view::{ClusterView, DeliveryView, each_visible, joined};
use serde::Serialize;

/// How often goals are looked at, in simulated microseconds.
const GRID_US: u64 = 100_000;
/// The most commands that are remembered.
const RAN_MAX: usize = 1_000;

/// How far the learner is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Course {
    open: Option<Open>,
    solved: SortedSet<String>,
    /// Commands that succeeded since the lesson began.
    ran: Vec<String>,
    /// When the goals are looked at next.
    pub next_look: SimTime,
}

impl Default for Course {
    fn default() -> Course {
        Course { open: None, solved: SortedSet::new(), ran: Vec::new(), next_look: SimTime::NEVER }
    }
}

/// The open lesson.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Open {
    id: String,
    goals: Vec<Predicate>,
    reached: Vec<bool>,
    hints: u32,
    /// Whether the solution was shown: then reaching the goals is not solving.
    solution: bool,
}

impl Course {
    /// A command of the learner succeeded.
    pub fn ran(&mut self, line: &str) {
        if self.ran.len() < RAN_MAX {
            // However the tool was called, it is the same tool.
            self.ran.push(joined(line.split_whitespace().map(canonical), " "));
        }
    }

    /// No lesson is open any more.
    pub fn close(&mut self) {
        self.open = None;
        self.ran.clear();
        self.next_look = SimTime::NEVER;
    }

    /// The lesson after the open one; without one the first that is not solved.
    pub fn next(&self) -> Option<String> {
        let all = lesson::titles();
        let at = match &self.open {
            Some(open) => lesson::place(&open.id)? + 1,
            None => all.iter().position(|lesson| !self.solved.contains(lesson.0)).unwrap_or(0),
        };
        all.get(at).map(|lesson| lesson.0.to_owned())
    }
}

/// What predicates look at.
struct Here<'a> {
    view: ClusterView,
    session: &'a Session,
}

impl Facts for Here<'_> {
    fn view(&self) -> &ClusterView {
        &self.view
    }

    fn acknowledged_lost(&self) -> u64 {
        self.view.lost
    }

    fn fate(&self, topic: &str) -> Sums {
        let mut total = Sums::default();
        for (_, sums) in self.session.sim.fates(Some(topic)) {
            total.add(&sums);
        }
        total
    }

    fn keyed(&self, topic: &str, key: &str) -> SortedMap<i32, u64> {
        let mut counts = SortedMap::new();
        let Some(topic) = self.view.topics.iter().find(|other| &*other.name == topic) else { return counts };
        for partition in &topic.partitions {
            let tp = TopicPartition::new(topic.name.clone(), partition.partition);
            let log = partition.leader.and_then(|leader| self.session.sim.log(leader, &tp));
            let records = log.into_iter().flat_map(|log| log.batches()).flat_map(|batch| batch.records());
            let with_key =
                records.filter(|(_, record)| record.key.as_deref() == Some(key.as_bytes())).count();
            if with_key > 0 {
                counts.insert(partition.partition, u64::try_from(with_key).unwrap_or(u64::MAX));
            }
        }
        counts
    }

    fn visible(&self, topic: &str) -> (u64, u64) {
        let Some(topic) = self.view.topics.iter().find(|other| &*other.name == topic) else { return (0, 0) };
        let (mut count, mut values) = (0_u64, SortedSet::new());
        for partition in &topic.partitions {
            let tp = TopicPartition::new(topic.name.clone(), partition.partition);
            let Some(log) = partition.leader.and_then(|leader| self.session.sim.log(leader, &tp)) else {
                continue;
            };
            each_visible(log, true, log.last_stable_offset(), &mut |_, record| {
                count += 1;
                values.insert(record.value);
            });
        }
        (count, count.saturating_sub(u64::try_from(values.len()).unwrap_or(u64::MAX)))
    }

    fn delivery(&self, group: &str) -> Option<DeliveryView> {
        self.session.sim.deliveries(Some(group)).pop()
    }

    fn ran(&self) -> &[String] {
        &self.session.course.ran
    }
}

impl Session {
    pub(super) fn facts(&self, look: &mut dyn FnMut(&dyn Facts)) {
        look(&Here { view: self.sim.view(), session: self });
    }

    /// Opens a lesson on a fresh cluster.
    pub(super) fn start_lesson(&mut self, terminal: u32, name: &str) -> Result<(), String> {
        let lesson = lesson::find(name)?;
        self.rebuild(&lesson.start, "lesson")?;
        self.course.close();
        let mut goals = Vec::new();
        for goal in &lesson.goals {
            let mut question = goal.question()?;
            self.facts(&mut |facts| question.begin(facts));
            goals.push(question);
        }
        let reached = vec![false; goals.len()];
        self.course.open = Some(Open { id: lesson.id.clone(), goals, reached, hints: 0, solution: false });
        self.course.next_look = next_look(self.sim.now());
        self.tell(terminal, Stream::Stdout, &told(&lesson));
        self.say(terminal, "`lesson check` says how far you are, `lesson hint` helps.");
        Ok(())
    }

    /// Looks which goals are reached. A goal once reached stays reached.
    pub(super) fn look_at_goals(&mut self) {
        let Some(mut open) = self.course.open.take() else { return };
        let before = open.reached.clone();
        self.facts(&mut |facts| {
            for (goal, reached) in open.goals.iter().zip(&mut open.reached) {
                *reached = *reached || goal.judge(facts).holds;
            }
        });
        let all = open.reached.iter().all(|reached| *reached);
        let fresh = all && !open.solution && self.course.solved.insert(open.id.clone());
        let changed = before != open.reached;
        let titles: Vec<String> = match lesson::find(&open.id) {
            Ok(lesson) if changed => newly(&lesson, &before, &open.reached),
            _ => Vec::new(),
        };
        self.course.next_look = if all { SimTime::NEVER } else { next_look(self.sim.now()) };
        self.course.open = Some(open);
        let last = self.last_terminal;
        for title in titles {
            self.say(last, &format!("goal reached: {title}"));
        }
        if fresh {
            self.say(last, "The lesson is solved. `lesson next` opens the next one.");
        }
    }

    pub(super) fn hint_lesson(&mut self, terminal: u32) -> Result<(), String> {
        let open = self.course.open.as_mut().ok_or("no lesson is open; `lesson list` names them")?;
        let lesson = lesson::find(&open.id)?;
        let at = usize::try_from(open.hints).unwrap_or(usize::MAX);
        let Some(hint) = lesson.hints.get(at) else {
            return Err("there is no further hint; `lesson solution` shows the way".to_owned());
        };
        open.hints += 1;
        self.tell(terminal, Stream::Stdout, &format!("{hint}\n"));
        Ok(())
    }

    pub(super) fn show_solution(&mut self, terminal: u32) -> Result<(), String> {
        let open = self.course.open.as_mut().ok_or("no lesson is open; `lesson list` names them")?;
        let lesson = lesson::find(&open.id)?;
        open.solution = true;
        let mut lines = String::new();
        for line in &lesson.solution {
            lines.push_str(line);
            lines.push('\n');
        }
        self.tell(terminal, Stream::Stdout, &lines);
        self.say(terminal, "Seeing it is not solving it: `lesson start` again when you want it to count.");
        Ok(())
    }

    pub(super) fn tell_course(&self, question: CourseQuestion) -> Result<String, String> {
        match question {
            CourseQuestion::Lessons => {
                let mut text = String::new();
                let mark = |lesson: &LessonSummary| match (lesson.solved, lesson.open) {
                    (true, _) => "solved",
                    (false, true) => "open",
                    (false, false) => "",
                };
                for l in self.course_view() {
                    text.push_str(&format!("{:>2} {:<20} {:<7} {}\n", l.number, l.id, mark(&l), l.title));
                }
                Ok(text)
            }
            CourseQuestion::Scenarios => {
                let mut text = String::new();
                for (name, about) in self.scenarios() {
                    text.push_str(&format!("{name:<20} {about}\n"));
                }
                Ok(text)
            }
            CourseQuestion::Check => {
                let view = self.lesson_view().ok_or("no lesson is open; `lesson list` names them")?;
                let done = view.goals.iter().filter(|goal| goal.done).count();
                let mut lines = String::new();
                for goal in &view.goals {
                    let mark = if goal.done { "reached" } else { "missing" };
                    lines.push_str(&format!("{mark}: {}\n         {}\n", goal.title, goal.state));
                }
                if done == view.goals.len() {
                    Ok(lines)
                } else {
                    Err(format!("{done} of {} goals reached\n{}", view.goals.len(), lines.trim_end()))
                }
            }
        }
    }

    pub(super) fn course_view(&self) -> Vec<LessonSummary> {
        let open = self.course.open.as_ref().map(|open| open.id.as_str());
        let mut lessons = Vec::new();
        for (&(id, title), number) in lesson::titles().iter().zip(1..) {
            lessons.push(LessonSummary {
                number,
                solved: self.course.solved.contains(id),
                open: open == Some(id),
                id: id.to_owned(),
                title: title.to_owned(),
            });
        }
        lessons
    }

    pub(super) fn lesson_view(&self) -> Option<LessonView> {
        let open = self.course.open.as_ref()?;
        let at = lesson::place(&open.id)?;
        let lesson = lesson::find(&open.id).ok()?;
        let mut goals = Vec::new();
        self.facts(&mut |facts| {
            let states = open.goals.iter().zip(&open.reached);
            for (goal, (question, reached)) in lesson.goals.iter().zip(states) {
                let verdict = question.judge(facts);
                goals.push(GoalView {
                    title: goal.title.clone(),
                    predicate: goal.expect.clone(),
                    done: *reached || verdict.holds,
                    state: verdict.text,
                });
            }
        });
        let shown = usize::try_from(open.hints).unwrap_or(usize::MAX);
        Some(LessonView {
            number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            id: lesson.id.clone(),
            title: lesson.title.clone(),
            prose: lesson.prose.clone(),
            goals,
            hints: lesson.hints.get(..shown).unwrap_or(&lesson.hints).to_vec(),
            hints_total: u32::try_from(lesson.hints.len()).unwrap_or(u32::MAX),
            solution: open.solution.then(|| lesson.solution.clone()),
            solved: self.course.solved.contains(&lesson.id),
            next: lesson::titles().get(at + 1).map(|lesson| lesson.0.to_owned()),
        })
    }
}

/// The next look, on a grid: looks must not depend on how time is cut into pieces.
fn next_look(now: SimTime) -> SimTime {
    SimTime((now.0 / GRID_US).saturating_add(1).saturating_mul(GRID_US))
}

fn newly(lesson: &Lesson, before: &[bool], now: &[bool]) -> Vec<String> {
    let mut titles = Vec::new();
    for (goal, (before, now)) in lesson.goals.iter().zip(before.iter().zip(now)) {
        if *now && !*before {
            titles.push(goal.title.clone());
        }
    }
    titles
}

/// A lesson as text for a terminal.
fn told(lesson: &Lesson) -> String {
    let mut goals = String::new();
    for goal in &lesson.goals {
        goals.push_str(&format!("- {}\n", goal.title));
    }
    crate::lesson::wrap(&format!("{}\n\n{}\n\nGoals:\n{goals}", lesson.title, lesson.prose.trim()))
}
