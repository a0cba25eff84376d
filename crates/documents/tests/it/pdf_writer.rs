//! A PDF in thirty lines: what the tests need that no office program would write.

use std::fmt::Write;

/// A file from its objects' bodies, numbered from one. The first is the catalogue.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, body) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        file.extend(format!("{} 0 obj", index + 1).bytes());
        file.extend(body);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let size = objects.len() + 1;
    write!(
        table,
        "trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    file.extend(table.bytes());
    file
}

/// A stream object's body; `entries` go into its dictionary.
pub fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<</Length {}{entries}>>stream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

/// A file of one A4 page with this content, resources and further entries, and these further
/// objects, numbered from five.
pub fn one_page(
    content: Vec<u8>,
    resources: &str,
    entries: &str,
    further: Vec<Vec<u8>>,
) -> Vec<u8> {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<{resources}>>{entries}>>"
    );
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.into_bytes(),
        content,
    ];
    objects.extend(further);
    pdf(&objects)
}

/// A file of `count` pages of forty lines; page 7 begins with "Page 7 ".
pub fn many_pages(count: usize) -> Vec<u8> {
    let kids: String = (0..count)
        .map(|page| format!("{} 0 R ", 4 + 2 * page))
        .collect();
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!("<</Type/Pages/Kids[{kids}]/Count {count}>>").into_bytes(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec(),
    ];
    for page in 0..count {
        let mut content = format!(
            "BT /F 11 Tf 13 TL 60 780 Td (Page {} du registre) Tj\n",
            page + 1
        );
        for line in 0..40 {
            writeln!(
                content,
                "T* (Ligne {line} : le conseil adopte la mesure {page}.) Tj"
            )
            .unwrap();
        }
        content.push_str("ET");
        objects.push(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R\
                 /Resources<</Font<</F 3 0 R>>>>>>",
                5 + 2 * page
            )
            .into_bytes(),
        );
        objects.push(stream("", content.as_bytes()));
    }
    pdf(&objects)
}
