//! The terminal speaks Kafka's own command lines.

use kafkascope_e2e::{NARROW, WIDE, visit};

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn topics_are_listed() {
    visit(WIDE, |page| async move {
        page.run("kafka-topics --list --bootstrap-server localhost:9092").await;
        page.until_printed("trucks_gps").await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn what_a_user_types_stays_text() {
    visit(WIDE, |page| async move {
        page.run("echo '<img src=x onerror=\"document.title=1\"> <b>bold</b>'").await;
        page.until_printed("<img src=x onerror=\"document.title=1\"> <b>bold</b>").await;
        // The page's own marks are no matter; what was typed must not have become an element.
        let markup = page
            .ask("[...$('terminal-output').querySelectorAll('img, b')].filter(e => e.tagName === 'IMG' || e.textContent === 'bold').length")
            .await;
        assert_eq!(markup, 0, "text was taken for markup");
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn an_unknown_command_is_refused_in_words() {
    visit(WIDE, |page| async move {
        page.run("kafka-topic --list").await;
        page.until_printed("kafka-topic: command not found").await;
        // The hint shows the line again and points at the word.
        page.until(
            "the nearest command is suggested",
            "$('terminal-output').innerText.includes('^ did you mean kafka-topics?')",
        )
        .await;
    });
}

#[test]
#[ignore = "needs the served page: cargo xtask test"]
fn chips_compose_a_command_on_a_phone() {
    visit(NARROW, |page| async move {
        page.click("tab-terminal").await;
        let chip = |label: &str| {
            format!(
                "[...document.querySelectorAll('.chips button')].find(chip => chip.innerText === '{label}')"
            )
        };
        for word in ["kafka-topics", "--list", "--bootstrap-server"] {
            page.until("a chip offers the next word", &format!("!!{}", chip(word))).await;
            page.ask(&format!("{}.click()", chip(word))).await;
        }
        let typed = "document.querySelector('textarea').value";
        page.until(
            "the words stand at the prompt",
            &format!("{typed} === 'kafka-topics --list --bootstrap-server '"),
        )
        .await;
    });
}
