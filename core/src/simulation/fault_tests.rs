//! The network and the disks when something is wrong with them.

use super::tests::{cluster, create, produce, row, wait};
use super::{Act, Outcome, Setup, Simulation};
use crate::node::{EventKind, Hold, LinkFault, MessageFault, NodeId, Reach, Span, StopHow};
use crate::protocol::{Acks, ApiKey};
use crate::view::{ProcessState, Stands};

const fn broker(id: i32) -> NodeId {
    NodeId::Broker(id)
}

fn link(a: i32, b: i32, one_way: bool, fault: LinkFault) -> Act {
    Act::Link { a: broker(a), b: broker(b), one_way, fault }
}

fn hold(from: i32, to: i32, api: ApiKey, answer: bool) -> Act {
    Act::Hold(Hold { from: broker(from), to: broker(to), what: Some((api, answer)) })
}

fn done(sim: &mut Simulation, act: Act) {
    assert_eq!(sim.apply(act.clone()), Outcome::Done, "{act:?}");
}

/// Three brokers and a topic led by 101 with a copy on 102.
fn pair() -> Simulation {
    let mut sim = cluster(&[101, 102, 103]);
    create(&mut sim, "t", &[&[101, 102]]);
    wait(&mut sim, Span::secs(1));
    sim
}

#[test]
fn refused_faults_change_nothing() {
    let mut sim = pair();
    let refused = [
        link(101, 101, false, LinkFault::Cut),
        link(101, 999, false, LinkFault::Cut),
        link(101, 102, false, LinkFault::Heal),
        link(101, 102, false, LinkFault::Delay(Span::ZERO)),
        link(101, 102, true, LinkFault::Loss(1_000)),
        link(101, 102, false, LinkFault::Delay(Span::secs(4_000))),
        Act::Heal(vec![broker(101)]),
        Act::Heal(vec![broker(101), broker(102)]),
        Act::Isolate(broker(999), Reach::Everybody),
        Act::Message(1, MessageFault::Hold),
        Act::Message(999_999, MessageFault::Drop),
        Act::ReleaseAll,
        Act::LoseDisk(broker(999)),
        Act::LoseDisk(NodeId::Controller(1)),
        Act::SlowDisk(broker(101), Span::ZERO),
        Act::Restart(broker(999)),
        Act::Pause(NodeId::Controller(7)),
    ];
    let before = sim.digest();
    for act in refused {
        assert!(matches!(sim.apply(act.clone()), Outcome::Refused(_)), "{act:?}");
    }
    assert_eq!(sim.digest(), before);
}

#[test]
fn a_one_way_cut_lets_questions_through_but_no_answers() {
    let mut sim = pair();
    done(&mut sim, link(101, 102, true, LinkFault::Cut));
    assert!(matches!(sim.apply(link(101, 102, true, LinkFault::Cut)), Outcome::Refused(_)));
    produce(&mut sim, 101, "t", 2, Acks::Leader);
    wait(&mut sim, Span::secs(5));
    assert_eq!(row(&sim, "t").2, [(101, 2, 0), (102, 0, 0)], "the answer with the records is held back");
    assert!(sim.under_way().iter().any(|m| m.stands == Stands::Cut && m.is_response));
    // The follower gives up after 30 s; a new connection needs both ways, so the leader hears of it no more.
    wait(&mut sim, Span::secs(60));
    assert_eq!(row(&sim, "t").1, [101]);
    done(&mut sim, Act::Heal(vec![broker(101), broker(102)]));
    wait(&mut sim, Span::secs(20));
    assert_eq!((row(&sim, "t").1, row(&sim, "t").2), (vec![101, 102], vec![(101, 2, 2), (102, 2, 2)]));
}

