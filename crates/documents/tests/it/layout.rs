//! What layout makes of glyphs: pages drawn by hand, one trait each.

use documents::{BlockKind, Page};

use crate::open;
use crate::pdf_writer::{one_page, stream};

/// The page that this content draws; its font `F` is Helvetica.
fn draw(content: &str) -> Page {
    draw_with("", content)
}

/// [`draw`], with further entries in the page's dictionary.
fn draw_with(entries: &str, content: &str) -> Page {
    let font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec();
    let bytes = one_page(
        stream("", content.as_bytes()),
        "/Font<</F 5 0 R>>",
        entries,
        vec![font],
    );
    open(&bytes).unwrap().pages.remove(0)
}

fn lines(page: &Page) -> Vec<&str> {
    let lines = page.blocks.iter().flat_map(|block| &block.lines);
    lines.map(|line| line.text.expose().as_str()).collect()
}

#[test]
fn a_gap_parts_words_and_kerning_does_not() {
    let page = draw("BT /F 12 Tf 60 700 Td [(Le)-250(ma)40(ire)-120(pr)15(\\351side)] TJ ET");
    assert_eq!(lines(&page), ["Le maire préside"]);
}

#[test]
fn a_raised_ordinal_stays_with_its_number() {
    let page =
        draw("BT /F 12 Tf 60 700 Td (le 1) Tj /F 7 Tf 4 Ts (er) Tj 0 Ts /F 12 Tf ( mars) Tj ET");
    assert_eq!(lines(&page), ["le 1er mars"]);
}

#[test]
fn words_drawn_over_each_other_are_two_words() {
    let page = draw("BT /F 10 Tf 60 700 Td (Manufacturer) Tj 52 0 Td (Model) Tj ET");
    assert_eq!(lines(&page), ["Manufacturer Model"]);
}

#[test]
fn type_drawn_twice_to_look_bold_is_read_once() {
    let twice = "BT /F 12 Tf 60 700 Td (Avis) Tj 0.3 0 Td (Avis) Tj 40 0 Td (public) Tj 0.3 0 Td (public) Tj ET";
    assert_eq!(lines(&draw(twice)), ["Avis public"]);
    assert_eq!(
        lines(&draw("2 Tr BT /F 12 Tf 60 700 Td (Avis public) Tj ET")),
        ["Avis public"]
    );
}

#[test]
fn lines_drawn_out_of_order_are_read_from_the_top() {
    let page = draw(
        "BT /F 12 Tf 1 0 0 1 60 640 Tm (trois) Tj 1 0 0 1 60 700 Tm (un) Tj \
         1 0 0 1 60 670 Tm (deux) Tj ET",
    );
    assert_eq!(lines(&page), ["un", "deux", "trois"]);
}

#[test]
fn short_cells_are_read_by_row_not_by_column() {
    let cell = |x: i32, y: i32, text: &str| format!("1 0 0 1 {x} {y} Tm ({text}) Tj ");
    let rows: String = (0..8)
        .map(|row| {
            cell(60, 700 - 20 * row, &format!("Poste {row}")) + &cell(300, 700 - 20 * row, "12,50")
        })
        .collect();
    let page = draw(&format!("BT /F 12 Tf {rows} ET"));
    assert_eq!(lines(&page)[..2], ["Poste 0\t12,50", "Poste 1\t12,50"]);
    assert_eq!(page.blocks.len(), 8, "each row by itself");
}

#[test]
fn a_turned_page_is_read_upright_and_its_boxes_are_as_displayed() {
    let page = draw_with(
        "/Rotate 90",
        "BT /F 12 Tf 0 1 -1 0 100 60 Tm (Plan de zonage) Tj ET",
    );
    assert_eq!(lines(&page), ["Plan de zonage"]);
    assert_eq!((page.width, page.height), (842.0, 595.0));
    let place = page.blocks[0].lines[0].bounds;
    assert!(
        (place.left - 60.0).abs() < 1.0 && (90.0..101.0).contains(&place.top),
        "{place:?}"
    );
    assert!(
        place.right - place.left > 5.0 * (place.bottom - place.top),
        "{place:?}"
    );
}

#[test]
fn a_note_in_the_margin_comes_after_the_text() {
    let page = draw(
        "BT /F 9 Tf 0 1 -1 0 30 300 Tm (Annexe 3) Tj \
         /F 12 Tf 1 0 0 1 60 700 Tm (Le plan est adopt\\351.) Tj ET",
    );
    assert_eq!(lines(&page), ["Le plan est adopté.", "Annexe 3"]);
    let note = page.blocks[1].lines[0].bounds;
    assert!(
        note.bottom - note.top > 2.0 * (note.right - note.left),
        "upright: {note:?}"
    );
}

#[test]
fn large_type_makes_a_heading() {
    let page = draw(
        "BT /F 18 Tf 60 760 Td (Budget) Tj /F 11 Tf 0 -40 Td \
         (Les recettes de fonctionnement sont en hausse de deux pour cent.) Tj ET",
    );
    let kinds: Vec<_> = page.blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [BlockKind::Heading, BlockKind::Paragraph]);
}

#[test]
fn a_blank_page_is_no_fault() {
    let page = draw("");
    assert!(page.blocks.is_empty() && page.fault.is_none());
}
