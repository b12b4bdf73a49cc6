//! Tokens to a tree.

use super::lexer::{Op, Token, TokenKind, lex};
use super::tree::{
    AndOr, Command, Connector, Diagnostic, Extent, Item, Line, Piece, Pipeline, Redirect, RedirectKind, Word,
};
use crate::sorted::take_first;

/// Reads a line. Never fails: what is wrong stands in `diagnostics`.
#[must_use]
pub fn parse(text: &str) -> Line {
    if text.len() > super::LINE_MAX {
        let message =
            format!("a line may have at most {} bytes, this one has {}", super::LINE_MAX, text.len());
        let diagnostic = Diagnostic { extent: Extent::default(), message, hint: None };
        return Line { diagnostics: vec![diagnostic], ..Line::default() };
    }
    let start = if text.starts_with("$ ") { 2 } else { 0 };
    let continued = continued(text);
    let text = continued.as_deref().unwrap_or(text);
    let (mut tokens, mut bodies) = (Vec::new(), Vec::new());
    let shift = u32::try_from(start).unwrap_or(0);
    for mut token in lex(text.get(start..).unwrap_or_default()) {
        token.extent.start += shift;
        token.extent.end += shift;
        match token.kind {
            TokenKind::Comment => {}
            TokenKind::Body { .. } => bodies.push(token),
            _ => tokens.push(token),
        }
    }
    let mut parser = Parser { text, tokens, at: 0, bodies, line: Line::default(), depth: 0 };
    parser.line.items = parser.list(&[]);
    parser.line
}

/// Lines that go on by `^` (Windows) or a backtick after a blank (PowerShell), with a backslash instead.
fn continued(text: &str) -> Option<String> {
    let goes_on = |line: &str| line.ends_with(" ^") || line.ends_with(" `");
    if !text.lines().any(|line| goes_on(line.trim_end())) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        match bare.get(..bare.len().saturating_sub(1)) {
            Some(head) if goes_on(bare) => {
                out.push_str(head);
                out.push('\\');
                out.push_str(
                    line.get(bare.len()..).unwrap_or_default().trim_start_matches([' ', '\t', '\r']),
                );
            }
            _ => out.push_str(line),
        }
    }
    Some(out)
}

/// Whether a text ends in the middle of something, so that the next line belongs to it.
#[must_use]
pub fn wants_more(text: &str) -> bool {
    text.len() <= super::LINE_MAX && parse(text).incomplete
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    bodies: Vec<Token>,
    pub(super) line: Line,
    /// How many compound commands stand around this place.
    pub(super) depth: u32,
}

/// Words that mean something only inside of a compound command, and what is not understood at all.
const MISPLACED: [&str; 8] = ["then", "elif", "else", "fi", "do", "done", "esac", "}"];
const UNKNOWN: [&str; 2] = ["select", "coproc"];

