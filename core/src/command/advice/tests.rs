use super::*;

fn hints(text: &str) -> Vec<String> {
    of(text, Release::V4)
}

fn of(text: &str, release: Release) -> Vec<String> {
    let scene = Scene { release, topics: vec!["orders".into()], groups: vec!["billing".into()] };
    look(text, &scene, true)
        .iter()
        .map(|found| format!("{}: {}", found.extent.of(text), found.says))
        .collect()
}

#[test]
fn misspelt_words_are_offered_right() {
    for (text, hint) in [
        ("kafka-topics --craete --topic a", "--craete: did you mean --create?"),
        ("kafka-topcis --list", "kafka-topcis: did you mean kafka-topics?"),
        ("brokr crash 102", "brokr: did you mean broker?"),
        ("broker crahs 102", "crahs: did you mean crash?"),
        (
            "bin/kafka-topics.sh --list --bootstrap_server a:1",
            "--bootstrap_server: did you mean --bootstrap-server?",
        ),
        (
            "kafka-topics --list --bootstrap-servers a:1",
            "--bootstrap-servers: did you mean --bootstrap-server?",
        ),
        ("kafka-topics --list --bootstrap a:1", "--bootstrap: options are not shortened: --bootstrap-server"),
        ("kafka-topics --describe --topic oders", "oders: did you mean orders?"),
        ("kafka-consumer-groups --describe --group biling", "biling: did you mean billing?"),
        ("kafka-configs --describe --entity-type topic", "topic: did you mean topics?"),
        ("kafka-topics --create --partitions three", "three: --partitions takes a whole number"),
        (
            "kafka-topics --list --bootstrap-server localhost",
            "localhost: its port is missing: localhost:9092",
        ),
        ("docker exec k kafka-topics --lst | cat", "--lst: did you mean --list?"),
        ("kafka-topics --topic --create", "--topic: --topic needs a value, and takes `--create` for it"),
        ("kafka-topics --list --topic", "--topic: --topic needs a value: topic"),
        ("kafka-topics --bootstrap-server a:1 list", "list: options begin with two dashes: --list"),
        ("kafka-metadata-quorum descrbe --status", "descrbe: did you mean describe?"),
        (
            "kafka-cluster cluster-id -bootstrap-server a:1",
            "-bootstrap-server: long options of this tool begin with two dashes: --bootstrap-server",
        ),
    ] {
        assert_eq!(hints(text), [hint], "{text}");
    }
    assert!(hints("kafka-topics --create --topic new --bootstrap-server localhost:9092").is_empty());
    assert!(hints("kafka-console-consumer -topic orders | grep -x a; echo --bogus").is_empty());
}

#[test]
fn what_a_web_page_made_of_a_line_is_told() {
    for (text, hint) in [
        ("kafka-topics –list", "–list: that dash came from a web page; meant `--list`?"),
        ("kafka-topics —topic a", "—topic: that dash came from a web page; meant `--topic`?"),
        ("kafka-topics -–list", "-–list: one dash in it came from a web page; meant `--list`?"),
        ("echo “a”", "“a”: those quotes came from a web page; meant `\"a\"`?"),
        (
            "kafka-topics\u{a0}--list",
            "kafka-topics\u{a0}--list: a blank in it came from a web page and divides no words; meant `kafka-topics --list`?",
        ),
        ("cat <my file>", "<my file>: `<my file>` stands for a name of yours, without `<` and `>`"),
    ] {
        assert_eq!(hints(text), [hint], "{text}");
    }
    assert!(hints("cat <in >out").is_empty() && hints("sort < a > b").is_empty());
}

#[test]
fn options_of_other_releases_say_since_when() {
    let told = hints("kafka-topics --zookeeper localhost:2181 --list");
    assert_eq!(
        told,
        [
            "--zookeeper: --zookeeper is gone since Kafka 3.0: use --bootstrap-server (--kafka-version 2.8.2 has it)"
        ]
    );
    let told = of("kafka-console-consumer --formatter-property print.key=true", Release::V3);
    assert_eq!(
        told,
        ["--formatter-property: --formatter-property is there since Kafka 4.2; in 3.9.1 use --property"]
    );
    let scene = Scene { release: Release::V4, topics: Vec::new(), groups: Vec::new() };
    let told = look("kafka-console-consumer --property print.key=true", &scene, false);
    assert_eq!(told[0].says, "--property is deprecated since Kafka 4.2: use --formatter-property");
    assert!(look("kafka-topics --lst", &scene, false).is_empty(), "what worked is not criticised");
}

#[test]
fn the_mark_stands_below_the_word() {
    let text = "kafka-topics --craete";
    let advice = Advice { extent: Extent::new(13, 21), says: "x".into(), always: false };
    assert_eq!(show(text, &advice), "  kafka-topics --craete\n               ^^^^^^^^ x");
    let text = format!("{} é{} --bad b\nnext", "a".repeat(90), "b".repeat(9));
    let at = text.find("--bad").unwrap();
    let shown = show(&text, &Advice { extent: Extent::new(at, at + 5), says: "y".into(), always: false });
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2);
    let column = lines[0].chars().collect::<String>().find("--bad").map(|n| lines[0][..n].chars().count());
    assert_eq!(lines[1].find('^'), column);
}
