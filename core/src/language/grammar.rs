//! Loops, conditions, functions and sub-shells: commands with commands inside of them.

use super::lexer::{Op, TokenKind};
use super::parser::Parser;
use super::tree::{Command, Compound, Extent, Item, Piece, Pipeline, Word};

/// How deep commands may stand in each other.
const DEPTH_MAX: u32 = 24;

impl Parser<'_> {
    /// Commands up to a word that ends them, which stays.
    pub(super) fn list(&mut self, ends: &[&str]) -> Vec<Item> {
        let mut items = Vec::new();
        while self.at < self.tokens.len() {
            if ends.iter().any(|end| self.is_end(end)) {
                break;
            }
            match self.op() {
                Some(Op::Newline) => self.at += 1,
                Some(Op::Semicolon | Op::Background | Op::Pipe | Op::PipeBoth | Op::And | Op::Or) => {
                    self.unexpected();
                }
                _ => items.push(self.item()),
            }
        }
        items
    }

    fn is_end(&self, end: &str) -> bool {
        match end {
            ")" => self.is_sign(self.at, ")"),
            ";;" => self.is_sign(self.at, ";") && self.is_sign(self.at + 1, ";"),
            word => self.is_word(self.at, word),
        }
    }

    /// Whether the operator at a place is written so.
    pub(super) fn is_sign(&self, at: usize, sign: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| {
            matches!(token.kind, TokenKind::Operator(_)) && token.extent.of(self.text) == sign
        })
    }

    /// Whether two tokens touch each other.
    fn touch(&self, at: usize) -> bool {
        let end = self.tokens.get(at).map(|token| token.extent.end);
        end.is_some() && end == self.tokens.get(at + 1).map(|token| token.extent.start)
    }

    /// Steps over a word (or `)`, `;;`) that must stand here.
    fn must(&mut self, wanted: &str) -> bool {
        if self.is_end(wanted) {
            self.at += if wanted == ";;" { 2 } else { 1 };
            return true;
        }
        if self.at >= self.tokens.len() {
            self.line.incomplete = true;
            let message = format!("syntax error: `{wanted}' is missing at the end");
            self.wrong(self.extent(), message, None);
        } else {
            self.unexpected();
        }
        false
    }

    /// Commands that are not empty.
    fn body(&mut self, ends: &[&str]) -> Vec<Item> {
        let items = self.list(ends);
        if items.is_empty() && self.line.diagnostics.is_empty() && self.at < self.tokens.len() {
            self.unexpected();
        }
        items
    }

    fn blanks(&mut self) {
        while matches!(self.op(), Some(Op::Semicolon | Op::Newline)) {
            self.at += 1;
        }
    }

    /// A compound command, if one begins here.
    pub(super) fn compound(&mut self) -> Option<Command> {
        let compound = self.nested(Self::compound_here)??;
        Some(Command { compound: Some(Box::new(compound)), ..Command::default() })
    }

    /// Reads something that may hold itself. `None` if that goes too deep.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH_MAX {
            let message = format!("commands may stand in each other at most {DEPTH_MAX} deep");
            self.wrong(self.extent(), message, None);
            self.at = self.tokens.len();
            return None;
        }
        self.depth += 1;
        let done = read(self);
        self.depth -= 1;
        Some(done)
    }

    fn compound_here(&mut self) -> Option<Compound> {
        if self.is_sign(self.at, "(") {
            if self.is_sign(self.at + 1, "(") && self.touch(self.at) {
                return Some(Compound::Arithmetic(self.arithmetic()));
            }
            self.at += 1;
            let body = self.body(&[")"]);
            self.must(")");
            return Some(Compound::Subshell(body));
        }
        let Some(TokenKind::Word(pieces)) = self.tokens.get(self.at).map(|token| &token.kind) else {
            return None;
        };
        let [Piece::Text { text, quoted: false }] = pieces.as_slice() else { return None };
        let word = text.clone();
        let names = self.is_sign(self.at + 1, "(") && self.is_sign(self.at + 2, ")");
        if names && self.touch(self.at + 1) {
            self.at += 3;
            return Some(self.function(word));
        }
        let compound = match word.as_str() {
            "for" => self.for_loop(),
            "while" | "until" => self.while_loop(word == "until"),
            "if" => self.condition(),
            "case" => self.case(),
            "{" => {
                self.at += 1;
                let body = self.body(&["}"]);
                self.must("}");
                Compound::Group(body)
            }
            "function" => {
                self.at += 1;
                let name = self.name();
                if self.is_sign(self.at, "(") && self.is_sign(self.at + 1, ")") {
                    self.at += 2;
                }
                self.function(name)
            }
            _ => return None,
        };
        Some(compound)
    }

    /// A word that is a name.
    fn name(&mut self) -> String {
        let literal = match self.tokens.get(self.at).map(|token| &token.kind) {
            Some(TokenKind::Word(pieces)) => {
                Word { pieces: pieces.clone(), extent: Extent::default() }.literal()
            }
            _ => None,
        };
        match literal {
            Some(name) => {
                self.at += 1;
                name
            }
            None => {
                self.line.incomplete |= self.at >= self.tokens.len();
                self.wrong(self.extent(), "syntax error: a name must follow", None);
                self.at += 1;
                String::new()
            }
        }
    }

    fn function(&mut self, name: String) -> Compound {
        while self.op() == Some(Op::Newline) {
            self.at += 1;
        }
        let start = self.extent();
        let body = self.compound();
        match body {
            Some(command) => {
                let first = Pipeline { commands: vec![command], ..Pipeline::default() };
                let list = super::tree::AndOr { first, rest: Vec::new() };
                let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|t| t.extent.end);
                let extent = Extent { start: start.start, end: end.unwrap_or(start.end) };
                let text = extent.of(self.text).to_owned();
                Compound::Function { name, body: vec![Item { list, background: false, text }] }
            }
            None => {
                self.line.incomplete |= self.at >= self.tokens.len();
                self.wrong(start, "a function is `NAME() { COMMANDS; }`", None);
                self.at = self.tokens.len();
                Compound::Group(Vec::new())
            }
        }
    }

    fn do_done(&mut self) -> Vec<Item> {
        self.blanks();
        if !self.must("do") {
            self.at = self.tokens.len();
            return Vec::new();
        }
        let body = self.body(&["done"]);
        self.must("done");
        body
    }

    fn for_loop(&mut self) -> Compound {
        self.at += 1;
        if self.is_sign(self.at, "(") && self.is_sign(self.at + 1, "(") {
            let text = self.arithmetic();
            let mut parts = text.splitn(3, ';').map(|part| part.trim().to_owned());
            let mut next = || parts.next().unwrap_or_default();
            let parts = [next(), next(), next()];
            return Compound::Count { parts, body: self.do_done() };
        }
        let name = self.name();
        let mut words = None;
        while self.op() == Some(Op::Newline) {
            self.at += 1;
        }
        if self.is_word(self.at, "in") {
            self.at += 1;
            let mut list = Vec::new();
            while let Some(token) = self.tokens.get(self.at)
                && let TokenKind::Word(pieces) = &token.kind
            {
                list.push(Word { pieces: pieces.clone(), extent: token.extent });
                self.line.incomplete |= token.open;
                self.at += 1;
            }
            words = Some(list);
        }
        Compound::For { name, words, body: self.do_done() }
    }

    fn while_loop(&mut self, until: bool) -> Compound {
        self.at += 1;
        let condition = self.body(&["do"]);
        Compound::While { until, condition, body: self.do_done() }
    }

    fn condition(&mut self) -> Compound {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            // `if` or `elif`
            self.at += 1;
            let condition = self.body(&["then"]);
            if !self.must("then") {
                self.at = self.tokens.len();
                break;
            }
            branches.push((condition, self.body(&["elif", "else", "fi"])));
            if self.is_word(self.at, "elif") {
                continue;
            }
            if self.is_word(self.at, "else") {
                self.at += 1;
                otherwise = self.body(&["fi"]);
            }
            self.must("fi");
            break;
        }
        Compound::If { branches, otherwise }
    }

    fn case(&mut self) -> Compound {
        self.at += 1;
        let word = self.one_word();
        self.blanks();
        let mut arms = Vec::new();
        if !self.must("in") {
            self.at = self.tokens.len();
        }
        self.blanks();
        while self.at < self.tokens.len() && !self.is_word(self.at, "esac") {
            if self.is_sign(self.at, "(") {
                self.at += 1;
            }
            let mut patterns = vec![self.one_word()];
            while self.op() == Some(Op::Pipe) {
                self.at += 1;
                patterns.push(self.one_word());
            }
            if !self.must(")") {
                self.at = self.tokens.len();
                break;
            }
            let body = self.list(&[";;", "esac"]);
            arms.push((patterns, body));
            if self.is_end(";;") {
                self.at += 2;
            }
            self.blanks();
        }
        self.must("esac");
        Compound::Case { word, arms }
    }

    fn one_word(&mut self) -> Word {
        match self.tokens.get(self.at) {
            Some(token) => {
                let extent = token.extent;
                if let TokenKind::Word(pieces) = &token.kind {
                    let word = Word { pieces: pieces.clone(), extent };
                    self.at += 1;
                    return word;
                }
                self.unexpected();
            }
            None => {
                self.line.incomplete = true;
                self.wrong(self.extent(), "syntax error: a word must follow", None);
            }
        }
        Word::default()
    }

    /// The text in `((…))`, which begins here.
    fn arithmetic(&mut self) -> String {
        let start = self.tokens.get(self.at + 1).map_or(0, |token| token.extent.end);
        let mut depth = 0_u32;
        while let Some(token) = self.tokens.get(self.at) {
            if self.is_sign(self.at, "(") {
                depth += 1;
            } else if self.is_sign(self.at, ")") {
                depth = depth.saturating_sub(1);
            }
            let end = token.extent.start;
            self.at += 1;
            if depth == 0 {
                let text = Extent { start, end }.of(self.text);
                return text.trim_end().strip_suffix(')').unwrap_or(text).to_owned();
            }
        }
        self.line.incomplete = true;
        self.wrong(self.extent(), "syntax error: `))' is missing at the end", None);
        String::new()
    }

    /// What follows `[[` up to `]]`, as words; signs are words there.
    pub(super) fn double_brackets(&mut self, command: &mut Command) {
        while let Some(token) = self.tokens.get(self.at) {
            let extent = token.extent;
            let mut word = match &token.kind {
                TokenKind::Word(pieces) => Word { pieces: pieces.clone(), extent },
                _ => Word::of(extent.of(self.text)),
            };
            self.line.incomplete |= token.open;
            self.at += 1;
            let ends = word.literal().as_deref() == Some("]]");
            // Nothing is split there, and an empty value stays a word.
            for piece in &mut word.pieces {
                if let Piece::Variable { quoted, .. }
                | Piece::Parameter { quoted, .. }
                | Piece::Substitution { quoted, .. }
                | Piece::Arithmetic { quoted, .. } = piece
                {
                    *quoted = true;
                }
            }
            command.words.push(word);
            if ends {
                return;
            }
        }
        self.line.incomplete = true;
        self.wrong(self.extent(), "syntax error: `]]' is missing at the end", None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{parse, wants_more};

    fn only(text: &str) -> Compound {
        let line = parse(text);
        assert_eq!(line.diagnostics, vec![], "{text}");
        let command = line.items[0].list.first.commands[0].clone();
        *command.compound.unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn loops_and_conditions_hold_their_commands() {
        let Compound::For { name, words, body } =
            only("for i in 1 2; do echo $i; for j in x; do ls; done; done")
        else {
            panic!()
        };
        assert_eq!((name.as_str(), words.map(|w| w.len()), body.len()), ("i", Some(2), 2));
        let Compound::While { until: true, condition, body } = only("until nc -z h 1\ndo\n  sleep 1\ndone")
        else {
            panic!()
        };
        assert_eq!((condition.len(), body.len()), (1, 1));
        let Compound::If { branches, otherwise } =
            only("if [ -f a ]; then echo 1; elif true; then echo 2; else echo 3; fi")
        else {
            panic!()
        };
        assert_eq!((branches.len(), otherwise.len()), (2, 1));
        let Compound::Case { arms, .. } = only("case $x in a|b) echo 1;; *) echo 2 ;; esac") else {
            panic!()
        };
        assert_eq!((arms.len(), arms[0].0.len()), (2, 2));
        let Compound::Count { parts, .. } = only("for ((i=0; i<10; i++)); do echo $i; done") else {
            panic!()
        };
        assert_eq!(parts, ["i=0", "i<10", "i++"]);
        assert!(matches!(only("( cd a && ls ) > f"), Compound::Subshell(body) if body.len() == 1));
        assert!(matches!(only("say() { echo $1; }"), Compound::Function { name, .. } if name == "say"));
        assert!(
            matches!(only("function say { echo $1; }"), Compound::Function { name, .. } if name == "say")
        );
        assert!(matches!(only("(( n += 2 ))"), Compound::Arithmetic(text) if text.trim() == "n += 2"));
    }

    #[test]
    fn a_loop_can_stand_in_a_pipe_and_have_redirects() {
        let line =
            parse("for i in 1 2; do echo $i; done | sort > f; cat f | while read x; do echo $x; done < g &");
        assert_eq!(line.diagnostics, vec![]);
        assert_eq!(line.items[0].list.first.commands.len(), 2);
        assert_eq!(line.items[1].list.first.commands[1].redirects.len(), 1);
        assert!(line.items[1].background);
    }

    #[test]
    fn what_is_open_wants_more_and_what_is_wrong_is_told() {
        for text in [
            "for i in 1 2",
            "for i in 1; do",
            "while true; do echo",
            "if true",
            "if true; then",
            "case x in",
            "( a",
            "f() {",
            "[[ a == b",
            "((1",
            "for i in 1 2\ndo echo $i",
        ] {
            assert!(wants_more(text), "{text}");
        }
        for text in ["done", "fi; ls", "while; do x; done", "for i in 1; done", "(ls", "if true; fi", "a )"] {
            assert!(!parse(text).diagnostics.is_empty(), "{text}");
        }
        assert!(parse(&"( ".repeat(10_000)).diagnostics[0].message.contains("deep"));
        assert!(parse(&"if true; then ".repeat(1_000)).diagnostics[0].message.contains("deep"));
    }
}
