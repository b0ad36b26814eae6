//! Where the helper is.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Its name.
pub(super) const HELPER: &str = "luchs-model-trial";
/// Where the packages install it.
pub const HELPER_FOLDER: &str = "/usr/lib/luchs";
/// Environment variable with the path of the helper.
pub const HELPER_VARIABLE: &str = "LUCHS_MODEL_TRIAL";

/// The helper: of the environment variable, or else beside the plug-in or program that this code is part of, or else the one
/// of the packages. The error is the folder of that plug-in or program.
pub(super) fn helper() -> Result<PathBuf, PathBuf> {
    if let Some(named) = env::var_os(HELPER_VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let folder = own_file()
        .and_then(|file| file.parent().map(Path::to_owned))
        .unwrap_or_default();
    // Cargo puts the programs of tests and examples one folder deeper.
    let built = ["deps", "examples"].iter().any(|name| folder.ends_with(name));
    let above = folder.parent().filter(|_| built);
    let places = [Some(folder.as_path()), above, Some(Path::new(HELPER_FOLDER))];
    let files = places.into_iter().flatten().map(|place| place.join(HELPER));
    let found = files.into_iter().find(|file| file.is_absolute() && file.is_file());
    found.ok_or_else(|| folder.clone())
}

/// The file that this code was loaded from: in `gst-launch-1.0` the plug-in, not the program.
fn own_file() -> Option<PathBuf> {
    let here = own_file as *const () as usize;
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| mapped_at(line, here))
}

/// The file of a line of `/proc/self/maps`, if `address` is in it.
fn mapped_at(line: &str, address: usize) -> Option<PathBuf> {
    let (start, rest) = line.split_once('-')?;
    let (end, rest) = rest.split_once(' ')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    if !(number(start)?..number(end)?).contains(&address) {
        return None;
    }
    rest.find('/').map(|path| PathBuf::from(&rest[path..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_code_is_in_this_program() {
        assert_eq!(own_file(), env::current_exe().ok());
    }

    #[test]
    fn a_line_of_the_memory_map_is_read() {
        let line = "7f00-7fff r-xp 00001000 fe:01 123   /usr/lib/x y/libgstluchsinference.so";
        let file = Some("/usr/lib/x y/libgstluchsinference.so".into());
        assert_eq!(mapped_at(line, 0x7f80), file);
        assert_eq!(mapped_at(line, 0x7fff), None);
        assert_eq!(mapped_at("7f00-7fff rw-p 00000000 00:00 0 [heap]", 0x7f80), None);
    }
}
