"""Files of settings, without Odoo."""

import json

import pytest
from settings_file import Entry, FileError, differences, dump, load

TWICE = {"kind": "check", "addon": "billing_base", "key": {"code": "a"}, "values": {}}


def entry(code, **values):
    return Entry("check", "billing_base", {"code": code}, values)


def test_equal_settings_are_an_equal_file():
    one = [entry("b", name="B", limit=2.5), entry("a", limit_ids=[{"x": 1, "y": 2}])]
    other = [entry("a", limit_ids=[{"y": 2, "x": 1}]), entry("b", limit=2.5, name="B")]
    assert dump(one) == dump(other)


def test_what_is_written_is_read():
    read = load(dump([entry("a", name="Č", limit=0.1, active=False, note=None)]))
    assert [(e.kind, e.key, e.number) for e in read] == [("check", {"code": "a"}, 1)]
    assert read[0].values == {"name": "Č", "limit": 0.1, "active": False, "note": None}


def test_a_broken_file_is_refused_with_its_place():
    whole = dump([entry("a", name="A")])
    for length in range(len(whole) - 2):
        with pytest.raises(FileError):
            load(whole[:length])
    with pytest.raises(FileError, match="Line 3, column"):
        load(b'{"format":\n"billing-settings",\n oops')
    with pytest.raises(FileError, match="Byte 2"):
        load(b"{\xff}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": "else"}, "no file of settings"),
        ({"version": 2}, "version 2"),
        ({"version": "1"}, "version 1"),
        ({"records": []}, "no settings"),
        ({"records": [{"kind": "check"}]}, "Record 1"),
        ({"records": [TWICE, TWICE]}, "Records 1 and 2"),
    ],
)
def test_another_file_is_refused_with_what_to_do(changes, words):
    document = json.loads(dump([entry("a")])) | changes
    with pytest.raises(FileError, match=words):
        load(json.dumps(document).encode())


def test_only_what_the_file_says_can_differ():
    old = {"name": "A", "limit": 1.0, "lines": [{"n": 1}, {"n": 2}]}
    assert differences(old, {"name": "A"}) == []
    (found,) = differences(old, {"limit": 2.0, "name": "A"})
    assert (found.name, found.old, found.new) == ("limit", 1.0, 2.0)
    (found,) = differences(old, {"lines": [{"n": 2}, {"n": 3}, {"n": 3}]})
    assert (found.removed, found.added) == (1, 2)
