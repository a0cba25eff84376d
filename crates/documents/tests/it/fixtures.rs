//! The papers of Saint-Aubin-des-Prés, each read as an agent would read it.

use std::sync::atomic::AtomicBool;

use documents::{Block, BlockKind, Document, DocumentError, Kind, Page, PageFault, Source};

use crate::{corpus, open};

fn page(document: &Document, number: u32) -> &Page {
    document
        .pages
        .iter()
        .find(|page| page.number.get() == number)
        .unwrap()
}

fn headings(page: &Page) -> Vec<String> {
    let headings = page
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Heading);
    headings.map(Block::text).collect()
}

#[test]
fn a_deliberation_is_read_page_by_page() {
    let document = open(&corpus("deliberation.pdf")).unwrap();
    assert_eq!(document.kind, Kind::Pdf);
    assert_eq!(document.pages.len(), 4);
    let title = document.title.as_ref().unwrap();
    assert_eq!(
        title.expose(),
        "Délibération n° 2026-47 : tarifs de la restauration scolaire"
    );
    assert!(document.pages.iter().all(|page| page.fault.is_none()));

    // A paragraph is whole, though the page breaks its lines.
    let prices = "Le prix du repas est fixé à 3,85 € pour un enfant domicilié dans la commune et à \
                  5,10 € pour un enfant domicilié hors de la commune. Ces prix comprennent \
                  l’accueil et la surveillance de l’enfant pendant la pause méridienne, de \
                  11 h 45 à 13 h 30.";
    assert!(
        page(&document, 2)
            .blocks
            .iter()
            .any(|block| block.text() == prices)
    );
    assert!(
        page(&document, 3)
            .text()
            .contains("à compter du 1er janvier 2027")
    );
    assert!(
        page(&document, 4)
            .text()
            .contains("par 12 voix pour et 2 abstentions")
    );
    assert!(!page(&document, 1).text().contains("3,85"));
    let visas = page(&document, 1)
        .blocks
        .iter()
        .filter(|block| block.text().starts_with("Vu "));
    assert_eq!(
        visas.count(),
        4,
        "paragraphs of one line are parted by their spacing alone"
    );

    assert_eq!(
        headings(page(&document, 3)),
        [
            "Article 4 : entrée en vigueur",
            "Article 5 : inscription",
            "Article 6 : absences et facturation"
        ]
    );
    // A row of the table is a block, its cells apart.
    let row = page(&document, 2)
        .blocks
        .iter()
        .find(|block| block.text().contains("De 401"));
    assert_eq!(row.unwrap().text(), "De 401 € à 800 €\t2,45 €\t7,27 €");
    // The items of a list are not run together.
    let items = page(&document, 3)
        .blocks
        .iter()
        .filter(|block| block.text().starts_with("- "));
    assert_eq!(items.count(), 3);
}

#[test]
fn a_line_lies_where_the_page_shows_it() {
    let document = open(&corpus("deliberation.pdf")).unwrap();
    let page = page(&document, 2);
    assert!((page.width - 595.0).abs() < 1.0 && (page.height - 842.0).abs() < 1.0);
    let lines: Vec<_> = page.blocks.iter().flat_map(|block| &block.lines).collect();
    assert!(lines.len() > 15);
    for line in &lines {
        let place = line.bounds;
        assert!(
            place.left < place.right && place.top < place.bottom,
            "{place:?}"
        );
        assert!(
            place.left > 60.0 && place.right < 540.0,
            "outside the margins: {place:?}"
        );
    }
    // `make.py`: margins of 2 cm and 2.5 cm, and a first line of 12 points.
    let first = lines[0].bounds;
    assert!((first.left - 70.9).abs() < 1.0, "{first:?}");
    assert!((50.0..60.0).contains(&first.top), "{first:?}");
    assert!(
        (9.0..14.0).contains(&(first.bottom - first.top)),
        "{first:?}"
    );
}

