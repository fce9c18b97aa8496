//! What a folder of keys never does: lose the previous files, follow a link, or show a private one.

use std::os::unix::fs::symlink;

use super::*;

fn file<'a>(name: &'a str, content: &'a str) -> NewFile<'a> {
    NewFile { name, content: content.as_bytes(), private: true }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn private_files_and_the_folder_are_for_their_owner_alone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("local");
    let folder = Folder::open(&path).unwrap();
    let public = NewFile { name: "public", content: b"1", private: false };
    folder.write(&[file("private", "1"), public], false).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("private"))), (0o700, 0o600));
    assert_eq!(mode(&path.join("public")) & 0o022, 0);
    assert_eq!(names(&path), ["private", "public"]);
}

#[test]
fn if_one_file_is_there_none_is_written() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    folder.write(&[file("b", "old")], false).unwrap();
    let error = folder.write(&[file("a", "new"), file("b", "new")], false).unwrap_err();
    assert!(matches!(error, FileError::Exists(_)), "{error}");
    assert_eq!(names(root.path()), ["b"]);
    folder.write(&[file("a", "new"), file("b", "new")], true).unwrap();
    assert_eq!(folder.read("b").unwrap().unwrap().as_str(), "new");
}

#[test]
fn a_symbolic_link_is_neither_followed_nor_replaced() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    folder.write(&[file("target", "old")], false).unwrap();
    symlink(root.path().join("target"), root.path().join("link")).unwrap();
    for overwrite in [false, true] {
        let error = folder.write(&[file("link", "new")], overwrite).unwrap_err();
        assert!(matches!(error, FileError::Symlink(_)), "{error}");
    }
    assert!(matches!(folder.rename("target", "link"), Err(FileError::Symlink(_))));
    assert_eq!(folder.read("target").unwrap().unwrap().as_str(), "old");
    drop(folder);

    let elsewhere = root.path().join("elsewhere");
    symlink(root.path(), &elsewhere).unwrap();
    assert!(matches!(Folder::open(&elsewhere), Err(FileError::Symlink(_))));
}

#[test]
fn a_folder_in_the_place_of_a_file_and_a_file_in_the_place_of_the_folder_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = Folder::open(root.path()).unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    assert!(matches!(folder.write(&[file("a", "new")], true), Err(FileError::WrongKind(..))));
    folder.write(&[file("b", "1")], false).unwrap();
    assert!(matches!(Folder::open(&root.path().join("b")), Err(FileError::WrongKind(..))));
}

#[test]
fn what_an_interrupted_write_left_is_removed_and_nothing_else_is() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(format!("{UNFINISHED}x")), "half a private key").unwrap();
    fs::write(root.path().join("private"), "whole").unwrap();
    let _folder = Folder::open(root.path()).unwrap();
    assert_eq!(names(root.path()), ["private"]);
}

#[test]
fn two_commands_do_not_work_in_one_folder() {
    let root = tempfile::tempdir().unwrap();
    let first = Folder::open(root.path()).unwrap();
    assert!(matches!(Folder::open(root.path()), Err(FileError::Busy(_))));
    drop(first);
    assert!(Folder::open(root.path()).is_ok());
}

#[test]
fn a_file_that_others_can_read_is_no_place_for_a_private_key() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("key");
    fs::write(&path, "key").unwrap();
    for (mode, exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o644, true)] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert_eq!(matches!(read_private(&path), Err(FileError::Exposed(_))), exposed, "{mode:o}");
    }
}

#[test]
fn what_is_too_long_or_no_text_is_no_key() {
    let root = tempfile::tempdir().unwrap();
    for content in [vec![0xff], vec![b'a'; 1024 * 1024 + 1]] {
        let path = root.path().join("key");
        fs::write(&path, content).unwrap();
        assert!(matches!(read(&path), Err(FileError::NotText(_))));
    }
    assert!(matches!(read(root.path()), Err(FileError::WrongKind(..))));
}
