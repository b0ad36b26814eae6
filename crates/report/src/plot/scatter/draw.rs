//! What is drawn.

use maud::{Markup, html};

use super::{
    Point, Scatter,
    layout::{LINE, Layout},
};
use crate::{
    Language,
    plot::{Canvas, FONT, Mark, area::Spot, foreign, framed, line, measure::width, px},
};

impl Scatter {
    pub(in crate::plot) fn draw(&self, canvas: &Canvas<'_>) -> Markup {
        let layout = Layout::new(self, canvas);
        let (legend, height) = self.legend(canvas.width, layout.bottom());
        let content = html! {
            (self.region(&layout))
            (self.axes(&layout, canvas))
            (front(&layout, canvas))
            @for (point, spot) in layout.points.iter().rev() { (self.point(point, *spot, &layout, canvas.language)) }
            @for name in &layout.names {
                @let area = name.placed.area;
                @if let Some((from, to)) = name.placed.leader {
                    line class="leader" x1=(px(from.0)) y1=(px(from.1)) x2=(px(to.0)) y2=(px(to.1)) {}
                }
                @let class = if name.strong { "name strong" } else { "name" };
                text class=(class) x=(px(area.center().0)) y=(px(area.bottom - 3.0)) text-anchor="middle" { (name.text) }
            }
            (legend)
        };
        framed(
            canvas,
            height,
            &self.title,
            &self.description(canvas.language),
            &content,
        )
    }

    /// Everything in one sentence, for those who do not see it.
    fn description(&self, language: Language) -> String {
        let told: Vec<String> = self
            .points
            .iter()
            .map(|point| format!("{}: {}", point.label, self.values(point, language)))
            .collect();
        format!("{} / {}. {}", self.x.title, self.y.title, told.join("; "))
    }

    fn values(&self, point: &Point, language: Language) -> String {
        let (x, y) = (
            language.decimal(point.x, self.x.digits),
            language.decimal(point.y, self.y.digits),
        );
        let interval = point.interval.map_or_else(String::new, |(low, high)| {
            format!(" ({})", language.range(low, high, self.y.digits))
        });
        format!("{x} / {y}{interval}")
    }

    fn region(&self, layout: &Layout<'_>) -> Markup {
        let Some(region) = &self.region else {
            return html! {};
        };
        let plot = &layout.plot;
        let right = layout.x.at(region.x_most).min(plot.right);
        let bottom = layout.y.at(region.y_least).min(plot.bottom);
        if right <= plot.left || bottom <= plot.top {
            return html! {};
        }
        html! {
            rect class="region" x=(px(plot.left)) y=(px(plot.top)) width=(px(right - plot.left)) height=(px(bottom - plot.top)) {}
            path class="limit" d={ "M" (px(right)) " " (px(plot.top)) "V" (px(bottom)) "H" (px(plot.left)) } {}
            @if let Some(area) = &layout.region {
                text class="region-name" x=(px(area.left)) y=(px(area.bottom - 4.0)) { (foreign(&region.label)) }
            }
        }
    }

    fn axes(&self, layout: &Layout<'_>, canvas: &Canvas<'_>) -> Markup {
        let plot = &layout.plot;
        let language = canvas.language;
        html! {
            @for value in &layout.y_ticks.values {
                @let y = layout.y.at(*value);
                line class="grid" x1=(px(plot.left)) y1=(px(y)) x2=(px(plot.right)) y2=(px(y)) {}
                text class="tick" x=(px(plot.left - 6.0)) y=(px(y + 4.0)) text-anchor="end" {
                    (language.decimal(*value, layout.y_ticks.digits))
                }
            }
            @for value in &layout.x_ticks.values {
                @let x = layout.x.at(*value);
                line class="grid" x1=(px(x)) y1=(px(plot.top)) x2=(px(x)) y2=(px(plot.bottom)) {}
                text class="tick" x=(px(x)) y=(px(plot.bottom + LINE)) text-anchor="middle" {
                    (language.decimal(*value, layout.x_ticks.digits))
                }
            }
            path class="axis" d={ "M" (px(plot.left)) " " (px(plot.top)) "V" (px(plot.bottom)) "H" (px(plot.right)) } {}
            text class="title" x="0" y="13" { (line(&self.y.title, canvas.width)) }
            text class="title" x=(px(plot.right)) y=(px(plot.bottom + 2.0 * LINE + 3.0)) text-anchor="end" { (line(&self.x.title, plot.width())) }
        }
    }

