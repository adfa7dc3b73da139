//! The crates, each above those that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use super::svg::{Svg, escaped};
use crate::metadata::{Kind, Package};

const WIDTH: u32 = 170;
const HEIGHT: u32 = 44;
const GAP: u32 = 24;
const RISE: u32 = 56;

pub(super) fn draw(packages: &[Package]) -> String {
    let graph = graph(packages);
    let levels = levels(&graph);
    let top = levels.values().copied().max().unwrap_or_default();
    let rows: Vec<Vec<&str>> = (0..=top)
        .rev()
        .map(|level| {
            let names = levels.iter().filter(|(_, its)| **its == level);
            names.map(|(name, _)| *name).collect()
        })
        .collect();
    let widest = rows.iter().map(Vec::len).max().unwrap_or_default();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let width = count(widest) * (WIDTH + GAP) + GAP;
    let height = count(rows.len()) * (HEIGHT + RISE) - RISE + 2 * GAP;
    let mut places = BTreeMap::new();
    for (y, row) in (0..).zip(&rows) {
        let taken = count(row.len()) * (WIDTH + GAP) - GAP;
        for (x, name) in (0..).zip(row) {
            let left = (width - taken) / 2 + x * (WIDTH + GAP);
            places.insert(*name, (left, GAP + y * (HEIGHT + RISE)));
        }
    }
    let mut svg = Svg::new(width, height, "The crates, and what they depend on", "");
    svg.add(
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#8c959f\"/></marker></defs>",
    );
    for (name, uses) in &graph {
        for used in direct(uses, &graph) {
            let (Some(from), Some(to)) = (places.get(name), places.get(used)) else {
                continue;
            };
            let (x1, y1) = (from.0 + WIDTH / 2, from.1 + HEIGHT);
            let (x2, y2) = (to.0 + WIDTH / 2, to.1 - 2);
            let (c1, c2) = (y1 + RISE / 2, y2.saturating_sub(RISE / 2));
            svg.add(&format!(
                "<path class=\"line\" d=\"M{x1} {y1}C{x1} {c1} {x2} {c2} {x2} {y2}\" marker-end=\"url(#tip)\"/>"
            ));
        }
    }
    for (name, (x, y)) in &places {
        svg.add(&format!(
            "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"15\" text-anchor=\"middle\">{}</text>",
            x + WIDTH / 2,
            y + HEIGHT / 2 + 5,
            escaped(name)
        ));
    }
    svg.finish()
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
}
