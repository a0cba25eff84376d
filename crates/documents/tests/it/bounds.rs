//! What a document may take, and how each excess ends.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use documents::worker::{Limits, open_within};
use documents::{DocumentError, Progress, Source};
use flate2::{Compression, write::ZlibEncoder};

use crate::pdf_writer::{many_pages, one_page, stream};
use crate::{corpus, open_within_limits};

const MIB: u64 = 1 << 20;

/// A page that draws a form that draws ten forms that each draw ten more, and round again: a life of
/// work in five kilobytes.
fn time_bomb() -> Vec<u8> {
    const DEPTH: usize = 30;
    let forms = (0..DEPTH).map(|level| {
        let next = 5 + (level + 1) % DEPTH;
        let entries = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {next} 0 R>>>>"
        );
        stream(&entries, "/X Do ".repeat(10).as_bytes())
    });
    one_page(
        stream("", b"/X Do"),
        "/XObject<</X 5 0 R>>",
        "",
        forms.collect(),
    )
}

/// A page whose content unpacks to `mib` MiB of blanks.
fn memory_bomb(mib: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    (0..mib).for_each(|_| packer.write_all(&blanks).unwrap());
    one_page(
        stream("/Filter/FlateDecode", &packer.finish().unwrap()),
        "",
        "",
        Vec::new(),
    )
}

#[test]
fn five_hundred_pages_fit_in_600_mb_and_progress_is_told() {
    let bytes = many_pages(500);
    let mut seen: Vec<Progress> = Vec::new();
    let limits = Limits {
        memory: 600_000_000,
        ..Limits::DOCUMENT
    };
    let source = Source {
        name: "long.pdf",
        bytes: &bytes,
        password: None,
    };
    let read = open_within(
        &limits,
        &source,
        &mut |progress| seen.push(progress),
        &AtomicBool::new(false),
    );
    let document = read.unwrap();
    assert_eq!(document.pages.len(), 500);
    for number in [1, 317, 500] {
        let text = document.pages[number - 1].text();
        assert!(
            text.starts_with(&format!("Page {number} du registre")),
            "{text}"
        );
        assert!(text.contains("Ligne 39"), "{text}");
    }
    assert!(seen.iter().all(|progress| progress.total == Some(500)));
    assert!(seen.iter().map(|progress| progress.done).eq(0..=500));
}

#[test]
fn too_much_memory_is_refused_to_the_child_and_told() {
    let limits = Limits {
        memory: 128 * MIB,
        ..Limits::DOCUMENT
    };
    let read = open_within_limits(&memory_bomb(512), &limits);
    assert!(
        matches!(read, Err(DocumentError::TooMuchMemory)),
        "{read:?}"
    );
    // The same file is only a blank page where there is room.
    assert!(open_within_limits(&memory_bomb(16), &limits).is_ok());
}

#[test]
fn too_much_text_is_cut_off_and_told() {
    let limits = Limits {
        output: 10_000,
        ..Limits::DOCUMENT
    };
    let read = open_within_limits(&many_pages(50), &limits);
    assert!(
        matches!(read, Err(DocumentError::TooMuchMemory)),
        "{read:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn too_much_processor_time_ends_the_child_and_is_told() {
    let limits = Limits {
        processor: Duration::from_secs(1),
        ..Limits::DOCUMENT
    };
    let read = open_within_limits(&time_bomb(), &limits);
    let Err(DocumentError::TooLong { limit }) = read else {
        panic!("{read:?}")
    };
    assert_eq!(limit, limits.processor);
}

#[test]
fn the_clock_on_the_wall_ends_the_child_and_is_told() {
    let limits = Limits {
        wall: Duration::from_millis(300),
        ..Limits::DOCUMENT
    };
    let begun = Instant::now();
    let read = open_within_limits(&time_bomb(), &limits);
    let Err(DocumentError::TooLong { limit }) = read else {
        panic!("{read:?}")
    };
    assert_eq!(limit, limits.wall);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_cancelled_child_is_gone_at_once() {
    // A bound that no other test gives names this child among the processes.
    let limits = Limits {
        processor: Duration::from_secs(57),
        ..Limits::DOCUMENT
    };
    let bytes = time_bomb();
    let cancel = AtomicBool::new(false);
    let source = Source {
        name: "bomb.pdf",
        bytes: &bytes,
        password: None,
    };
    let (read, heard) = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let read = open_within(&limits, &source, &mut |_| {}, &cancel);
            (read, Instant::now())
        });
        thread::sleep(Duration::from_millis(300));
        #[cfg(target_os = "linux")]
        assert_eq!(crate::reader::count("57"), 1, "the child is at work");
        let raised = Instant::now();
        cancel.store(true, Ordering::Relaxed);
        let (read, returned) = reading.join().unwrap();
        (read, returned.duration_since(raised))
    });
    assert!(matches!(read, Err(DocumentError::Cancelled)), "{read:?}");
    println!("cancelled in {heard:?}");
    // The promise is 100 ms; the rest is for a test machine that does other work.
    assert!(heard < Duration::from_millis(300), "{heard:?}");
    #[cfg(target_os = "linux")]
    assert_eq!(crate::reader::count("57"), 0, "the child is gone");
}

#[test]
fn a_document_cancelled_beforehand_is_not_read() {
    let bytes = corpus("deliberation.pdf");
    let source = Source {
        name: "deliberation.pdf",
        bytes: &bytes,
        password: None,
    };
    let read = documents::open(&source, &mut |_| panic!("read"), &AtomicBool::new(true));
    assert!(matches!(read, Err(DocumentError::Cancelled)), "{read:?}");
}

#[test]
fn a_file_too_large_is_not_sent() {
    let limits = Limits {
        input: 1000,
        ..Limits::DOCUMENT
    };
    let read = open_within_limits(&[b'a'; 1001], &limits);
    assert!(
        matches!(
            read,
            Err(DocumentError::TooLarge {
                bytes: 1001,
                limit: 1000
            })
        ),
        "{read:?}"
    );
}
