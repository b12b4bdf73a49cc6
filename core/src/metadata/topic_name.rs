//! Which names a topic may have.

/// Kafka's longest topic name.
const NAME_MAX: usize = 249;

/// Why a name cannot be a topic's, in Kafka's words.
pub fn check_topic_name(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Err("Topic name is invalid: the empty string is not allowed".to_owned())
    } else if name == "." || name == ".." {
        Err(format!("Topic name is invalid: '{name}' is not allowed"))
    } else if name.chars().count() > NAME_MAX {
        Err(format!(
            "Topic name is invalid: the length of '{name}' is longer than the max allowed length {NAME_MAX}"
        ))
    } else if !name.chars().all(legal) {
        Err(format!(
            "Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, \
             '.', '_' and '-'"
        ))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::check_topic_name;

    #[test]
    fn names_are_refused_in_kafkas_words() {
        assert_eq!(check_topic_name("trucks_gps"), Ok(()));
        assert!(check_topic_name("..").unwrap_err().ends_with("'..' is not allowed"));
        assert!(check_topic_name("bad name").unwrap_err().contains("ASCII alphanumerics"));
        assert!(check_topic_name(&"x".repeat(250)).unwrap_err().contains("longer than the max"));
    }
}