    fn point(&self, point: &Point, spot: Spot, layout: &Layout<'_>, language: Language) -> Markup {
        let (x, y) = spot;
        html! {
            g {
                title { (foreign(&point.label)) ": " (self.values(point, language)) }
                @if let Some((low, high)) = point.interval {
                    @let (from, to) = (layout.y.clamped(low), layout.y.clamped(high));
                    path class="interval" d={ "M" (px(x)) " " (px(from)) "V" (px(to)) } {}
                }
                (point.mark.draw(spot))
                // Where it is beyond the edge, an arrow says in which direction.
                @if point.y < layout.y.from.0 {
                    path class="beyond" d={ "M" (px(x - 4.0)) " " (px(y + 8.0)) "l4 5l4 -5" } {}
                } @else if point.y > layout.y.from.1 {
                    path class="beyond" d={ "M" (px(x - 4.0)) " " (px(y - 8.0)) "l4 -5l4 5" } {}
                } @else if point.x > layout.x.from.1 {
                    path class="beyond" d={ "M" (px(x - 13.0)) " " (px(y - 10.0)) "h9m-3 -3l3 3l-3 3" } {}
                }
            }
        }
    }

    /// The legend and where it ends.
    fn legend(&self, room: f64, top: f64) -> (Markup, f64) {
        let mut entries: Vec<(Option<Mark>, &str)> = Vec::new();
        for mark in Mark::ALL {
            let used = self.points.iter().any(|point| point.mark == mark);
            let name = self.legend.iter().find(|(of, _)| *of == mark);
            entries.extend(name.filter(|_| used).map(|(_, text)| (Some(mark), text.as_str())));
        }
        entries.extend(self.front.as_deref().map(|text| (None, text)));
        let (mut x, mut y) = (0.0, top + LINE);
        let mut drawn = Vec::with_capacity(entries.len());
        for (mark, text) in entries {
            let text = line(text, room - 24.0);
            let wide = 24.0 + width(&text, FONT) + 14.0;
            if x > 0.0 && x + wide > room {
                x = 0.0;
                y += LINE + 4.0;
            }
            drawn.push(html! {
                @match mark {
                    Some(mark) => (mark.draw((x + 9.0, y - 4.0))),
                    None => path class="front" d={ "M" (px(x)) " " (px(y)) "v-4h9v-5h9" } {},
                }
                text class="legend" x=(px(x + 24.0)) y=(px(y)) { (text) }
            });
            x += wide;
        }
        (html! { @for entry in drawn { (entry) } }, y + 8.0)
    }
}

fn front(layout: &Layout<'_>, canvas: &Canvas<'_>) -> Markup {
    let Some((first, rest)) = layout.steps.split_first() else {
        return html! {};
    };
    let plot = &layout.plot;
    let corners: Vec<_> = rest.iter().map(|(x, y)| format!("L{} {}", px(*x), px(*y))).collect();
    let clip = format!("{}-clip", canvas.id);
    html! {
        clipPath id=(clip) {
            rect x=(px(plot.left)) y=(px(plot.top)) width=(px(plot.width())) height=(px(plot.height())) {}
        }
        path class="front" clip-path={ "url(#" (clip) ")" } d={ "M" (px(first.0)) " " (px(first.1)) (corners.concat()) } {}
    }
}
