//! The one place that knows fsync, rename and permissions.
//!
//! A file written here is either the old one or the new one, whole, even if the power fails in between.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

/// A file could not be written; the old one, if any, is untouched.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} `{}`", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// The step that failed.
    pub doing: &'static str,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

impl WriteError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "free some space on that disk and run again; nothing was lost"
            }
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "make the folder writable, or choose another with -C"
            }
            _ => "look at the cause below; nothing was lost",
        }
    }
}

/// Writes `bytes` to `path` by way of a temporary file in the same folder; readable by whom the umask allows.
///
/// # Errors
/// [`WriteError`]; the temporary file is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write(path, bytes, 0o666)
}

/// Puts `bytes` at `path`, whole but not flushed: for new files of which a later one is the witness. All of them are
/// [`flush`]ed before it is written, since flushing thousands one by one takes minutes; until then a power failure may lose
/// any.
///
/// # Errors
/// [`WriteError`]; the temporary file is removed.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let failed = |doing, source| WriteError { path: path.to_owned(), doing, source };
    let folder = parent(path);
    fs::create_dir_all(folder).map_err(|source| failed("create the folder of", source))?;
    let mut file = temporary(folder, 0o666).map_err(|source| failed("create a file beside", source))?;
    file.write_all(bytes).map_err(|source| failed("write", source))?;
    file.persist(path).map_err(|error| failed("replace", error.error))?;
    Ok(())
}

/// Flushes what was [`put`] at `paths`, and their folders up to `root`.
///
/// # Errors
/// [`WriteError`]; what is not flushed may be lost.
pub(crate) fn flush(root: &Path, paths: &[PathBuf]) -> Result<(), WriteError> {
    // A flush of the whole file system waits for what others write, too: not worth it for a few files.
    const FEW: usize = 16;
    if paths.len() > FEW && sync_file_system(root)? {
        return Ok(());
    }
    for path in paths {
        let failed = |source| WriteError { path: path.clone(), doing: "flush", source };
        File::open(path).and_then(|file| file.sync_all()).map_err(failed)?;
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
            sync_folder(folder).map_err(failed)?;
        }
    }
    Ok(())
}

/// Flushes everything on the file system of `root`; `false` where the system has no call for that.
#[cfg(target_os = "linux")]
fn sync_file_system(root: &Path) -> Result<bool, WriteError> {
    let failed = |source| WriteError { path: root.to_owned(), doing: "flush", source };
    let folder = File::open(root).map_err(failed)?;
    rustix::fs::syncfs(folder).map_err(|error| failed(error.into()))?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_root: &Path) -> Result<bool, WriteError> {
    Ok(false)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// As [`write_atomically`], for secrets: mode 0600 from the first byte on (on platforms that have modes).
///
/// # Errors
/// [`WriteError`]; the temporary file is removed.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    write(path, bytes, 0o600)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), WriteError> {
    let failed = |doing, source| WriteError { path: path.to_owned(), doing, source };
    let folder = parent(path);
    create_folder(folder)?;
    let mut file = temporary(folder, mode).map_err(|source| failed("create a file beside", source))?;
    file.write_all(bytes).map_err(|source| failed("write", source))?;
    file.as_file().sync_all().map_err(|source| failed("flush", source))?;
    file.persist(path).map_err(|error| failed("replace", error.error))?;
    sync_folder(folder).map_err(|source| failed("flush the folder of", source))
}

