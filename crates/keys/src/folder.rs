//! The folder that keys lie in. A file in it is either the old one or the new one, never a part of
//! one; private files are for their owner alone; and symbolic links are neither followed nor replaced.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// What unfinished files begin with. Whoever holds the folder's lock may remove them.
const UNFINISHED: &str = ".unfinished-";

/// More than the largest key with its certificates needs.
const READ_MAX_LENGTH: u64 = 1024 * 1024;

/// Why a file can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system says no.
    #[error("{path}: can't be {what}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was to be done.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A link, which may lead anywhere.
    #[error(
        "{0}: is a symbolic link, which is neither followed nor replaced; remove it, or choose another folder (--out)"
    )]
    Symlink(PathBuf),
    /// Something else is there.
    #[error("{0}: is not a {1}")]
    WrongKind(PathBuf, &'static str),
    /// It's there already.
    #[error("{0}: exists already; --force overwrites it, and a private key that is overwritten is gone")]
    Exists(PathBuf),
    /// Two at once.
    #[error("{0}: another command is working in this folder; wait for its end")]
    Busy(PathBuf),
    /// Others can read a private key.
    #[error(
        "{0}: other users of this machine can read it, so it may be known to others already; if you trust them, run chmod 600 on it, else make a new key"
    )]
    Exposed(PathBuf),
    /// Not a key.
    #[error("{0}: is too long for a key, or not text")]
    NotText(PathBuf),
}

fn io_error(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { path, what, source }
}

/// A file to be written.
pub struct NewFile<'a> {
    /// Its name in the folder.
    pub name: &'a str,
    /// What will be in it.
    pub content: &'a [u8],
    /// Whether it is for the owner alone.
    pub private: bool,
}

/// A folder, locked for as long as this lives.
pub struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Opens the folder, and makes it, for the owner alone, if it isn't there.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn open(path: &Path) -> Result<Self, FileError> {
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => return Err(FileError::Symlink(path.to_owned())),
            Ok(metadata) if !metadata.is_dir() => {
                return Err(FileError::WrongKind(path.to_owned(), "folder"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().mode(0o700).create(path).map_err(io_error(path, "made"))?;
            }
            Err(error) => return Err(io_error(path, "opened")(error)),
        }
        let lock = File::open(path).map_err(io_error(path, "opened"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => FileError::Busy(path.to_owned()),
            TryLockError::Error(source) => io_error(path, "locked")(source),
        })?;
        let folder = Self { path: path.to_owned(), lock };
        folder.remove_unfinished()?;
        Ok(folder)
    }

    /// Where a file of the folder lies.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes files: all are whole on disk before the first takes its place. Without `overwrite`,
    /// nothing is written if one of them exists.
    ///
    /// # Errors
    /// See [`FileError`]. The previous files are whole then.
    pub fn write(&self, files: &[NewFile<'_>], overwrite: bool) -> Result<(), FileError> {
        for file in files {
            self.check_place(file.name, overwrite)?;
        }
        let written = files.iter().map(|file| Ok((file.name, self.write_unfinished(file)?)));
        for (name, unfinished) in written.collect::<Result<Vec<_>, FileError>>()? {
            let path = self.path(name);
            let placed =
                if overwrite { unfinished.persist(&path) } else { unfinished.persist_noclobber(&path) };
            placed.map_err(|error| io_error(&path, "written")(error.error))?;
        }
        self.sync()
    }

    /// Whether something of this name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// Reads a file of the folder; `None` if it isn't there.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<String>>, FileError> {
        if self.has(name) { read(&self.path(name)).map(|file| Some(file.text)) } else { Ok(None) }
    }

    /// Gives a file another name, in place of whatever had it. A file that isn't there was renamed
    /// before.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        if !self.has(from) {
            return Ok(());
        }
        self.check_place(to, true)?;
        fs::rename(self.path(from), self.path(to)).map_err(io_error(&self.path(to), "written"))?;
        self.sync()
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn remove(&self, name: &str) -> Result<(), FileError> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_error(&self.path(name), "removed")(error))
            }
            _ => self.sync(),
        }
    }

    /// Whether a file of this name may be written.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn check_place(&self, name: &str, overwrite: bool) -> Result<(), FileError> {
        let path = self.path(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => Err(FileError::Symlink(path)),
            Ok(metadata) if !metadata.is_file() => Err(FileError::WrongKind(path, "regular file")),
            Ok(_) if !overwrite => Err(FileError::Exists(path)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io_error(&path, "written")(error)),
        }
    }

    fn write_unfinished(&self, file: &NewFile<'_>) -> Result<NamedTempFile, FileError> {
        let path = self.path(file.name);
        let mode = if file.private { 0o600 } else { 0o644 };
        let mut unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(&self.path)
            .map_err(io_error(&path, "written"))?;
        unfinished.write_all(file.content).map_err(io_error(&path, "written"))?;
        unfinished.as_file().sync_all().map_err(io_error(&path, "written"))?;
        Ok(unfinished)
    }

    /// A rename counts once the folder is on disk.
    fn sync(&self) -> Result<(), FileError> {
        self.lock.sync_all().map_err(io_error(&self.path, "written"))
    }

    /// What an interrupted command left behind may hold a private key that nobody will use.
    fn remove_unfinished(&self) -> Result<(), FileError> {
        let entries = fs::read_dir(&self.path).map_err(io_error(&self.path, "read"))?;
        for entry in entries {
            let entry = entry.map_err(io_error(&self.path, "read"))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(io_error(&entry.path(), "removed"))?;
            }
        }
        Ok(())
    }
}

/// A file's text.
pub struct FileText {
    /// The text, wiped from memory when dropped.
    pub text: Zeroizing<String>,
    /// Whether other users of this machine can read it.
    pub exposed: bool,
}

/// Reads a file.
///
/// # Errors
/// See [`FileError`].
pub fn read(path: &Path) -> Result<FileText, FileError> {
    let file = File::open(path).map_err(io_error(path, "read"))?;
    let metadata = file.metadata().map_err(io_error(path, "read"))?;
    if metadata.is_dir() {
        return Err(FileError::WrongKind(path.to_owned(), "file"));
    }
    let text = read_text(file, path)?;
    Ok(FileText { text, exposed: metadata.is_file() && metadata.mode() & 0o077 != 0 })
}

/// Reads a file that a private key is expected in.
///
/// # Errors
/// [`FileError::Exposed`] if other users can read it; see [`FileError`] for others.
pub fn read_private(path: &Path) -> Result<Zeroizing<String>, FileError> {
    let file = read(path)?;
    if file.exposed { Err(FileError::Exposed(path.to_owned())) } else { Ok(file.text) }
}

/// Reads standard input.
///
/// # Errors
/// See [`FileError`].
pub fn read_standard_input() -> Result<Zeroizing<String>, FileError> {
    read_text(io::stdin(), Path::new("standard input"))
}

fn read_text(from: impl io::Read, path: &Path) -> Result<Zeroizing<String>, FileError> {
    // Growing would leave copies behind in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    from.take(READ_MAX_LENGTH + 1).read_to_end(&mut bytes).map_err(io_error(path, "read"))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if bytes.len() as u64 <= READ_MAX_LENGTH => Ok(Zeroizing::new(text.to_owned())),
        _ => Err(FileError::NotText(path.to_owned())),
    }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
