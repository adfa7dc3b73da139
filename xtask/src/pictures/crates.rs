//! The crates, each above those that it depends on.
//!
//! They stand in rows. An arrow that passes a row has a place of its own there, a bend, so that it runs beside the
//! boxes and not behind them.

use std::collections::{BTreeMap, BTreeSet};

use super::svg::{Svg, escaped};
use crate::metadata::{Kind, Package};

const WIDTH: u32 = 170;
const HEIGHT: u32 = 44;
const GAP: u32 = 24;
const RISE: u32 = 56;

/// How often rows are ordered by those above and below them. More changes nothing.
const SWEEPS: usize = 8;

/// What stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'g> {
    Crate(&'g str),
    /// A part of an arrow from one crate to another, and the row that it passes.
    Bend(&'g str, &'g str, usize),
}

impl Place<'_> {
    fn is_bend(self) -> bool {
        matches!(self, Self::Bend(..))
    }

    fn width(self) -> u32 {
        match self {
            Self::Crate(_) => WIDTH,
            Self::Bend(..) => 0,
        }
    }
}

/// The rows from top to bottom, and what is joined with something in the row below.
struct Drawing<'g> {
    rows: Vec<Vec<Place<'g>>>,
    joins: Vec<(Place<'g>, Place<'g>)>,
}

pub(super) fn draw(packages: &[Package]) -> String {
    let graph = graph(packages);
    let mut drawing = Drawing::new(&graph);
    drawing.order();
    let width = drawing.width();
    let height = count(drawing.rows.len()) * (HEIGHT + RISE) - RISE + 2 * GAP;
    let mut svg = Svg::new(width, height, "The crates, and what they depend on", "");
    svg.add(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#8c959f\"/></marker></defs>",
    );
    let centers = drawing.centers();
    let mut tops = BTreeMap::new();
    for (index, row) in (0..).zip(&drawing.rows) {
        tops.extend(
            row.iter()
                .map(|place| (*place, GAP + index * (HEIGHT + RISE))),
        );
    }
    for (from, to) in &drawing.joins {
        let (x1, x2) = (centers[from], centers[to]);
        let (y1, y2) = (tops[from] + HEIGHT, tops[to]);
        let (c1, c2) = (y1 + RISE / 2, y2 - RISE / 2);
        let (passed, tip) = match to {
            // Past the boxes of the row.
            Place::Bend(..) => (format!("V{}", y2 + HEIGHT), ""),
            Place::Crate(_) => (String::new(), " marker-end=\"url(#tip)\""),
        };
        svg.add(&format!(
            "<path class=\"line\" d=\"M{x1} {y1}C{x1} {c1} {x2} {c2} {x2} {y2}{passed}\"{tip}/>"
        ));
    }
    for (place, top) in &tops {
        let Place::Crate(name) = place else { continue };
        let center = centers[place];
        svg.add(&format!(
            "<rect class=\"box\" x=\"{}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\
             <text x=\"{center}\" y=\"{}\" font-size=\"15\" text-anchor=\"middle\">{}</text>",
            center - WIDTH / 2,
            top + HEIGHT / 2 + 5,
            escaped(name)
        ));
    }
    svg.finish()
}

impl<'g> Drawing<'g> {
    fn new(graph: &BTreeMap<&'g str, BTreeSet<&'g str>>) -> Self {
        let levels = levels(graph);
        let top = levels.values().copied().max().unwrap_or_default();
        let mut rows = vec![Vec::new(); top + 1];
        for (name, level) in &levels {
            rows[top - level].push(Place::Crate(name));
        }
        let mut joins = Vec::new();
        for (name, uses) in graph {
            for used in direct(uses, graph) {
                let mut above = Place::Crate(name);
                let above_used = rows.iter_mut().enumerate().take(top - levels[used]);
                for (passed, row) in above_used.skip(top - levels[name] + 1) {
                    let bend = Place::Bend(name, used, passed);
                    row.push(bend);
                    joins.push((above, bend));
                    above = bend;
                }
                joins.push((above, Place::Crate(used)));
            }
        }
        Self { rows, joins }
    }

