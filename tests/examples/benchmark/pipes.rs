//! A long pipe: lines from a file through a shell into the console producer.

use crate::cost::Clock;
use kafkascope_core::session::Session;
use kafkascope_core::session::api::ClusterConfig;

/// How many lines.
const LINES: u64 = 80_000;

/// How fast lines go through a pipe.
pub fn run() {
    let config = ClusterConfig { tool_startup_us: 0, ..ClusterConfig::default() };
    let mut session = Session::new(config).expect("the default configuration is accepted");
    let script = format!(
        "kafka-topics --bootstrap-server localhost:9092 --create --topic lines --partitions 3\n\
         seq {LINES} | kafka-console-producer --bootstrap-server localhost:9092 --topic lines\n"
    );
    let clock = Clock::start();
    session.run_script(&script, &mut |_| true);
    let seconds = clock.used().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "rates for people")]
    let rate = LINES as f64 / seconds;
    println!("lines of a pipe    seconds      lines/s");
    println!("{LINES:>15}  {seconds:>9.3}  {rate:>11.0}\n");
    assert_eq!(session.simulation().ledger().totals(), (LINES, 0), "every line is a record");
}