/// Lets `build` write a file of its own making beside `path`, and puts it there when it succeeded: for formats whose
/// library wants a file rather than bytes. The outer error is about the file, the inner one is the builder's.
///
/// # Errors
/// [`WriteError`]; the temporary file is removed, as it is when `build` fails.
pub fn build_atomically<T, E>(
    path: &Path,
    build: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<Result<T, E>, WriteError> {
    let failed = |doing, source| WriteError { path: path.to_owned(), doing, source };
    let folder = parent(path);
    create_folder(folder)?;
    let file = temporary(folder, 0o666).map_err(|source| failed("create a file beside", source))?;
    let built = match build(file.path()) {
        Ok(built) => built,
        Err(error) => return Ok(Err(error)),
    };
    file.as_file().sync_all().map_err(|source| failed("flush", source))?;
    file.persist(path).map_err(|error| failed("replace", error.error))?;
    sync_folder(folder).map_err(|source| failed("flush the folder of", source))?;
    Ok(Ok(built))
}

/// Lets `build` fill a new folder beside `folder`, and puts it in its place when it succeeded; what was there is removed
/// last. After a crash in between what was there may stand beside it, whole, under a name that begins with `.old-`.
///
/// # Errors
/// [`WriteError`]; the new folder is removed and the old one stands.
pub fn replace_folder(
    folder: &Path,
    build: impl FnOnce(&Path) -> Result<(), WriteError>,
) -> Result<(), WriteError> {
    let failed = |doing, source| WriteError { path: folder.to_owned(), doing, source };
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    create_folder(parent)?;
    let new = temporary_folder(".tmp-", parent).map_err(|source| failed("create a folder beside", source))?;
    build(new.path())?;
    sync_folder(new.path()).map_err(|source| failed("flush", source))?;
    let old = match fs::symlink_metadata(folder) {
        Ok(_) => {
            let old = temporary_folder(".old-", parent)
                .map_err(|source| failed("create a folder beside", source))?;
            // An empty folder is replaced by the rename, on Unix at once.
            #[cfg(not(unix))]
            fs::remove_dir(old.path()).map_err(|source| failed("clear the place of", source))?;
            fs::rename(folder, old.path()).map_err(|source| failed("move away", source))?;
            Some(old)
        }
        Err(_) => None,
    };
    if let Err(source) = fs::rename(new.path(), folder) {
        if let Some(old) = old {
            // Back to where it was; if that fails too, it is kept under its other name.
            let kept = old.keep();
            let _ = fs::rename(&kept, folder);
        }
        return Err(failed("replace", source));
    }
    // It has another name now: there is nothing left to remove under the old one.
    let _ = new.keep();
    sync_folder(parent).map_err(|source| failed("flush the folder of", source))
}

/// Creates `folder` and its parents, each made durable in the folder above it.
///
/// # Errors
/// [`WriteError`] naming the folder.
pub fn create_folder(folder: &Path) -> Result<(), WriteError> {
    if folder.is_dir() {
        return Ok(());
    }
    let failed = |source| WriteError { path: folder.to_owned(), doing: "create the folder", source };
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists || !folder.is_dir() => {
            Err(failed(error))
        }
        _ => sync_folder(parent.unwrap_or(Path::new("."))).map_err(failed),
    }
}

#[cfg(unix)]
fn temporary(folder: &Path, mode: u32) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    Builder::new().prefix(".tmp-").permissions(fs::Permissions::from_mode(mode)).tempfile_in(folder)
}

#[cfg(unix)]
fn temporary_folder(prefix: &str, parent: &Path) -> std::io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt;
    Builder::new().prefix(prefix).permissions(fs::Permissions::from_mode(0o777)).tempdir_in(parent)
}

#[cfg(not(unix))]
fn temporary_folder(prefix: &str, parent: &Path) -> std::io::Result<TempDir> {
    Builder::new().prefix(prefix).tempdir_in(parent)
}

#[cfg(not(unix))]
fn temporary(folder: &Path, _mode: u32) -> std::io::Result<NamedTempFile> {
    Builder::new().prefix(".tmp-").tempfile_in(folder)
}

/// A rename lasts only once its folder is flushed; elsewhere than on Unix a folder cannot be opened for that.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/file.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn files_written_together_are_there_and_nothing_else_is() {
        for count in [3, 40] {
            let folder = tempfile::tempdir().unwrap();
            let paths: Vec<PathBuf> = (0..count).map(|n| folder.path().join(format!("a/{n}/part"))).collect();
            for (n, path) in (0..count).zip(&paths) {
                put(path, &[n]).unwrap();
            }
            flush(folder.path(), &paths).unwrap();
            for n in 0..count {
                let place = folder.path().join(format!("a/{n}"));
                assert_eq!(fs::read(place.join("part")).unwrap(), [n]);
                assert_eq!(fs::read_dir(place).unwrap().count(), 1);
            }
        }
    }

    #[test]
    fn a_folder_is_replaced_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/view");
        let one = |name: &'static str| move |new: &Path| write_atomically(&new.join(name), b"x");
        replace_folder(&folder, one("first")).unwrap();
        replace_folder(&folder, one("second")).unwrap();
        let names = |folder: &Path| -> Vec<_> {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        assert_eq!(names(&folder), ["second"]);
        let error = replace_folder(&folder, |new| write_atomically(&new.join("third/\0"), b"x")).unwrap_err();
        assert!(!error.hint().is_empty());
        assert_eq!(names(&folder), ["second"]);
        assert_eq!(names(folder.parent().unwrap()), ["view"], "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_private(&path, b"secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn failures_name_the_path_and_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, b"x").unwrap();
        let error = write_atomically(&blocked.join("inside"), b"y").unwrap_err();
        assert!(error.to_string().contains("file") && !error.hint().is_empty());
        assert_eq!(fs::read(&blocked).unwrap(), b"x");
    }
}
