//! The first seconds: a living cluster, without a word typed.

use kafkascope_e2e::{NARROW, WIDE, visit};

/// What a first visit may transfer, headers of answers apart, as the browser counts it.
const TRANSFER_LIMIT: u64 = 400_000;
/// Everything that was transferred.
const ALL: &str =
    "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]";
/// The second half of the program.
const REST: &str =
    "performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('_rest.ppmd')).length";

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn three_brokers_and_their_replicas_are_there() {
    visit(WIDE, |page| async move {
        page.until(
            "brokers 101, 102 and 103 are shown",
            "[101, 102, 103].every(id => $(`broker-${id}`)?.checkVisibility() ?? false)",
        )
        .await;
        page.until("partition 0 has a replica on every broker", "$$('replica-trucks_gps-0-').length === 3")
            .await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn records_flow_until_the_clock_is_paused() {
    visit(WIDE, |page| async move {
        page.until("the clock shows", "!!$('clock')?.innerText").await;
        let time = page.ask("$('clock').innerText").await;
        let stage = page.ask("$('stage').innerText").await;
        page.until("time passes", &format!("$('clock').innerText !== {time}")).await;
        page.until("offsets grow", &format!("$('stage').innerText !== {stage}")).await;
        page.click("play-pause").await;
        let moved = "new Promise(done => { const was = $('clock').innerText; \
                     requestAnimationFrame(() => requestAnimationFrame(() => done($('clock').innerText === was))) })";
        page.until("time stands", moved).await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_phone_gets_a_page_of_its_width() {
    visit(NARROW, |page| async move {
        page.until("a broker is shown", "$$('broker-').length > 0").await;
        let overhang = page.ask("document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(
            overhang.as_i64().is_some_and(|pixels| pixels <= 0),
            "the page is {overhang} pixels too wide"
        );
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_first_visit_transfers_little_and_only_from_here() {
    visit(WIDE, |page| async move {
        page.until("the page has started", "$$('broker-').length > 0").await;
        // Records are written, copied and read, and time passes: none of that needs the second half.
        let clock = page.ask("$('clock').innerText").await;
        page.until("time passes", &format!("$('clock').innerText.slice(0, 4) > {clock}.slice(0, 4)")).await;
        let rest = page.ask(REST).await;
        assert_eq!(rest, 0, "a first visit needed the second half: `cargo xtask profile` cuts the page anew");
        let transferred =
            page.ask(&format!("{ALL}.reduce((sum, entry) => sum + entry.encodedBodySize, 0)")).await;
        let transferred = transferred.as_u64().expect("a number of bytes");
        assert!(transferred > 1024, "only {transferred} bytes: the browser did not count");
        assert!(transferred <= TRANSFER_LIMIT, "{transferred} bytes are more than {TRANSFER_LIMIT}");
        let foreign =
            page.ask(&format!("{ALL}.map(entry => entry.name).filter(url => !url.startsWith(origin))")).await;
        assert_eq!(foreign, serde_json::json!([]), "fetched from elsewhere");
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn the_rest_of_the_program_comes_when_somebody_begins_to_do_something() {
    visit(WIDE, |page| async move {
        page.until("the page has started", "$$('broker-').length > 0").await;
        page.click("terminal-input").await;
        page.until("the rest is fetched", &format!("{REST} > 0")).await;
    });
}
