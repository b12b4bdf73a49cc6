//! Marks on the canvas that lies over the matrix. Drawn anew in every frame, so the elements below never change
//! because something moves.

use super::mark::{Mark, Shape};
use crate::layout::routes::{Point, along};
use web_sys::CanvasRenderingContext2d as Canvas;

/// Colours of the theme, read from the page once for each theme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paints {
    /// What is alive now.
    pub accent: String,
    /// What waits.
    pub warn: String,
    /// What is gone.
    pub fault: String,
    /// The paper below.
    pub paper: String,
    /// Captions.
    pub ink: String,
    /// Lines that carry meaning.
    pub line: String,
}

/// Draws one mark. With `still`, nothing travels: the ends of its line are outlined instead.
pub fn mark(canvas: &Canvas, paints: &Paints, mark: &Mark, still: bool) {
    let colour = if mark.lost { &paints.warn } else { &paints.accent };
    canvas.set_stroke_style_str(colour);
    canvas.set_fill_style_str(colour);
    let solid = matches!(mark.shape, Shape::Squares(_));
    if still {
        line(canvas, &mark.path, 1.0, solid);
        for at in [mark.path.first(), mark.path.last()].into_iter().flatten() {
            canvas.set_line_width(2.0);
            canvas.stroke_rect(at.0 - 6.0, at.1 - 6.0, 12.0, 12.0);
        }
        arrow(canvas, &mark.path);
        return;
    }
    let reach = if mark.lost { mark.share.min(0.96) } else { mark.share };
    if solid && !mark.lost {
        line(canvas, &part(&mark.path, reach), 2.0, true);
        canvas.set_global_alpha(0.45);
        line(canvas, &mark.path, 1.0, true);
        canvas.set_global_alpha(1.0);
        arrow(canvas, &mark.path);
    } else {
        line(canvas, &mark.path, if mark.lost { 1.6 } else { 1.2 }, false);
    }
    let Some((at, direction)) = along(&mark.path, reach) else { return };
    match mark.shape {
        Shape::Squares(count) => squares(canvas, paints, at, direction, count),
        Shape::Chevrons => chevrons(canvas, paints, at, direction),
    }
    if mark.lost && mark.share >= 0.49 {
        cross(canvas, paints, at, direction);
    }
}

/// The name of a message beside its mark, while time stands still.
pub fn label(canvas: &Canvas, paints: &Paints, mark: &Mark, lines: &[String]) {
    let Some((at, _)) = along(&mark.path, mark.share) else { return };
    canvas.set_font("12px system-ui, sans-serif");
    let width = lines
        .iter()
        .filter_map(|line| canvas.measure_text(line).ok().map(|m| m.width()))
        .fold(0.0_f64, f64::max);
    let height = 10.0 + 16.0 * f64::from(u32::try_from(lines.len()).unwrap_or(1));
    let right = f64::from(canvas.canvas().map_or(0, |c| c.client_width()));
    let x = (at.0 + 12.0).min(right - width - 22.0).max(4.0);
    let y = if at.1 > height + 16.0 { at.1 - height - 8.0 } else { at.1 + 10.0 };
    canvas.set_fill_style_str(&paints.paper);
    canvas.fill_rect(x, y, width + 16.0, height);
    canvas.set_stroke_style_str(&paints.accent);
    canvas.set_line_width(1.5);
    canvas.stroke_rect(x, y, width + 16.0, height);
    canvas.set_fill_style_str(&paints.ink);
    let mut line_y = y + 17.0;
    for line in lines {
        let _ = canvas.fill_text(line, x + 8.0, line_y);
        line_y += 16.0;
    }
}

/// One broker's heartbeats as ticks on a line; `silent` draws a tall one where the session ran out.
pub fn beats(canvas: &Canvas, paints: &Paints, x: f64, width: f64, shares: &[f64], silent: bool) {
    canvas.set_stroke_style_str(&paints.line);
    canvas.set_line_width(1.0);
    let base = 15.5;
    stroke(canvas, &[(x, base), (x + width, base)]);
    canvas.set_stroke_style_str(if silent { &paints.line } else { &paints.accent });
    canvas.set_line_width(2.0);
    for share in shares {
        let at = x + width * share;
        stroke(canvas, &[(at, base - 6.0), (at, base)]);
    }
    if silent {
        canvas.set_stroke_style_str(&paints.fault);
        stroke(canvas, &[(x + width, base - 9.0), (x + width, base + 2.0)]);
    }
}

