"""Which files of an inbox are read, and why the others are not."""

from __future__ import annotations

import hashlib

import pytest

from enrichment_pipeline.tracklists.readers import scan_inbox


def test_every_file_is_listed_with_what_becomes_of_it(tmp_path):
    files = {
        "b.csv": "1",
        "a.txt": "2",
        "sub/c.json": "3",
        "copy.csv": "1",
        ".hidden.csv": "4",
        ".git/d.csv": "5",
        "_old/deep/e.csv": "6",
        "notes.md": "7",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    found = {f.name: (f.status, f.reason) for f in scan_inbox(tmp_path)}
    assert list(found) == sorted(files)
    assert {n for n, (status, _) in found.items() if status == "read"} == {"a.txt", "b.csv", "sub/c.json"}
    assert found["copy.csv"] == ("same content", "same content as b.csv")
    assert found[".hidden.csv"] == ("skipped", "hidden file")
    assert found[".git/d.csv"][1] == "in the folder '.git', whose name begins with '.'"
    assert found["_old/deep/e.csv"][1] == "in the folder '_old', whose name begins with '_'"
    assert found["notes.md"][1].startswith("unknown kind of file")


def test_hash_and_size_are_those_of_the_bytes(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"abc")
    (file,) = scan_inbox(tmp_path)
    assert (file.content_hash, file.size_bytes, file.is_to_be_read) == (
        hashlib.sha256(b"abc").hexdigest(),
        3,
        True,
    )


def test_a_file_that_cannot_be_opened_is_broken_and_does_not_stop_the_others(tmp_path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "nowhere.csv")
    (tmp_path / "b.csv").write_text("x")
    first, second = scan_inbox(tmp_path)
    assert (first.status, first.reason) == ("broken", "cannot be opened: No such file or directory")
    assert second.is_to_be_read


def test_a_link_to_the_folder_above_does_not_loop(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    assert [f.name for f in scan_inbox(tmp_path)] == ["a.csv"]


def test_an_empty_inbox_is_an_empty_list(tmp_path):
    assert scan_inbox(tmp_path) == []


def test_no_folder_is_said_in_words(tmp_path):
    with pytest.raises(FileNotFoundError, match="no inbox folder"):
        scan_inbox(tmp_path / "no")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="must be a folder"):
        scan_inbox(tmp_path / "file")
