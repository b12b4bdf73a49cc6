use super::super::testing::Stage;

#[test]
fn mistakes_are_answered_as_in_kafka() {
    let told = |line: &str| {
        let mut stage = Stage::default();
        stage.run(line);
        assert_eq!(stage.exit, Some(1), "{line}");
        stage.err
    };
    assert_eq!(
        told("kafka-transactions"),
        "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE]\n                             \
         --bootstrap-server host:port COMMAND ...\nkafka-transactions.sh: error: too few arguments\n"
    );
    let text = told("kafka-transactions --bootstrap-server localhost:9092 nonsense");
    assert!(
        text.ends_with(
            "kafka-transactions.sh:  error:  invalid  choice:  'nonsense'  (choose  from\n'list',   'describe',   \
             'describe-producers',    'abort',   'find-hanging',\n'forceTerminateTransaction')\n"
        ),
        "{text}"
    );
    let text = told("kafka-transactions list");
    assert!(
        text.ends_with("kafka-transactions.sh: error: argument --bootstrap-server is required\n"),
        "{text}"
    );
    let text = told("kafka-transactions --bootstrap-server localhost:9092 find-hanging");
    assert!(text.starts_with("The `find-hanging` command requires either --topic or --broker-id"), "{text}");
    let text = told(
        "kafka-transactions --bootstrap-server localhost:9092 abort --topic t --partition 0 --producer-id 1",
    );
    assert_eq!(text, "Missing required argument --producer-epoch\n");
}