impl Parser<'_> {
    pub(super) fn op(&self) -> Option<Op> {
        match self.tokens.get(self.at)?.kind {
            TokenKind::Operator(op) => Some(op),
            _ => None,
        }
    }

    pub(super) fn extent(&self) -> Extent {
        let end = Extent::new(self.text.len(), self.text.len());
        self.tokens.get(self.at).map_or(end, |token| token.extent)
    }

    pub(super) fn wrong(&mut self, extent: Extent, message: impl Into<String>, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.line.diagnostics.push(Diagnostic { extent, message: message.into(), hint });
    }

    pub(super) fn unexpected(&mut self) {
        let extent = self.extent();
        let token = extent.of(self.text).to_owned();
        self.wrong(extent, format!("syntax error near unexpected token `{token}'"), None);
        self.at += 1;
    }

    pub(super) fn item(&mut self) -> Item {
        let start = self.extent().start;
        let first = self.pipeline();
        let mut list = AndOr { first, rest: Vec::new() };
        while let Some(op @ (Op::And | Op::Or)) = self.op() {
            self.at += 1;
            self.skip_newlines();
            let connector = if op == Op::And { Connector::And } else { Connector::Or };
            let next = self.pipeline();
            list.rest.push((connector, next));
        }
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |t| t.extent.end);
        let text = Extent { start, end }.of(self.text).to_owned();
        let background = self.op() == Some(Op::Background);
        // `;;` ends a part of a `case`.
        let ends_arm = self.depth > 0 && self.is_sign(self.at, ";") && self.is_sign(self.at + 1, ";");
        if matches!(self.op(), Some(Op::Background | Op::Semicolon | Op::Newline)) {
            self.at += usize::from(!ends_arm);
        } else if self.at < self.tokens.len() && !(self.depth > 0 && self.is_sign(self.at, ")")) {
            self.parenthesis();
        }
        Item { list, background, text }
    }

    fn parenthesis(&mut self) {
        let extent = self.extent();
        let hint =
            "if they belong to a word, put it in quotes; if they stand for something, put in what is meant";
        let token = extent.of(self.text);
        self.wrong(extent, format!("syntax error near unexpected token `{token}'"), Some(hint));
        self.at = self.tokens.len();
    }

    fn skip_newlines(&mut self) {
        while self.op() == Some(Op::Newline) {
            self.at += 1;
        }
    }

    fn pipeline(&mut self) -> Pipeline {
        let (mut negated, mut timed) = (false, false);
        loop {
            if self.is_word(self.at, "!") {
                negated = !negated;
            } else if self.is_word(self.at, "time") && self.at + 1 < self.tokens.len() {
                timed = true;
            } else {
                break;
            }
            self.at += 1;
        }
        let mut commands = vec![self.command()];
        while let Some(op @ (Op::Pipe | Op::PipeBoth)) = self.op() {
            if op == Op::PipeBoth
                && let Some(command) = commands.last_mut()
            {
                let redirect = Redirect { kind: RedirectKind::ErrorsToOutput, target: Word::default() };
                command.redirects.push(redirect);
            }
            self.at += 1;
            self.skip_newlines();
            commands.push(self.command());
        }
        Pipeline { commands, negated, timed }
    }

    fn command(&mut self) -> Command {
        let start = self.at;
        let mut command = self.compound().unwrap_or_default();
        if self.is_word(self.at, "[[") && command.compound.is_none() {
            self.double_brackets(&mut command);
        }
        if self.is_word(self.at, "explain") {
            return self.quoted_rest();
        }
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token.kind {
                TokenKind::Word(_) if command.compound.is_some() => {
                    // Two commands without anything between them.
                    if !(MISPLACED.iter().any(|word| self.is_word(self.at, word)) && self.depth > 0) {
                        self.unexpected();
                    }
                    break;
                }
                TokenKind::Word(pieces) => {
                    self.at += 1;
                    self.word(&mut command, pieces, token.extent, token.open);
                }
                TokenKind::Operator(Op::Redirect(RedirectKind::Input | RedirectKind::Output))
                    if asks(&command) =>
                {
                    // `expect end orders-0 > 3` compares, too.
                    self.at += 1;
                    let text = token.extent.of(self.text).to_owned();
                    let pieces = vec![Piece::Text { text, quoted: true }];
                    command.words.push(Word { pieces, extent: token.extent });
                }
                TokenKind::Operator(op) => {
                    let Op::Redirect(kind) = op else { break };
                    self.at += 1;
                    self.redirect(&mut command, kind, op, token.extent);
                }
                TokenKind::Comment | TokenKind::Body { .. } => self.at += 1,
            }
        }
        if self.at == start {
            if self.at < self.tokens.len() && self.op() == Some(Op::Parenthesis) {
                self.parenthesis();
            } else if self.at >= self.tokens.len() {
                // `a |` at the end of the text: the rest may follow.
                self.line.incomplete = true;
                self.wrong(self.extent(), "the line ends where a command must follow", None);
            } else {
                self.unexpected();
            }
        }
        self.reserved(&command);
        command
    }

    /// A command whose only argument is the rest of the text, as it is: it is to be explained, not run.
    fn quoted_rest(&mut self) -> Command {
        let mut command = Command::default();
        let Some(Token { kind: TokenKind::Word(pieces), extent, .. }) = self.tokens.get(self.at).cloned()
        else {
            return command;
        };
        command.words.push(Word { pieces, extent });
        let end = Extent::new(self.text.len(), self.text.len()).end;
        let rest = Extent { start: extent.end, end };
        let text = rest.of(self.text).trim().to_owned();
        if !text.is_empty() {
            command.words.push(Word { pieces: vec![Piece::Text { text, quoted: true }], extent: rest });
        }
        self.line.incomplete |= self.tokens.iter().skip(self.at).any(|token| token.open);
        self.at = self.tokens.len();
        command
    }

    /// Whether the token at a place is this word, unquoted.
    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        matches!(self.tokens.get(at).map(|token| &token.kind), Some(TokenKind::Word(pieces))
            if matches!(pieces.as_slice(), [Piece::Text { text, quoted: false }] if text == word))
    }

    fn word(&mut self, command: &mut Command, pieces: Vec<Piece>, extent: Extent, open: bool) {
        if open {
            self.line.incomplete = true;
            let hint = "close it, or press Ctrl-C to give the line up";
            self.wrong(extent, "the line ends inside quotes or after a backslash", Some(hint));
        }
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.extent.end);
        let opens = self.is_sign(self.at, "(") && before == Some(self.extent().start);
        // `declare -a names=(a b)`
        let declares = command.words.first().and_then(Word::literal).is_some_and(|word| {
            matches!(word.as_str(), "declare" | "local" | "typeset" | "readonly" | "export")
        });
        let is_first = command.words.is_empty();
        let assignment = if is_first || declares && opens { assignment(&pieces) } else { None };
        match assignment {
            Some((name, pieces))
                if opens && matches!(pieces.as_slice(), [Piece::Text { text, .. }] if text.is_empty()) =>
            {
                let mut pieces = self.array();
                if is_first {
                    command.assignments.push((name, Word { pieces, extent }));
                } else {
                    pieces.insert(0, Piece::Text { text: format!("{name}="), quoted: true });
                    command.words.push(Word { pieces, extent });
                }
            }
            Some((name, pieces)) => command.assignments.push((name, Word { pieces, extent })),
            None => command.words.push(Word { pieces, extent }),
        }
    }

    /// `(a b c)` behind `NAME=`: the elements with a sign between them.
    fn array(&mut self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        self.at += 1;
        while let Some(token) = self.tokens.get(self.at) {
            let open = token.open;
            match &token.kind {
                TokenKind::Word(more) => {
                    if !pieces.is_empty() {
                        pieces.push(Piece::Text { text: super::BETWEEN.to_string(), quoted: true });
                    }
                    pieces.extend(more.iter().cloned());
                    self.line.incomplete |= open;
                }
                TokenKind::Operator(Op::Newline) => {}
                _ if self.is_sign(self.at, ")") => {
                    self.at += 1;
                    return pieces;
                }
                _ => return self.unexpected_in(pieces),
            }
            self.at += 1;
        }
        self.line.incomplete = true;
        self.wrong(self.extent(), "syntax error: `)' is missing at the end", None);
        pieces
    }

    fn unexpected_in(&mut self, pieces: Vec<Piece>) -> Vec<Piece> {
        self.unexpected();
        pieces
    }

    fn redirect(&mut self, command: &mut Command, kind: RedirectKind, op: Op, extent: Extent) {
        if matches!(kind, RedirectKind::ErrorsToOutput | RedirectKind::OutputToErrors) {
            command.redirects.push(Redirect { kind, target: Word::default() });
            return;
        }
        let next = self.tokens.get(self.at).cloned();
        if self.is_sign(self.at, "(") && matches!(kind, RedirectKind::Input | RedirectKind::Output) {
            let hint = "join the commands by a pipe, or write to a file and read that";
            self.wrong(extent, "process substitution `<( … )' is not understood here", Some(hint));
            self.at = self.tokens.len();
            return;
        }
        let Some(Token { kind: TokenKind::Word(pieces), extent: place, open }) = next else {
            let message = format!("a file name must follow `{}'", extent.of(self.text));
            self.line.incomplete |=
                self.at >= self.tokens.len() && op == Op::Redirect(RedirectKind::HereDocument);
            self.wrong(extent, message, None);
            return;
        };
        self.at += 1;
        self.line.incomplete |= open;
        let mut target = Word { pieces, extent: place };
        if kind == RedirectKind::HereDocument {
            match take_first(&mut self.bodies).map(|body| body.kind) {
                Some(TokenKind::Body { pieces, closed }) => {
                    if !closed {
                        self.open_document(place);
                    }
                    target.pieces = pieces;
                }
                _ => self.open_document(place),
            }
        }
        command.redirects.push(Redirect { kind, target });
    }

    fn open_document(&mut self, extent: Extent) {
        self.line.incomplete = true;
        let message = format!("the here-document is not closed by a line `{}'", extent.of(self.text));
        self.wrong(extent, message, None);
    }

    fn reserved(&mut self, command: &Command) {
        let Some(word) = command.words.first() else { return };
        let [Piece::Text { text, quoted: false }] = word.pieces.as_slice() else { return };
        if MISPLACED.contains(&text.as_str()) {
            self.wrong(word.extent, format!("syntax error near unexpected token `{text}'"), None);
        } else if UNKNOWN.contains(&text.as_str()) {
            let hint = "`for` and `while` loops, `if` and `case` are";
            let message = format!("`{text}' of the shell's own language is not understood here");
            self.wrong(word.extent, message, Some(hint));
        }
    }
}

