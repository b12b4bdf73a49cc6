//! The widths of the page: which arrangement a window gets, and where its columns stand.

use super::heat::is_heat;

/// Which arrangement is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Below 700: one topic, narrow columns, four tabs at the bottom.
    Phone,
    /// 700 to 999: the panel becomes tabs above the terminal.
    Small,
    /// 1000 to 1359: a narrower panel, six slots for each replica.
    Medium,
    /// From 1360.
    Wide,
}

/// Everything that follows from the size of the window and the number of columns, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// The arrangement.
    pub class: Class,
    /// Width of the stage.
    pub stage_w: i32,
    /// Width of the panel at the right; 0 if there is none.
    pub panel_w: i32,
    /// Left edge of everything.
    pub gutter: i32,
    /// Right end of the sources, where the routes begin.
    pub sources_end: i32,
    /// Right edge of the partition numbers.
    pub number_end: i32,
    /// Left edge of the mark of missing copies.
    pub short_x: i32,
    /// Left edge of the first broker's card.
    pub cards_x: i32,
    /// Distance from broker to broker.
    pub pitch: i32,
    /// Width of a broker's card.
    pub card_w: i32,
    /// Width of a replica's box.
    pub box_w: i32,
    /// Number of broker columns.
    pub brokers: usize,
    /// Left edge of the first group.
    pub groups_x: i32,
    /// Width of a group.
    pub group_w: i32,
    /// Gap between groups.
    pub group_gap: i32,
    /// Number of group columns drawn.
    pub groups: usize,
    /// Top of the cards within the matrix.
    pub cards_y: i32,
    /// Height of a column's head.
    pub head_h: i32,
    /// Height of a topic's band.
    pub band_h: i32,
    /// Height of a row.
    pub row_h: i32,
    /// Top of a box within its row.
    pub box_y: i32,
    /// Height of a box.
    pub box_h: i32,
    /// Number of lanes below the heads.
    pub lanes: usize,
    /// Width of the whole matrix; more than the stage if many brokers make it scroll.
    pub matrix_w: i32,
}

/// What differs from class to class.
struct Measures {
    gutter: i32,
    sources_end: i32,
    number_end: i32,
    short_x: i32,
    cards_x: i32,
    frame: i32,
    card_extra: i32,
    widest: i32,
    narrowest: i32,
    groups_gap: i32,
    group_w: i32,
    group_gap: i32,
    end: i32,
}

const WIDE: Measures = Measures {
    gutter: 16,
    sources_end: 148,
    number_end: 172,
    short_x: 177,
    cards_x: 212,
    frame: 16,
    card_extra: 8,
    widest: 276,
    narrowest: 100,
    groups_gap: 22,
    group_w: 136,
    group_gap: 14,
    end: 14,
};

const MEDIUM: Measures = Measures {
    gutter: 12,
    sources_end: 90,
    number_end: 105,
    short_x: 107,
    cards_x: 134,
    frame: 12,
    card_extra: 8,
    widest: 190,
    narrowest: 84,
    groups_gap: 6,
    group_w: 76,
    group_gap: 8,
    end: 12,
};

const PHONE: Measures = Measures {
    gutter: 6,
    sources_end: 6,
    number_end: 26,
    short_x: 4,
    cards_x: 34,
    frame: 10,
    card_extra: 8,
    widest: 160,
    narrowest: 74,
    groups_gap: 4,
    group_w: 33,
    group_gap: 3,
    end: 7,
};

/// Groups that get a column of their own; the rest is named and can be inspected.
pub const MOST_GROUPS: usize = 4;

impl Screen {
    /// The arrangement for a window with so many brokers and groups.
    #[must_use]
    pub fn new(width: i32, height: i32, brokers: usize, groups: usize) -> Screen {
        let class = match width {
            w if w < 700 => Class::Phone,
            w if w < 1000 => Class::Small,
            w if w < 1360 => Class::Medium,
            _ => Class::Wide,
        };
        let panel_w = match class {
            Class::Wide => 324,
            Class::Medium => 288,
            Class::Small | Class::Phone => 0,
        };
        let m = match class {
            Class::Wide => WIDE,
            Class::Medium | Class::Small => MEDIUM,
            Class::Phone => PHONE,
        };
        let stage_w = (width - panel_w).max(280);
        let count = i32::try_from(brokers.max(1)).unwrap_or(i32::MAX / 1000);
        let area = 2 * m.group_w + m.group_gap;
        let room = stage_w - m.cards_x - m.groups_gap - area - m.end;
        let heat = is_heat(brokers);
        let pitch = if heat { 0 } else { (room / count).clamp(m.narrowest, m.widest) };
        let groups_x = if heat { stage_w - area - m.end } else { m.cards_x + pitch * count + m.groups_gap };
        let groups = groups.min(MOST_GROUPS);
        let (group_w, group_gap) = share(&m, area, groups);
        let tight = height < 860 && class != Class::Phone;
        Screen {
            class,
            stage_w,
            panel_w,
            gutter: m.gutter,
            sources_end: m.sources_end,
            number_end: m.number_end,
            short_x: m.short_x,
            // On a phone the names of a map's topics stand above their lines.
            cards_x: if heat && class == Class::Phone { m.gutter } else { m.cards_x },
            pitch,
            card_w: pitch - m.frame + m.card_extra,
            box_w: pitch - m.frame,
            brokers,
            groups_x,
            group_w,
            group_gap,
            groups,
            cards_y: if class == Class::Phone { 6 } else { 20 },
            head_h: match class {
                Class::Phone => 46,
                Class::Small | Class::Medium => 52,
                Class::Wide => 58,
            },
            band_h: 24,
            row_h: match (class, tight) {
                (Class::Phone, _) => 45,
                (_, true) if height < 800 => 36,
                (_, true) => 38,
                (_, false) => 40,
            },
            box_y: if tight { 9 } else { 11 },
            box_h: if class == Class::Phone { 30 } else { 26 },
            lanes: 0,
            // What fits leaves its right margin to a scrollbar.
            matrix_w: (groups_x + area).max(stage_w - m.end),
        }
    }