#[test]
fn an_isolated_leader_is_replaced_and_loses_what_nobody_copied() {
    let mut sim = pair();
    done(&mut sim, Act::Isolate(broker(101), Reach::Servers));
    produce(&mut sim, 101, "t", 3, Acks::Leader);
    wait(&mut sim, Span::secs(12));
    assert_eq!(row(&sim, "t").0, Some(102), "the controller has fenced 101");
    let zombie = sim.log(101, &crate::protocol::TopicPartition::new("t", 0)).map(crate::log::Log::log_end);
    assert_eq!(zombie, Some(3), "which leads on for those who reach it");
    done(&mut sim, Act::Heal(Vec::new()));
    wait(&mut sim, Span::secs(15));
    assert_eq!(row(&sim, "t").2, [(101, 0, 0), (102, 0, 0)]);
    let cut = |kind: &EventKind| matches!(kind, EventKind::Truncated { broker: 101, from: 3, to: 0, .. });
    assert!(sim.events(0).iter().any(|event| cut(&event.kind)));
}

#[test]
fn delays_and_losses_make_messages_late_and_keep_their_order() {
    let mut sim = pair();
    done(&mut sim, link(101, 102, false, LinkFault::Delay(Span::secs(1))));
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::millis(900));
    assert_eq!(row(&sim, "t").2[1].1, 0);
    wait(&mut sim, Span::millis(700));
    assert_eq!(row(&sim, "t").2[1].1, 1);
    done(&mut sim, link(101, 102, false, LinkFault::Heal));
    done(&mut sim, link(101, 102, false, LinkFault::Loss(500)));
    for _ in 0..20 {
        produce(&mut sim, 101, "t", 1, Acks::Leader);
        wait(&mut sim, Span::millis(300));
    }
    wait(&mut sim, Span::secs(60));
    assert_eq!(row(&sim, "t").2, [(101, 21, 21), (102, 21, 21)]);
}

#[test]
fn a_held_message_holds_up_its_connection_and_nothing_else() {
    let mut sim = pair();
    done(&mut sim, hold(101, 102, ApiKey::Fetch, true));
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::secs(3));
    assert_eq!(row(&sim, "t").2, [(101, 1, 0), (102, 0, 0)]);
    let held = sim.view().held;
    assert_eq!(held.len(), 1);
    let states: Vec<_> = sim.view().brokers.iter().map(|b| b.state).collect();
    assert_eq!(states, [ProcessState::Up; 3], "heartbeats have connections of their own");
    done(&mut sim, Act::Message(held[0].id, MessageFault::Release));
    wait(&mut sim, Span::secs(2));
    assert_eq!(row(&sim, "t").2, [(101, 1, 1), (102, 1, 1)]);
}

#[test]
fn a_dropped_message_breaks_its_connection_and_the_asker_asks_again() {
    let mut sim = pair();
    done(&mut sim, hold(101, 102, ApiKey::Fetch, true));
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::secs(1));
    let held = sim.view().held[0].id;
    done(&mut sim, Act::Message(held, MessageFault::Drop));
    assert!(sim.view().held.is_empty());
    assert!(matches!(sim.apply(Act::Message(held, MessageFault::Release)), Outcome::Refused(_)));
    wait(&mut sim, Span::secs(2));
    assert_eq!(row(&sim, "t").2, [(101, 1, 1), (102, 1, 1)], "the follower has fetched again");
}

#[test]
fn a_held_message_is_let_go_however_much_was_sent_since() {
    let mut sim = pair();
    done(&mut sim, hold(102, 101, ApiKey::Fetch, false));
    wait(&mut sim, Span::secs(1));
    let held = sim.view().held[0].id;
    wait(&mut sim, Span::secs(600));
    let newest = sim.messages(0, 1).last().map_or(0, |m| m.id);
    assert!(newest > held + 2_048, "nobody remembers as many: {held}, {newest}");
    assert!(sim.view().held.iter().any(|m| m.id == held));
    done(&mut sim, Act::ReleaseAll);
    assert!(sim.view().held.is_empty());
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::secs(2));
    assert_eq!(row(&sim, "t").2, [(101, 1, 1), (102, 1, 1)]);
}