/// Whether a predicate follows: there `<` and `>` are signs, not redirects.
fn asks(command: &Command) -> bool {
    let word = command.words.first().and_then(Word::literal);
    matches!(word.as_deref(), Some("expect" | "wait"))
}

/// `NAME=value` at the head of a command.
fn assignment(pieces: &[Piece]) -> Option<(String, Vec<Piece>)> {
    let Some(Piece::Text { text, quoted: false }) = pieces.first() else { return None };
    let (name, value) = text.split_once('=')?;
    let mut letters = name.strip_suffix('+').unwrap_or(name).chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !begins || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let mut rest = vec![Piece::Text { text: value.to_owned(), quoted: false }];
    rest.extend(pieces.iter().skip(1).cloned());
    Some((name.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<String>> {
        let line = parse(text);
        assert_eq!(line.diagnostics, vec![], "{text}");
        let pipelines = line.items.iter().flat_map(|item| {
            std::iter::once(&item.list.first).chain(item.list.rest.iter().map(|(_, pipeline)| pipeline))
        });
        pipelines
            .flat_map(|pipeline| &pipeline.commands)
            .map(|command| {
                let lookup = |name: &str| format!("<{name}>");
                command.words.iter().flat_map(|word| word.expand(&lookup)).collect()
            })
            .collect()
    }

    #[test]
    fn quotes_and_backslashes_are_those_of_a_shell() {
        assert_eq!(words(r#"a 'b  c' "d \" e" f\ g '' $'\t|'"#), [["a", "b  c", "d \" e", "f g", "", "\t|"]]);
        assert_eq!(words("echo it\\'s #no"), [["echo", "it's"]]);
        assert_eq!(words("a \\\n  b"), [["a", "b"]]);
        assert_eq!(words("$ kafka-topics --list"), [["kafka-topics", "--list"]]);
    }

    #[test]
    fn variables_are_put_in_outside_single_quotes() {
        assert_eq!(words("a $B \"x$C\" '$D' ${E}f 1$"), [["a", "<B>", "x<C>", "$D", "<E>f", "1$"]]);
        let word = parse("x $V").items[0].list.first.commands[0].words[1].clone();
        assert_eq!(word.expand(&|_| "one two".to_owned()), ["one", "two"]);
        assert_eq!(word.expand(&|_| String::new()), Vec::<String>::new());
    }

    #[test]
    fn operators_split_without_white_space() {
        assert_eq!(words("a|b&&c;d||e"), [["a"], ["b"], ["c"], ["d"], ["e"]]);
        let line = parse("a --x 1 & b >out 2>&1 <in");
        assert!(line.items[0].background && !line.items[1].background);
        assert_eq!(line.items[0].text, "a --x 1");
        let kinds: Vec<RedirectKind> =
            line.items[1].list.first.commands[0].redirects.iter().map(|redirect| redirect.kind).collect();
        assert_eq!(kinds, [RedirectKind::Output, RedirectKind::ErrorsToOutput, RedirectKind::Input]);
    }

    #[test]
    fn predicates_may_compare() {
        assert_eq!(words("expect a >= 3 and b < 4"), [["expect", "a", ">=", "3", "and", "b", "<", "4"]]);
        assert_eq!(words("echo <= 3"), [["echo", "<=", "3"]]);
        assert_eq!(parse("echo a >=").items[0].list.first.commands[0].redirects, vec![]);
    }

    #[test]
    fn here_documents_keep_their_lines() {
        let line = parse("cat <<EOF | sort\nb $X\na\nEOF\necho done");
        assert_eq!(line.diagnostics, vec![]);
        let command = &line.items[0].list.first.commands[0];
        assert_eq!(command.redirects[0].target.expand(&|_| "9".into()), ["b 9\na\n"]);
        assert_eq!(line.items.len(), 2);
        assert!(wants_more("cat <<'EOF'\na"));
        assert!(!wants_more("cat <<'EOF'\na\nEOF"));
    }

    #[test]
    fn what_is_explained_is_not_run() {
        assert_eq!(
            words("ls; explain cat a | sort >b && c # d"),
            [vec!["ls"], vec!["explain", "cat a | sort >b && c # d"]]
        );
        assert_eq!(words("explain"), [["explain"]]);
        assert!(wants_more("explain cat 'a"));
    }

    #[test]
    fn paths_of_windows_keep_their_folders() {
        assert_eq!(
            words(r"bin\windows\kafka-topics.bat .\x C:\kafka\config\s.properties a\ b"),
            [["bin/windows/kafka-topics.bat", "./x", "C:/kafka/config/s.properties", "a b"]]
        );
    }

    #[test]
    fn unfinished_lines_want_more() {
        for text in ["echo 'a", "echo \"a", "a \\", "a ^", "a `", "a |", "a &&", "cat <<E", "echo $(a"] {
            assert!(wants_more(text), "{text}");
        }
        for text in ["echo a", "a | b", "", "# comment \\", "a &", "a;"] {
            assert!(!wants_more(text), "{text}");
        }
    }

    #[test]
    fn callouts_of_a_book_are_comments() {
        for (line, plain) in
            [("rpk cluster info <5>", "rpk cluster info"), ("a b \\ <1>\n  -p 3 <2>\nc", "a b \\\n  -p 3\nc")]
        {
            let words = |text: &str| -> Vec<Vec<Option<String>>> {
                let items = parse(text).items;
                items
                    .iter()
                    .map(|i| i.list.first.commands[0].words.iter().map(Word::literal).collect())
                    .collect()
            };
            assert_eq!(words(line), words(plain), "{line}");
            assert!(parse(line).diagnostics.is_empty(), "{line}");
        }
        assert!(wants_more("a b \\ <1>"));
    }

    #[test]
    fn what_is_not_understood_is_said_with_its_place() {
        let line = parse("a | | b");
        assert_eq!(line.diagnostics[0].message, "syntax error near unexpected token `|'");
        assert_eq!(line.diagnostics[0].extent, Extent { start: 4, end: 5 });
        assert!(parse("select x in a; do echo; done").diagnostics[0].message.contains("`select'"));
        assert_eq!(parse("echo (a) (b)").diagnostics.len(), 1, "the first mistake is told");
        assert!(parse("diff <(a) b").diagnostics[0].message.contains("process substitution"));
        assert!(parse("echo (a)").diagnostics[0].message.contains("near unexpected token `('"));
        assert!(parse("a >").diagnostics[0].message.contains("file name"));
        assert!(parse(&"x".repeat(super::super::LINE_MAX + 1)).diagnostics[0].message.contains("1048576"));
    }

    #[test]
    fn any_text_can_be_read() {
        let alphabet = [
            "a", "'", "\"", "\\", "$", "(", ")", "{", "}", "`", "|", "&", ";", "<", ">", "\n", " ", "é", "#",
            "2>&1", "<<E",
        ];
        let mut seed = 1_u32;
        for length in 0..2_000_u32 {
            let mut text = String::new();
            for _ in 0..length % 12 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(alphabet[usize::try_from(seed >> 16).unwrap() % alphabet.len()]);
            }
            let _ = parse(&text);
            let covered: usize = super::super::ink(&text, &|_| true).iter().map(|(n, _)| n).sum();
            assert_eq!(covered, text.len(), "{text:?}");
        }
    }
}