fn line(canvas: &Canvas, path: &[Point], width: f64, solid: bool) {
    canvas.set_line_width(width);
    if !solid {
        dash(canvas, &[2.0, 3.0]);
    }
    stroke(canvas, path);
    dash(canvas, &[]);
}

fn dash(canvas: &Canvas, lengths: &[f64]) {
    let all = js_sys::Array::new();
    for length in lengths {
        all.push(&(*length).into());
    }
    let _ = canvas.set_line_dash(&all);
}

fn stroke(canvas: &Canvas, path: &[Point]) {
    canvas.begin_path();
    for (index, (x, y)) in path.iter().enumerate() {
        if index == 0 { canvas.move_to(*x, *y) } else { canvas.line_to(*x, *y) }
    }
    canvas.stroke();
}

/// The first `share` of a path.
fn part(path: &[Point], share: f64) -> Vec<Point> {
    let Some((end, _)) = along(path, share) else { return Vec::new() };
    let mut kept = Vec::new();
    let total: f64 = path.windows(2).map(distance).sum();
    let mut sum = 0.0;
    for pair in path.windows(2) {
        if sum > total * share {
            break;
        }
        kept.extend(pair.first().copied());
        sum += distance(pair);
    }
    kept.push(end);
    kept
}

fn distance(pair: &[Point]) -> f64 {
    match pair {
        [a, b] => (b.0 - a.0).hypot(b.1 - a.1),
        _ => 0.0,
    }
}

fn arrow(canvas: &Canvas, path: &[Point]) {
    let Some((at, (dx, dy))) = along(path, 1.0) else { return };
    canvas.begin_path();
    canvas.move_to(at.0, at.1);
    canvas.line_to(at.0 - 5.0 * dx - 3.5 * dy, at.1 - 5.0 * dy + 3.5 * dx);
    canvas.line_to(at.0 - 5.0 * dx + 3.5 * dy, at.1 - 5.0 * dy - 3.5 * dx);
    canvas.close_path();
    canvas.fill();
}

fn squares(canvas: &Canvas, paints: &Paints, at: Point, (dx, dy): Point, count: u32) {
    let shown = count.clamp(1, 3);
    for index in 0..shown {
        let back = 10.0 * f64::from(index);
        let (x, y) = (at.0 - dx * back, at.1 - dy * back);
        canvas.fill_rect(x - 4.0, y - 4.0, 8.0, 8.0);
    }
    if count > 3 {
        canvas.set_font("11px ui-monospace, monospace");
        let fill = canvas.fill_style();
        canvas.set_fill_style_str(&paints.ink);
        let _ = canvas.fill_text(&count.to_string(), at.0 + 7.0, at.1 - 5.0);
        if let Some(fill) = fill.as_string() {
            canvas.set_fill_style_str(&fill);
        }
    }
}

fn chevrons(canvas: &Canvas, paints: &Paints, at: Point, (dx, dy): Point) {
    let stroke_style = canvas.stroke_style();
    canvas.set_fill_style_str(&paints.paper);
    canvas.fill_rect(at.0 - 7.0, at.1 - 5.0, 14.0, 10.0);
    if let Some(colour) = stroke_style.as_string() {
        canvas.set_stroke_style_str(&colour);
    }
    canvas.set_line_width(1.6);
    for shift in [-3.0, 3.0] {
        let tip = (at.0 + dx * (shift + 2.5), at.1 + dy * (shift + 2.5));
        let back = (tip.0 - dx * 4.0, tip.1 - dy * 4.0);
        stroke(
            canvas,
            &[(back.0 - dy * 4.0, back.1 + dx * 4.0), tip, (back.0 + dy * 4.0, back.1 - dx * 4.0)],
        );
    }
}

fn cross(canvas: &Canvas, paints: &Paints, at: Point, (dx, dy): Point) {
    let (x, y) = (at.0 + dx * 11.0, at.1 + dy * 11.0);
    canvas.set_stroke_style_str(&paints.fault);
    canvas.set_line_width(2.0);
    stroke(canvas, &[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)]);
    stroke(canvas, &[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)]);
}
