//! Plots as SVG, by hand: a row of strips, each with every sample as a dot.
//!
//! A logarithmic axis, because the sides differ by powers of ten. Nothing here knows what is
//! plotted.

use std::fmt::Write as _;

/// One strip: a label and its samples.
#[derive(Debug)]
pub struct Strip {
    pub label: String,
    pub ours: Vec<f64>,
    pub theirs: Vec<f64>,
}

const LEFT: f64 = 310.0;
const WIDTH: f64 = 560.0;
const ROW: f64 = 34.0;
const TOP: f64 = 46.0;

/// A plot of strips; values are nanoseconds.
pub fn strips(title: &str, strips: &[Strip]) -> String {
    let all = || {
        let values = strips.iter().flat_map(|s| s.ours.iter().chain(&s.theirs));
        values.copied().filter(|v| *v > 0.0)
    };
    let least = all().fold(f64::INFINITY, f64::min).log10().floor();
    let most = all().fold(1.0, f64::max).log10().ceil().max(least + 1.0);
    let x = |value: f64| LEFT + (value.max(1e-9).log10() - least) / (most - least) * WIDTH;
    let height = TOP + ROW * strips.len() as f64 + 40.0;
    let width = LEFT + WIDTH + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{}</text>\n\
         <circle cx=\"{LEFT}\" cy=\"18\" r=\"4\" fill=\"#0b6\"/><text x=\"{}\" y=\"22\">ours</text>\n\
         <circle cx=\"{}\" cy=\"18\" r=\"4\" fill=\"#c40\"/><text x=\"{}\" y=\"22\">theirs</text>\n",
        escape(title),
        LEFT + 8.0,
        LEFT + 60.0,
        LEFT + 68.0,
    );
    let bottom = height - 34.0;
    let mut power = least;
    while power <= most {
        let at = x(10_f64.powf(power));
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            time(10_f64.powf(power)),
        );
        power += 1.0;
    }
    for (index, strip) in strips.iter().enumerate() {
        let y = TOP + ROW * (index as f64 + 0.5);
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 12.0,
            y + 4.0,
            escape(&strip.label),
        );
        for (values, colour, shift) in [(&strip.ours, "#0b6", -5.0), (&strip.theirs, "#c40", 5.0)] {
            for value in values {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\" fill-opacity=\"0.35\"/>",
                    x(*value),
                    y + shift,
                );
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// A time with its unit.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    match value {
        v if v >= 100.0 || v == v.round() => format!("{v:.0} {unit}"),
        v if v >= 10.0 => format!("{v:.1} {unit}"),
        v => format!("{v:.2} {unit}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
