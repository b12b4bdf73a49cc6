//! The sitting as a whole: looked back on, taken back, put into a link; and the opened control strip.

use kafkascope_e2e::{NARROW, Page, WIDE, visit};

/// Broker 102 stands in this state.
async fn until_102_is(page: &Page, state: &str) {
    page.until(
        &format!("broker 102 is {state}"),
        &format!("$('broker-102')?.getAttribute('aria-label').includes('{state}') ?? false"),
    )
    .await;
}

/// Presses a key on the page, with the focus on the timeline.
async fn press(page: &Page, key: &str, control: bool) {
    page.ask(&format!(
        "$('timeline').dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', ctrlKey: {control}, bubbles: true, cancelable: true }}))"
    ))
    .await;
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn what_was_done_is_taken_back() {
    visit(WIDE, |page| async move {
        page.run("broker crash 102").await;
        until_102_is(&page, "crashed").await;
        page.click("undo").await;
        until_102_is(&page, "up").await;
        page.until("it is said", "$('notice')?.innerText.includes('broker crash 102') ?? false").await;
        let echoed = page.ask("$('terminal-output').innerText.includes('broker crash 102')").await;
        assert_eq!(echoed, false, "the terminal shows what was never typed");
        page.click("notice-close").await;
        page.until("it is put away", "!$('notice')").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn an_earlier_moment_is_looked_at_and_left_again() {
    visit(WIDE, |page| async move {
        page.until("a second has passed", "$('clock')?.innerText > '00:11'").await;
        page.run("broker crash 102").await;
        until_102_is(&page, "crashed").await;
        press(&page, "Home", false).await;
        until_102_is(&page, "up").await;
        page.until("the clock is set back", "$('clock').innerText < '00:11'").await;
        press(&page, "End", false).await;
        until_102_is(&page, "crashed").await;
        page.until("nothing more is said", "!$('notice')").await;
        // The mark of the crash is the moment just before it; what is done there is done instead.
        press(&page, "[", false).await;
        until_102_is(&page, "up").await;
        page.run("broker stop 103").await;
        page.until("the present is another one", "!$('notice')").await;
        page.until("103 is gone", "$('broker-103').getAttribute('aria-label').includes('stop')").await;
        until_102_is(&page, "up").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_link_carries_the_sitting_and_a_broken_one_says_so() {
    visit(WIDE, |page| async move {
        page.run("broker crash 102").await;
        until_102_is(&page, "crashed").await;
        page.click("share").await;
        page.until("the link is shown", "!!$('notice')?.querySelector('input')").await;
        page.ask("void (globalThis.link = $('notice').querySelector('input').value)").await;
        page.ask("void (location.href = globalThis.link, location.reload())").await;
        page.until("the page is another one", "!globalThis.link && !!$('broker-102')").await;
        until_102_is(&page, "crashed").await;
        page.ask("void (location.hash = '#s=???', location.reload())").await;
        page.until("it is said", "$('notice')?.innerText.includes('cannot be opened') ?? false").await;
        until_102_is(&page, "up").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn the_control_strip_opens_into_logs() {
    visit(WIDE, |page| async move {
        page.click("strip-open").await;
        page.until("the log of the controller is shown", "$('logs')?.innerText.includes('active') ?? false")
            .await;
        page.click("strip-open").await;
        page.until("it is closed", "!$('logs')").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_phone_has_the_time_in_a_line_of_its_own() {
    visit(NARROW, |page| async move {
        page.until("the timeline is there", "$('timeline')?.getBoundingClientRect().height >= 44").await;
        let overhang = page.ask("document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(overhang.as_i64().is_some_and(|pixels| pixels <= 0), "{overhang} pixels too wide");
    });
}
