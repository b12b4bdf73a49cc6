//! Machines are stopped and started by click, and every click says which command it was.

use kafkascope_e2e::{WIDE, visit};

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn a_broker_stops_and_starts_by_click() {
    visit(WIDE, |page| async move {
        page.click("broker-menu-102").await;
        page.click("broker-102-stop").await;
        let echoed = "$('terminal-output')?.innerText.includes('broker stop 102') ?? false";
        page.until("the click types its command", echoed).await;
        page.until("broker 102 is shown as stopped", "/stopped/i.test($('broker-102').innerText)").await;
        page.until("the others go on", "!/stopped/i.test($('broker-101').innerText)").await;

        page.click("broker-menu-102").await;
        page.click("broker-102-start").await;
        page.until("broker 102 is back", "!/stopped/i.test($('broker-102').innerText)").await;
    });
}
