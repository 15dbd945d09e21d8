//! A chain as a picture: steps below one another, branches beside one another in a frame. Its colours follow the reader's
//! choice of light or dark.

use std::fmt::Write;

use super::plan::{Kind, Part, Plan};

const BOX_HEIGHT: f64 = 30.0;
const GAP: f64 = 22.0;
const PAD: f64 = 14.0;
/// A line of text above what it names.
const LABEL_HEIGHT: f64 = 18.0;
/// A character of the font, a little more than on average.
const CHARACTER_WIDTH: f64 = 7.6;
const MARGIN: f64 = 16.0;
/// Longer labels are cut: a picture is no place for them.
const LABEL_MAX_CHARACTERS: usize = 40;

const STYLE: &str = "\
svg{--ink:#1f2328;--line:#6e7781;--fill:#f6f8fa;--frame:#d0d7de;--ground:#ffffff}\
@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--line:#8b949e;--fill:#21262d;--frame:#3d444d;--ground:#0d1117}}\
.ground{fill:var(--ground)}text{fill:var(--ink);font:13px ui-sans-serif,system-ui,sans-serif}\
.step{fill:var(--fill);stroke:var(--line)}.frame{fill:none;stroke:var(--frame)}\
.choice{stroke-dasharray:6 3}.try{stroke-dasharray:2 3}\
.way{stroke:var(--line);fill:none;marker-end:url(#tip)}.tip{fill:var(--line)}.small{font-size:11px}.title{font-weight:600}";

pub(super) fn draw(title: &str, plan: &Plan) -> String {
    let heading = cut(&plan.heading(title));
    let (width, height) = size(&plan.root);
    let width = width.max(text_width(&heading));
    let (all_width, all_height) = (width + 2.0 * MARGIN, height + LABEL_HEIGHT + GAP + 2.0 * MARGIN);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all_width:.0}\" height=\"{all_height:.0}\" \
         viewBox=\"0 0 {all_width:.0} {all_height:.0}\" role=\"img\" aria-label=\"{}\">\n<style>{STYLE}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path class=\"tip\" d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n",
        escaped(&heading)
    );
    text(&mut picture, (MARGIN + width / 2.0, MARGIN + 12.0), "title", &heading);
    place(&mut picture, &plan.root, (MARGIN + width / 2.0, MARGIN + LABEL_HEIGHT + GAP));
    picture.push_str("</svg>\n");
    picture
}

fn text_width(label: &str) -> f64 {
    label.chars().count() as f64 * CHARACTER_WIDTH + 2.0 * PAD
}

/// Width and height of a part.
fn size(part: &Part) -> (f64, f64) {
    match part {
        Part::Action(name) => (text_width(&cut(name)), BOX_HEIGHT),
        Part::Row(parts) => {
            let sizes: Vec<_> = parts.iter().map(size).collect();
            let width = sizes.iter().map(|(width, _)| *width).fold(0.0, f64::max);
            let gaps = GAP * sizes.len().saturating_sub(1) as f64;
            (width, sizes.iter().map(|(_, height)| height).sum::<f64>() + gaps)
        }
        Part::Split { title, branches, .. } => {
            let sizes: Vec<_> = branches.iter().map(branch_size).collect();
            let gaps = GAP * sizes.len().saturating_sub(1) as f64;
            let width = sizes.iter().map(|(width, _)| width).sum::<f64>() + gaps;
            let height = sizes.iter().map(|(_, height)| *height).fold(0.0, f64::max);
            (width.max(text_width(&cut(title))) + 2.0 * PAD, height + LABEL_HEIGHT + 2.0 * PAD)
        }
    }
}

/// With its name above it.
fn branch_size((name, part): &(String, Part)) -> (f64, f64) {
    let (width, height) = size(part);
    (width.max(text_width(&cut(name))), height + LABEL_HEIGHT)
}

/// Draws a part below this point, which is the middle of its upper edge.
fn place(picture: &mut String, part: &Part, (x, y): (f64, f64)) {
    let (width, height) = size(part);
    match part {
        Part::Action(name) => {
            rect(picture, "step", (x - width / 2.0, y), (width, height));
            text(picture, (x, y + BOX_HEIGHT / 2.0 + 4.5), "", &cut(name));
        }
        Part::Row(parts) => {
            let mut y = y;
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    // Writing into a text cannot fail.
                    let _ = writeln!(picture, "<path class=\"way\" d=\"M{x:.1} {y:.1}v{GAP:.1}\"/>");
                    y += GAP;
                }
                place(picture, part, (x, y));
                y += size(part).1;
            }
        }
        Part::Split { kind, title, branches } => {
            let class = match kind {
                Kind::Parallel | Kind::Map => "frame",
                Kind::Choice => "frame choice",
                Kind::Try => "frame try",
            };
            rect(picture, class, (x - width / 2.0, y), (width, height));
            text(picture, (x, y + LABEL_HEIGHT), "small title", &cut(title));
            let sizes: Vec<_> = branches.iter().map(branch_size).collect();
            let gaps = GAP * sizes.len().saturating_sub(1) as f64;
            let mut left = x - (sizes.iter().map(|(width, _)| width).sum::<f64>() + gaps) / 2.0;
            let top = y + LABEL_HEIGHT + PAD;
            for ((name, branch), (width, _)) in branches.iter().zip(sizes) {
                let middle = left + width / 2.0;
                text(picture, (middle, top + 10.0), "small", &cut(name));
                place(picture, branch, (middle, top + LABEL_HEIGHT));
                left += width + GAP;
            }
        }
    }
}

fn rect(picture: &mut String, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let _ = writeln!(
        picture,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\"/>"
    );
}

fn text(picture: &mut String, (x, y): (f64, f64), class: &str, label: &str) {
    let label = escaped(label);
    let _ = writeln!(
        picture,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label}</text>"
    );
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL_MAX_CHARACTERS {
        return label.to_owned();
    }
    label.chars().take(LABEL_MAX_CHARACTERS - 1).chain(['…']).collect()
}

fn escaped(label: &str) -> String {
    let mut text = String::with_capacity(label.len());
    for sign in label.chars() {
        match sign {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            sign if sign.is_control() => text.push(' '),
            sign => text.push(sign),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::sample;
    use super::draw;

    #[test]
    fn every_step_is_in_the_picture_and_no_label_breaks_it() {
        let picture = draw("</text><script>", &sample());
        assert!(!picture.contains("<script") && picture.contains("&lt;right&gt;"), "{picture}");
        assert_eq!(picture.matches("<rect class=\"step\"").count(), 9, "{picture}");
        assert_eq!(picture.matches("<rect class=\"frame").count(), 4, "{picture}");
        assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        assert!(picture.contains("prefers-color-scheme:dark"));
        // Nothing lies outside.
        let number = |key: &str, line: &str| {
            let rest = line.split(&format!(" {key}=\"")).nth(1)?;
            rest.split('"').next()?.parse::<f64>().ok()
        };
        let head = picture.lines().next().unwrap();
        let (width, height) = (number("width", head).unwrap(), number("height", head).unwrap());
        for line in picture.lines().filter(|line| line.contains("x=\"") && line.starts_with("<rect")) {
            let (x, y) = (number("x", line).unwrap(), number("y", line).unwrap());
            assert!(x >= 0.0 && x + number("width", line).unwrap() <= width, "{line} in {width}");
            assert!(y >= 0.0 && y + number("height", line).unwrap() <= height, "{line} in {height}");
        }
    }
}
