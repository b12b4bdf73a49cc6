//! Turns among members that have least and members that have most, for the uniform assignor.
//!
//! Members are sorted by what they have. Those with least stand at the front and get in turn; when each of them has
//! got one, the next ones have as much and join them. Those with most stand at the back and give in turn likewise;
//! a member that has nothing to give steps out to the very end.

/// The turns, for the members of one topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Balancer {
    sorted: Vec<usize>,
    least_end: usize,
    least_level: i64,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_level: i64,
    /// One behind the next of those with most, so that there is a zero.
    next_most: usize,
}

fn size_of(sizes: &[i64], member: Option<&usize>) -> i64 {
    member.and_then(|member| sizes.get(*member)).copied().unwrap_or(0)
}

impl Balancer {
    /// Begins with these members, who have as many partitions as `sizes` tells.
    pub fn new(members: &[usize], sizes: &[i64]) -> Balancer {
        let mut sorted = members.to_vec();
        crate::sorted::sort_by_key(&mut sorted, |member| (size_of(sizes, Some(member)), *member));
        Balancer {
            least_end: 0,
            least_level: size_of(sizes, sorted.first()) - 1,
            next_least: 0,
            most_start: sorted.len(),
            most_end: sorted.len(),
            most_level: size_of(sizes, sorted.last()) + 1,
            next_most: sorted.len(),
            sorted,
        }
    }

    /// How much more the richest has than the poorest.
    pub fn imbalance(&self) -> i64 {
        self.most_level - 1 - (self.least_level + 1)
    }

    /// The member that gets the next partition.
    pub fn next_least(&mut self, sizes: &[i64]) -> Option<usize> {
        if self.next_least >= self.least_end {
            self.least_level += 1;
            while self.least_end < self.sorted.len()
                && size_of(sizes, self.sorted.get(self.least_end)) == self.least_level
            {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        let member = self.sorted.get(self.next_least).copied();
        self.next_least += 1;
        member
    }

    /// The member that gives the next partition, if any can.
    pub fn next_most(&mut self, sizes: &[i64]) -> Option<usize> {
        if self.next_most <= self.most_start {
            if self.most_end <= self.most_start && self.most_start > 0 {
                self.most_level = size_of(sizes, self.sorted.get(self.most_start - 1));
            } else {
                self.most_level -= 1;
            }
            while self.most_start > 0
                && size_of(sizes, self.sorted.get(self.most_start - 1)) == self.most_level
            {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        self.next_most = self.next_most.checked_sub(1)?;
        self.sorted.get(self.next_most).copied()
    }

    /// The member that was chosen to give has nothing.
    pub fn exclude(&mut self) {
        if let Some(end) = self.most_end.checked_sub(1).filter(|end| *end < self.sorted.len())
            && self.next_most < self.sorted.len()
        {
            self.sorted.swap(self.next_most, end);
            self.most_end = end;
        }
    }

    /// Whether a move would help nobody.
    pub fn is_balanced(&self) -> bool {
        self.most_level - self.least_level <= 1
    }
}