    /// Moves everything towards what it is joined with, so that few arrows cross.
    fn order(&mut self) {
        for _ in 0..SWEEPS {
            for index in 0..self.rows.len() {
                let centers = self.centers();
                let key = |place: &Place<'_>| {
                    let joined: Vec<u32> = self
                        .joins
                        .iter()
                        .filter_map(|(above, below)| {
                            let other = if above == place {
                                below
                            } else if below == place {
                                above
                            } else {
                                return None;
                            };
                            centers.get(other).copied()
                        })
                        .collect();
                    joined.iter().sum::<u32>() / count(joined.len()).max(1)
                };
                let mut row = self.rows[index].clone();
                row.sort_by_key(key);
                self.rows[index] = row;
            }
        }
    }

    fn width(&self) -> u32 {
        let widths = self.rows.iter().map(|row| taken(boxes(row)));
        let beside = self.rows.iter().map(|row| {
            let left = row.iter().take_while(|place| place.is_bend()).count();
            left.max(row.len() - left - boxes(row).len())
        });
        let margin = GAP * (1 + count(beside.max().unwrap_or_default()));
        widths.max().unwrap_or_default() + 2 * margin
    }

    /// The middle of each place. The boxes of a row are in the middle of the drawing, bends beside them.
    fn centers(&self) -> BTreeMap<Place<'g>, u32> {
        let width = self.width();
        let mut centers = BTreeMap::new();
        for row in &self.rows {
            let bends = row.iter().take_while(|place| place.is_bend()).count();
            let mut left = (width - taken(boxes(row))) / 2 - count(bends) * GAP;
            for place in row {
                centers.insert(*place, left + place.width() / 2);
                left += place.width() + GAP;
            }
        }
        centers
    }
}

/// A row from its first box to its last one.
fn boxes<'r, 'g>(row: &'r [Place<'g>]) -> &'r [Place<'g>] {
    let is_box = |place: &Place<'_>| !place.is_bend();
    let first = row.iter().position(is_box).unwrap_or(row.len());
    let end = row.iter().rposition(is_box).map_or(first, |last| last + 1);
    &row[first..end]
}

/// The width of places beside each other.
fn taken(row: &[Place<'_>]) -> u32 {
    let places: u32 = row.iter().map(|place| place.width() + GAP).sum();
    places.saturating_sub(GAP)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What each published crate uses of the others.
fn graph(packages: &[Package]) -> BTreeMap<&str, BTreeSet<&str>> {
    let published = packages.iter().filter(|package| package.is_publishable());
    let names: BTreeSet<&str> = published
        .clone()
        .map(|package| package.name.as_str())
        .collect();
    published
        .map(|package| {
            let uses = package.dependencies.iter();
            let uses = uses
                .filter(|dependency| dependency.kind == Kind::Normal)
                .map(|dependency| dependency.name.as_str());
            (
                package.name.as_str(),
                uses.filter(|name| names.contains(name)).collect(),
            )
        })
        .collect()
}

/// How far each is above one that uses nothing.
fn levels<'g>(graph: &BTreeMap<&'g str, BTreeSet<&'g str>>) -> BTreeMap<&'g str, usize> {
    let mut levels: BTreeMap<&str, usize> = graph.keys().map(|name| (*name, 0)).collect();
    // The longest way has fewer steps than there are crates.
    for _ in graph {
        for (name, uses) in graph {
            let above = uses.iter().filter_map(|used| levels.get(used)).max();
            let level = above.map_or(0, |level| level + 1);
            levels.insert(name, level);
        }
    }
    levels
}

/// Those that are not used by another one that is used.
fn direct<'g>(
    uses: &BTreeSet<&'g str>,
    graph: &BTreeMap<&'g str, BTreeSet<&'g str>>,
) -> Vec<&'g str> {
    let reached = |from: &str, to: &str| {
        let mut open = vec![from];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            let next = graph.get(name).into_iter().flatten().copied();
            for name in next.filter(|name| seen.insert(*name)) {
                open.push(name);
            }
        }
        seen.contains(to)
    };
    let all = uses.iter().copied();
    all.filter(|used| !uses.iter().any(|other| reached(other, used)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_stand_above_what_they_use_and_ways_are_drawn_once() {
        let graph = BTreeMap::from([
            ("a", BTreeSet::from(["b", "c"])),
            ("b", BTreeSet::from(["c"])),
            ("c", BTreeSet::new()),
        ]);
        assert_eq!(
            levels(&graph),
            BTreeMap::from([("a", 2), ("b", 1), ("c", 0)])
        );
        assert_eq!(direct(&graph["a"], &graph), ["b"]);
        assert_eq!(direct(&graph["b"], &graph), ["c"]);
    }

    #[test]
    fn an_arrow_passes_a_row_beside_the_crates_in_it() {
        let graph = BTreeMap::from([
            ("a", BTreeSet::from(["b", "d"])),
            ("b", BTreeSet::from(["c"])),
            ("c", BTreeSet::new()),
            ("d", BTreeSet::new()),
        ]);
        let mut drawing = Drawing::new(&graph);
        drawing.order();
        let bend = Place::Bend("a", "d", 1);
        let a = Place::Crate("a");
        assert!(drawing.joins.contains(&(a, bend)));
        assert!(drawing.joins.contains(&(bend, Place::Crate("d"))));
        let centers = drawing.centers();
        assert!(centers[&bend].abs_diff(centers[&Place::Crate("b")]) >= WIDTH / 2 + GAP);
        // Above what it leads to.
        let is_right = |place| centers[&place] > centers[&a];
        assert_eq!(is_right(bend), is_right(Place::Crate("d")));
    }
}
