//! Which offsets a row shows: a window that turns in steps of half its width, so that most records land without
//! anything moving.

/// The slots of a row. All replicas of a row show the same offsets at the same place, so lag is seen as a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Number of slots.
    pub count: i64,
    /// Width of a slot with its gap, in CSS pixels.
    pub pitch: i32,
}

/// Left of the first slot: the crown's place.
pub const CROWN: i32 = 21;

impl Slots {
    /// As many slots as a box of this width takes.
    #[must_use]
    pub fn for_box(box_w: i32) -> Slots {
        let room = (box_w - CROWN - 1).max(18);
        let count = room / 18;
        Slots { count: i64::from(count), pitch: (room / count).min(19) }
    }

    /// The first offset shown when the row's next offset is `end`.
    #[must_use]
    pub fn start(&self, end: i64) -> i64 {
        let step = (self.count / 2).max(1);
        let least = (end - self.count + 1).max(0);
        (least + step - 1) / step * step
    }

    /// Where an offset's slot begins within the box, if it is in the window that begins at `start`.
    #[must_use]
    pub fn x(&self, start: i64, offset: i64) -> Option<i32> {
        let index = offset.checked_sub(start)?;
        if !(0..self.count).contains(&index) {
            return None;
        }
        Some(CROWN + self.pitch * i32::try_from(index).ok()?)
    }

    /// Where an offset's slot begins, or the edge of the window on its side.
    #[must_use]
    pub fn x_clamped(&self, start: i64, offset: i64) -> i32 {
        let index = offset.saturating_sub(start).clamp(0, self.count);
        CROWN + self.pitch * i32::try_from(index).unwrap_or(0)
    }
}

/// An offset as it stands in a slot: three digits and more print their last two.
#[must_use]
pub fn digits(offset: i64) -> String {
    if offset < 100 { offset.to_string() } else { format!("{:02}", offset % 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_turns_by_half() {
        let slots = Slots::for_box(178);
        assert_eq!((slots.count, slots.pitch), (8, 19));
        for (end, start) in [(0, 0), (7, 0), (8, 4), (11, 4), (12, 8), (24, 20), (27, 20), (28, 24), (37, 32)]
        {
            assert_eq!(slots.start(end), start, "next offset {end}");
            assert!(slots.x(start, end).is_some(), "next offset {end} is in sight");
        }
    }

    #[test]
    fn narrow_boxes_keep_the_next_offset_in_sight() {
        for width in [60, 74, 82, 100, 132, 260] {
            let slots = Slots::for_box(width);
            assert!(slots.count >= 1);
            for end in 0..200 {
                assert!(slots.x(slots.start(end), end).is_some(), "{width} px, next offset {end}");
            }
        }
        assert_eq!(Slots::for_box(82).count, 3);
        assert_eq!(Slots::for_box(132).count, 6);
    }

    #[test]
    fn large_offsets_print_two_digits() {
        assert_eq!(
            (digits(7), digits(99), digits(104), digits(88_400)),
            ("7".into(), "99".into(), "04".into(), "00".into())
        );
    }
}
