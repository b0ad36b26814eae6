//! What a person gave us by mistake.

/// What a person gave us by mistake, by its first bytes.
pub(super) fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 13] = [
        (b"version https://git-lfs", "a Git LFS pointer (run “git lfs pull”)"),
        (
            b"PK\x03\x04",
            "a ZIP archive, such as a PyTorch checkpoint or a package",
        ),
        (b"\x80\x02", "a Python pickle, such as a PyTorch checkpoint"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x89HDF", "an HDF5 file, such as a Keras model"),
        (b"GGUF", "a GGUF language model"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x7fELF", "a program or library"),
        (b"%PDF", "a PDF document"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
        (b"<", "an XML file"),
    ];
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some("a TensorFlow Lite model");
    }
    if let Some((_, what)) = STARTS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(what);
    }
    let head = &bytes[..bytes.len().min(512)];
    let text = head
        .iter()
        .all(|b| (0x20..0x7f).contains(b) || b"\t\r\n".contains(b) || *b >= 0x80);
    text.then_some("a text file")
}