    /// Left edge of a broker's card.
    #[must_use]
    pub fn card_x(&self, column: usize) -> i32 {
        self.cards_x + self.pitch * small(column)
    }

    /// Left edge of a broker's boxes.
    #[must_use]
    pub fn box_x(&self, column: usize) -> i32 {
        self.card_x(column) + (self.card_w - self.box_w) / 2
    }

    /// Left edge of a group's column.
    #[must_use]
    pub fn group_x(&self, group: usize) -> i32 {
        self.groups_x + (self.group_w + self.group_gap) * small(group)
    }

    /// Right edge of the last card.
    #[must_use]
    pub fn cards_end(&self) -> i32 {
        self.card_x(self.brokers.saturating_sub(1)) + self.card_w
    }

    /// Where the first band begins.
    #[must_use]
    pub fn rows_y(&self) -> i32 {
        self.cards_y + self.head_h + small(self.lanes) * self.lane_h()
    }

    /// Width of the heat map.
    #[must_use]
    pub fn map_w(&self) -> i32 {
        let right = if self.class == Class::Phone { 66 } else { 120 };
        (self.stage_w - self.cards_x - right).max(120)
    }

    /// Height of a lane.
    #[must_use]
    pub fn lane_h(&self) -> i32 {
        if self.class == Class::Phone { 44 } else { 22 }
    }

    /// Top of a lane.
    #[must_use]
    pub fn lane_y(&self, index: usize) -> i32 {
        self.cards_y + self.head_h + small(index) * self.lane_h()
    }

    /// How many numbers a group's column shows: position, commit and lag, or fewer.
    #[must_use]
    pub fn group_figures(&self) -> usize {
        match self.group_w {
            w if w >= 120 => 3,
            w if w >= 64 => 2,
            _ => 1,
        }
    }

    /// Whether records travel on lines beside the boxes (there is no room for sources on a phone).
    #[must_use]
    pub fn shows_sources(&self) -> bool {
        self.class != Class::Phone
    }
}

/// Up to two groups get their full width; more share the same area.
fn share(m: &Measures, area: i32, groups: usize) -> (i32, i32) {
    if groups <= 2 {
        return (m.group_w, m.group_gap);
    }
    let gap = m.group_gap.min(6);
    let count = small(groups);
    ((area - gap * (count - 1)) / count, gap)
}

fn small(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widths_of_the_design() {
        let wide = Screen::new(1440, 900, 3, 2);
        assert_eq!((wide.class, wide.box_w, wide.group_w, wide.row_h), (Class::Wide, 178, 136, 40));
        assert_eq!((wide.card_x(0), wide.card_x(1), wide.groups_x), (212, 406, 816));
        let medium = Screen::new(1024, 768, 3, 2);
        assert_eq!((medium.class, medium.group_figures()), (Class::Medium, 2));
        assert!((128..=134).contains(&medium.box_w), "{}", medium.box_w);
        let phone = Screen::new(390, 844, 3, 2);
        assert_eq!((phone.class, phone.row_h, phone.group_figures()), (Class::Phone, 45, 1));
        assert!((80..=86).contains(&phone.box_w), "{}", phone.box_w);
    }

    #[test]
    fn nothing_leaves_the_stage() {
        for width in [360, 390, 700, 768, 999, 1000, 1359, 1360, 1440, 1920, 2560] {
            for groups in 0..6 {
                let s = Screen::new(width, 900, 3, groups);
                let end = s.group_x(s.groups.max(2) - 1) + s.group_w;
                assert!(end <= s.stage_w, "{width} px, {groups} groups: {end} > {}", s.stage_w);
                assert!(s.cards_end() < s.groups_x, "{width}");
                assert!(
                    s.matrix_w <= s.stage_w - if width < 700 { 7 } else { 12 },
                    "a scrollbar fits: {width}"
                );
            }
        }
    }

    #[test]
    fn many_brokers_scroll_rather_than_vanish() {
        let s = Screen::new(1440, 900, 20, 2);
        assert_eq!(s.pitch, 100);
        assert!(s.matrix_w > s.stage_w);
        // Still more become a map, which always fits.
        let s = Screen::new(1440, 900, 100, 2);
        assert!(s.matrix_w < s.stage_w);
    }
}