#[test]
fn columns_are_read_one_after_the_other() {
    let document = open(&corpus("columns.pdf")).unwrap();
    let text = document.pages[0].text();
    let order = [
        "Le Petit Aubinois",
        "Un nouveau lavoir",
        "financés par le département et 20 % par la région.",
        "La collecte des déchets change",
        "Bibliothèque",
        "L’heure du conte",
        "Cérémonie du 11 novembre",
        "sous le préau de l’école.",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|part| text.find(part).expect(part))
        .collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
    assert_eq!(
        headings(&document.pages[0])[1..],
        [
            "Un nouveau lavoir",
            "La collecte des déchets change",
            "Bibliothèque",
            "Cérémonie du 11 novembre"
        ]
    );
}

#[test]
fn a_password_is_asked_for_and_used() {
    let bytes = corpus("encrypted.pdf");
    let open = |password| {
        let source = Source {
            name: "encrypted.pdf",
            bytes: &bytes,
            password,
        };
        documents::open(&source, &mut |_| {}, &AtomicBool::new(false))
    };
    assert!(matches!(open(None), Err(DocumentError::Encrypted)));
    assert!(matches!(
        open(Some("Cantine")),
        Err(DocumentError::Encrypted)
    ));
    let document = open(Some("cantine")).unwrap();
    assert!(page(&document, 2).text().contains("3,85 €"));
    assert!(
        document
            .title
            .unwrap()
            .expose()
            .contains("restauration scolaire")
    );
}

#[test]
fn a_scan_says_that_it_holds_no_text() {
    let document = open(&corpus("scan.pdf")).unwrap();
    assert_eq!(document.pages.len(), 1);
    assert_eq!(document.pages[0].fault, Some(PageFault::NoText));
    assert!(document.pages[0].blocks.is_empty());
}

#[test]
fn an_empty_and_a_damaged_file_are_told_apart() {
    assert!(matches!(
        open(&corpus("empty.pdf")),
        Err(DocumentError::Empty)
    ));
    assert!(matches!(open(b" \r\n \n"), Err(DocumentError::Empty)));
    assert!(matches!(
        open(&corpus("truncated.pdf")),
        Err(DocumentError::Broken)
    ));
    assert!(matches!(
        open(b"%PDF-1.7\n%%EOF"),
        Err(DocumentError::Broken)
    ));
    assert!(matches!(
        open(b"PK\x03\x04\0\0\0\0"),
        Err(DocumentError::UnknownFormat)
    ));
}

#[test]
fn a_text_reads_the_same_in_both_encodings() {
    let utf8 = open(&corpus("notice-utf-8.txt")).unwrap();
    let windows = open(&corpus("notice-windows-1252.txt")).unwrap();
    assert_eq!(utf8, windows);
    assert_eq!(utf8.kind, Kind::Text);
    let text = utf8.pages[0].text();
    assert!(text.contains("1, place de l’Église"), "{text}");
    assert!(text.contains(
        "Une concession de trente ans coûte 240 € pour deux mètres carrés ; une concession"
    ));
    assert!(text.contains("« Nul ne peut œuvrer sans cette déclaration. »"));
}

#[test]
fn markdown_keeps_its_headings() {
    let document = open(&corpus("rules.md")).unwrap();
    assert_eq!(document.kind, Kind::Markdown);
    assert_eq!(
        document.title.as_ref().unwrap().expose(),
        "Règlement de la salle des fêtes"
    );
    let page = &document.pages[0];
    assert_eq!(
        headings(page),
        [
            "Règlement de la salle des fêtes",
            "Réservation",
            "Tarifs",
            "Nuisances"
        ]
    );
    let text = page.text();
    assert!(
        text.contains("la délibération n° 2025-12 du 6 mars 2025"),
        "{text}"
    );
    assert!(
        text.contains("Habitant de la commune\t180 €\t290 €"),
        "{text}"
    );
    assert!(
        text.contains("2. le versement des arrhes (30 % du prix) ;"),
        "{text}"
    );
    assert!(!text.contains("**") && !text.contains('#'), "{text}");
}
