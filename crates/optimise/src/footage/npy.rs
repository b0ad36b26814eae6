//! `NumPy`'s file format, version 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::{self, Write};

/// The header's length is a multiple of this, so that the values can be mapped.
const ALIGN: usize = 64;
/// Magic, version, length of the header.
const BEFORE: usize = 10;

/// Writes `values` of `shape`: 32-bit floats, little endian, the last dimension running fastest.
pub(super) fn write(out: &mut impl Write, shape: &[usize], values: &[f32]) -> io::Result<()> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}",
        sides.join(" ")
    );
    let length = (BEFORE + header.len() + 1).next_multiple_of(ALIGN);
    while BEFORE + header.len() + 1 < length {
        header.push(' ');
    }
    header.push('\n');
    let size = u16::try_from(header.len()).map_err(io::Error::other)?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&size.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    let mut bytes = Vec::with_capacity(4 * 4096);
    for chunk in values.chunks(4096) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|value| value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_format() {
        let mut out = Vec::new();
        write(&mut out, &[1, 2], &[1.0, -0.5]).unwrap();
        assert_eq!(&out[..8], b"\x93NUMPY\x01\x00");
        assert_eq!(out.len(), 128 + 8);
        assert_eq!(u16::from_le_bytes([out[8], out[9]]), 118);
        assert!(out[10..128].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2,), }"));
        assert_eq!(out[127], b'\n');
        assert_eq!(&out[128..], [0, 0, 128, 63, 0, 0, 0, 191]);
    }
}
