//! The letters of kcat.

/// Letter, whether it takes a value, what it does.
static LETTERS: &str = concat!(
    "b|=|the brokers to begin with\n",
    "t|=|the topic\n",
    "p|=|the partition; -1 is any\n",
    "G|=|reads as a member of this group; topics follow\n",
    "o|=|where to begin: beginning, end, stored, an offset, or -N before the end\n",
    "c|=|ends after so many records\n",
    "f|=|how each record is printed: %t topic, %p partition, %o offset, %k key, %s value, %T time\n",
    "K|=|what stands between key and value\n",
    "k|=|the key of every record\n",
    "D|=|what stands between records\n",
    "X|=|a setting of the client, as name=value\n",
    "F|=|a file of settings\n",
    "z|=|how batches are compressed\n",
    "H|=|a header, as name=value\n",
    "s|=|how keys and values are read\n",
    "r|=|the address of a schema registry\n",
    "d|=|what is told for debugging\n",
    "m|=|how long to wait for metadata\n",
    "P| |writes: each line of standard input becomes a record\n",
    "C| |reads records and prints them\n",
    "L| |lists brokers, topics and partitions\n",
    "Q| |asks for offsets by time\n",
    "M| |a mock cluster\n",
    "e| |ends when everything has been read\n",
    "u| |prints each record at once\n",
    "q| |does not tell about itself\n",
    "J| |prints JSON\n",
    "Z| |empty values and keys are null\n",
    "l| |each line of a file is a record\n",
    "T| |what is written is printed, too\n",
    "E| |goes on when something fails\n",
    "v| |tells more about itself\n",
    "V| |prints the version\n",
    "h| |prints the help\n",
);

/// What a letter means and whether it takes a value.
#[inline(never)]
pub(super) fn letter(word: &str) -> Option<(&'static str, bool)> {
    let letter = word.strip_prefix('-')?.get(..1)?;
    LETTERS.lines().find_map(|line| {
        let mut cells = line.split('|');
        if cells.next()? != letter {
            return None;
        }
        let takes = cells.next()? == "=";
        Some((cells.next()?, takes))
    })
}

/// A word that is no letter.
pub(super) fn other() -> &'static str {
    "a topic to read with -G, or a file to write"
}
