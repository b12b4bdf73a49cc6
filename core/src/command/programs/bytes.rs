//! Programs that show bytes: base64, xxd, hexdump.

use super::filter::{has, operands, value};
use super::{Pipes, Program, Progress, put_line};
use crate::java::base64::{DIGITS, encode};

/// Characters in a line of `base64`.
const WIDTH: usize = 76;

fn input(program: &mut Program, pipes: &mut dyn Pipes, valued: &[&str]) -> Result<Option<Vec<u8>>, Progress> {
    let names: Vec<String> = operands(&program.args, valued).into_iter().map(str::to_owned).collect();
    program.gather(pipes, &names)
}

pub(super) fn base64(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let decodes = program.args.iter().any(|arg| arg == "--decode")
        || has(&program.args, 'd')
        || has(&program.args, 'D');
    let long = program.args.iter().find_map(|arg| arg.strip_prefix("--wrap="));
    let width = long.or(value(&program.args, "-w")).and_then(|text| text.parse().ok()).unwrap_or(WIDTH);
    let bytes = match input(program, pipes, &["-w"]) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(end) => return end,
    };
    if decodes {
        return match decoded(&bytes) {
            Some(plain) => {
                pipes.write(&plain);
                Progress::Done(0)
            }
            None => program.fail(pipes, "invalid input"),
        };
    }
    let out = encode(&bytes).into_bytes();
    if width == 0 {
        pipes.write(&out);
        return Progress::Done(0);
    }
    for line in out.chunks(width) {
        put_line(pipes, line);
    }
    Progress::Done(0)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=') {
        let digit = DIGITS.iter().position(|digit| digit == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

/// What a byte looks like in the column of characters.
fn shown(byte: u8) -> char {
    if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '.' }
}

pub(super) fn xxd(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let plain = has(&program.args, 'p');
    let bytes = match input(program, pipes, &["-l", "-c", "-s", "-g"]) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(end) => return end,
    };
    let most = value(&program.args, "-l").and_then(|text| text.parse().ok()).unwrap_or(bytes.len());
    for (row, part) in
        bytes.get(..most.min(bytes.len())).unwrap_or_default().chunks(if plain { 30 } else { 16 }).enumerate()
    {
        let mut hex = String::new();
        for (at, byte) in part.iter().enumerate() {
            hex.push_str(&format!("{byte:02x}"));
            if at % 2 == 1 && !plain {
                hex.push(' ');
            }
        }
        let text: String = part.iter().copied().map(shown).collect();
        let line = if plain { hex } else { format!("{:08x}: {hex:<40} {text}", row * 16) };
        put_line(pipes, line.as_bytes());
    }
    Progress::Done(0)
}

/// `hexdump -C`; without it, two bytes make a number, the lower first.
pub(super) fn hexdump(program: &mut Program, pipes: &mut dyn Pipes) -> Progress {
    let canonical = has(&program.args, 'C');
    let bytes = match input(program, pipes, &["-n", "-s", "-e"]) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Progress::More,
        Err(end) => return end,
    };
    for (row, part) in bytes.chunks(16).enumerate() {
        let mut hex = String::new();
        if canonical {
            for (at, byte) in part.iter().enumerate() {
                hex.push_str(if at == 8 { "  " } else { " " });
                hex.push_str(&format!("{byte:02x}"));
            }
            let text: String = part.iter().copied().map(shown).collect();
            hex = format!(" {hex:<51}|{text}|");
        } else {
            for two in part.chunks(2) {
                let at = |place: usize| two.get(place).copied().unwrap_or(0);
                hex.push_str(&format!(" {:02x}{:02x}", at(1), at(0)));
            }
        }
        put_line(
            pipes,
            format!("{:0width$x}{hex}", row * 16, width = if canonical { 8 } else { 7 }).as_bytes(),
        );
    }
    if !bytes.is_empty() {
        put_line(
            pipes,
            format!("{:0width$x}", bytes.len(), width = if canonical { 8 } else { 7 }).as_bytes(),
        );
    }
    Progress::Done(0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Desk;
    use super::*;

    fn run(words: &[&str], input: &[u8]) -> String {
        let args: Vec<String> = words[1..].iter().map(|word| (*word).to_owned()).collect();
        let mut desk = Desk { input: input.to_vec(), ..Desk::default() };
        let progress = Program::new(words[0], &args).unwrap().advance(&mut desk);
        assert!(matches!(progress, Progress::Done(_)));
        String::from_utf8(desk.out).unwrap() + &desk.err
    }

    #[test]
    fn bytes_are_shown_and_read_back() {
        for (plain, coded) in
            [("", ""), ("a", "YQ==\n"), ("ab\n", "YWIK\n"), ("hello kafka", "aGVsbG8ga2Fma2E=\n")]
        {
            assert_eq!(run(&["base64"], plain.as_bytes()), coded);
            assert_eq!(run(&["base64", "-d"], coded.as_bytes()), plain);
        }
        assert_eq!(run(&["base64", "-w0"], &[0xff; 60]).len(), 80);
        assert_eq!(run(&["base64", "-d"], b"a*b"), "base64: invalid input\n");
        assert_eq!(run(&["xxd"], b"hello\n"), "00000000: 6865 6c6c 6f0a                           hello.\n");
        assert_eq!(run(&["xxd", "-p"], b"\x00\x00\x01"), "000001\n");
        assert_eq!(
            run(&["hexdump", "-C"], b"hello kafka\n"),
            "00000000  68 65 6c 6c 6f 20 6b 61  66 6b 61 0a              |hello kafka.|\n0000000c\n"
        );
        assert_eq!(run(&["hexdump"], b"abc"), "0000000 6261 0063\n0000003\n");
    }
}