#[test]
fn an_asker_that_gave_up_does_not_wait_behind_its_old_connection() {
    let mut sim = pair();
    done(&mut sim, hold(102, 101, ApiKey::Fetch, false));
    wait(&mut sim, Span::secs(1));
    assert_eq!(sim.view().held.len(), 1);
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::secs(20));
    assert_eq!(row(&sim, "t").2[1].1, 0);
    wait(&mut sim, Span::secs(15));
    assert_eq!(row(&sim, "t").2[1].1, 1, "after 30 s it fetches on a new connection");
    done(&mut sim, Act::ReleaseAll);
    wait(&mut sim, Span::secs(1));
    assert_eq!(row(&sim, "t").2, [(101, 1, 1), (102, 1, 1)], "the late question does no harm");
}

#[test]
fn a_slow_disk_makes_each_write_late() {
    let mut sim = pair();
    done(&mut sim, Act::SlowDisk(broker(102), Span::secs(2)));
    produce(&mut sim, 101, "t", 1, Acks::Leader);
    wait(&mut sim, Span::millis(1_500));
    assert_eq!(row(&sim, "t").2, [(101, 1, 0), (102, 0, 0)]);
    wait(&mut sim, Span::secs(2));
    assert_eq!(row(&sim, "t").2, [(101, 1, 1), (102, 1, 1)]);
    done(&mut sim, Act::SlowDisk(broker(102), Span::ZERO));
    assert!(matches!(sim.apply(Act::SlowDisk(broker(102), Span::ZERO)), Outcome::Refused(_)));
}

#[test]
fn a_follower_that_lost_its_disk_copies_all_again() {
    let mut sim = pair();
    produce(&mut sim, 101, "t", 5, Acks::All);
    wait(&mut sim, Span::secs(1));
    done(&mut sim, Act::LoseDisk(broker(102)));
    assert_eq!(sim.view().brokers[1].state, ProcessState::Crashed);
    done(&mut sim, Act::Start(broker(102)));
    wait(&mut sim, Span::secs(15));
    assert_eq!((row(&sim, "t").1, row(&sim, "t").2), (vec![101, 102], vec![(101, 5, 5), (102, 5, 5)]));
}

#[test]
fn a_start_while_it_stops_waits_for_the_end() {
    let mut sim = pair();
    done(&mut sim, Act::Stop(broker(101), StopHow::Clean));
    done(&mut sim, Act::Start(broker(101)));
    wait(&mut sim, Span::secs(20));
    assert_eq!(sim.view().brokers[0].state, ProcessState::Up);
    assert_eq!(row(&sim, "t").0, Some(102), "it stopped first");
}

#[test]
fn controllers_and_zookeeper_servers_restart() {
    let setup = Setup {
        seed: 1,
        brokers: &[101],
        controllers: 3,
        release: crate::metadata::Release::V4,
        properties: &[],
    };
    let mut sim = Simulation::new(&setup).expect("a sound setup");
    wait(&mut sim, Span::secs(2));
    done(&mut sim, Act::Restart(NodeId::Controller(1)));
    wait(&mut sim, Span::secs(10));
    assert!(sim.view().controllers.iter().all(|controller| controller.state == ProcessState::Up));
    let epochs: Vec<i32> = sim.view().controllers.iter().map(|controller| controller.epoch).collect();
    assert!(epochs.iter().all(|epoch| *epoch >= 2), "another one led meanwhile: {epochs:?}");
}

#[test]
fn a_restart_stops_cleanly_and_starts() {
    let mut sim = pair();
    done(&mut sim, Act::Restart(broker(101)));
    wait(&mut sim, Span::secs(20));
    assert_eq!(sim.view().brokers[0].state, ProcessState::Up);
    assert_eq!(row(&sim, "t").0, Some(102), "it gave its leadership away");
    done(&mut sim, Act::Stop(broker(101), StopHow::Crash));
    assert!(matches!(sim.apply(Act::Restart(broker(101))), Outcome::Refused(_)));
}
