//! Chance, and what it does to texts.

/// A source of chance: splitmix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// For a case of a seed.
    #[must_use]
    pub fn new(seed: u64, number: u64) -> Dice {
        let mut dice =
            Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `bound` - 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// One of `all`.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(all.len());
        &all[place]
    }
}

/// What is put into texts.
const PIECES: [&str; 76] = [
    "'",
    "\"",
    "\\",
    "$",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "`",
    "|",
    "&",
    ";",
    "<",
    ">",
    "\n",
    " ",
    "é",
    "#",
    "2>&1",
    "<<E",
    "<<<",
    "$((",
    "))",
    "${",
    "$(",
    "&&",
    "||",
    ";;",
    "*",
    "?",
    "~",
    "!",
    "%",
    "=",
    ",",
    ":",
    "..",
    "-",
    "--",
    "–",
    "for",
    "in",
    "do",
    "done",
    "while",
    "if",
    "then",
    "fi",
    "case",
    "esac",
    "true",
    "f()",
    "0",
    "-1",
    "1",
    "9",
    "99999999999999999999",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "\u{0}",
    "\u{1f}",
    "\t",
    "\r",
    "𝄞",
    "{1..9}",
    "{a,b}",
    "$i",
    "$@",
    "${x:-",
    "[[",
    "]]",
    "((",
    "\u{202e}",
];

/// A text with a few changes.
pub fn mutated(dice: &mut Dice, text: &str, other: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(letters.len() + 1);
        match dice.below(7) {
            0 if !letters.is_empty() => {
                let end = (at + 1 + dice.below(6)).min(letters.len());
                letters.drain(at.min(end)..end);
            }
            1 => {
                let piece: Vec<char> = dice.pick(&PIECES).chars().collect();
                letters.splice(at..at, piece);
            }
            2 => {
                // A part of another one.
                let other: Vec<char> = other.chars().collect();
                let from = dice.below(other.len() + 1);
                let end = (from + dice.below(30)).min(other.len());
                letters.splice(at..at, other[from..end].to_vec());
            }
            3 => {
                let end = (at + dice.below(12)).min(letters.len());
                let part: Vec<char> = letters[at.min(end)..end].to_vec();
                for _ in 0..dice.below(4) {
                    letters.splice(at..at, part.clone());
                }
            }
            4 => words(dice, &mut letters),
            5 => numbers(dice, &mut letters),
            _ => letters.truncate(at),
        }
    }
    letters.truncate(4_000);
    letters.into_iter().collect()
}

/// Two words change places, or one is said twice.
fn words(dice: &mut Dice, letters: &mut Vec<char>) {
    let text: String = letters.iter().collect();
    let mut words: Vec<&str> = text.split(' ').collect();
    let (a, b) = (dice.below(words.len()), dice.below(words.len()));
    if dice.below(2) == 0 {
        words.swap(a, b);
    } else {
        words.insert(a, words[b]);
    }
    *letters = words.join(" ").chars().collect();
}

/// A number becomes another one.
fn numbers(dice: &mut Dice, letters: &mut Vec<char>) {
    let places: Vec<usize> = (0..letters.len()).filter(|at| letters[*at].is_ascii_digit()).collect();
    if places.is_empty() {
        return;
    }
    let from = *dice.pick(&places);
    let end = (from..letters.len()).find(|at| !letters[*at].is_ascii_digit()).unwrap_or(letters.len());
    const NUMBERS: [&str; 14] = [
        "0",
        "1",
        "2",
        "3",
        "7",
        "10",
        "255",
        "256",
        "-1",
        "2147483647",
        "2147483648",
        "-2147483648",
        "9223372036854775807",
        "99999999999999999999",
    ];
    let number: Vec<char> = dice.pick(&NUMBERS).chars().collect();
    letters.splice(from..end, number);
}

/// A text of pieces.
pub fn soup(dice: &mut Dice, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(most) {
        let piece = *dice.pick(&PIECES);
        text.push_str(piece);
    }
    text
}
