# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities of files: their texts, their bytes, and what is asked beside what is there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import file as engine
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import sets as capabilities
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import xattr as file_caps
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.sets import CapabilitySets
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.xattr import FileCapabilities
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, Kernel, LabError
from hypothesis import given
from hypothesis import strategies as st

LAST = 40
RAW, ADMIN, KILL = 1 << 13, 1 << 12, 1 << 5
SETS = st.integers(0, (1 << 64) - 1)

#: texts and what they mean: (effective, permitted, inheritable)
TEXTS: dict[str, tuple[int, int, int]] = {
    "": (0, 0, 0),
    " \t ": (0, 0, 0),
    "=": (0, 0, 0),
    "cap_net_raw+ep": (RAW, RAW, 0),
    "cap_net_raw=ep": (RAW, RAW, 0),
    "CAP_NET_RAW=pe": (RAW, RAW, 0),
    "cap_net_raw,cap_net_admin=eip": (RAW | ADMIN, RAW | ADMIN, RAW | ADMIN),
    "13=ep": (RAW, RAW, 0),
    "0xd=ep": (RAW, RAW, 0),
    "015=ep": (RAW, RAW, 0),
    "all=ep": ((1 << 41) - 1, (1 << 41) - 1, 0),
    "=ep": ((1 << 41) - 1, (1 << 41) - 1, 0),
    "63=p": (0, 1 << 63, 0),
    "63,all=p": (0, (1 << 41) - 1, 0),  # as libcap has it: all says all anew
    "all,63=p": (0, 1 << 63 | (1 << 41) - 1, 0),
    "=ep cap_kill-e": ((1 << 41) - 1 & ~KILL, (1 << 41) - 1, 0),
    "cap_kill=p+i-p": (0, 0, KILL),
    "cap_kill=+p": (0, KILL, 0),
    "cap_kill=ep cap_kill=-p": (0, 0, 0),
    "cap_kill=ep cap_kill=": (0, 0, 0),
    "cap_kill=i\ncap_net_raw=p": (0, RAW, KILL),
}


@pytest.mark.parametrize(("text", "sets"), TEXTS.items())
def test_a_text_means_its_sets(text: str, sets: tuple[int, int, int]) -> None:
    assert capabilities.from_text(text, LAST) == sets


#: texts that are none, and what the error says
WRONG: dict[str, str] = {
    "cap_net_raw": "an operator",
    "cap_net_raw ep": "an operator",
    "cap_net_raw+": "flags",
    "cap_net_raw=+": "flags",
    "cap_net_raw=x": "flags",
    "cap_net_raw+ep=i": "flags",
    "+ep": "in front of +",
    "=+ep": "in front of =+",
    "=p-i": "in front",
    "cap_net_raw,=p": "a capability, by name",
    "cap_net_raw, cap_kill=p": "a capability, by name",
    "cap_net_rw=p": "Did you mean cap_net_raw?",
    "cap_99+ep": "found 'cap_99'",
    "net_raw=p": "Did you mean cap_net_raw?",
    "cap_sys_admn=p": "Did you mean cap_sys_admin",
    "xyzzy=p": "capabilities(7)",
    "64=p": "numbers below 64",
    "08=p": "an operator",
    "0x=p": "an operator",
    "alls=p": "a capability, by name",
    "cap_kill=p\0": "null character",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items())
def test_a_text_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(LabError) as caught:
        capabilities.from_text(text, LAST)
    assert words in caught.value.text(), caught.value.text()


@given(SETS, SETS, SETS)
def test_what_is_printed_reads_back(effective: int, permitted: int, inheritable: int) -> None:
    sets = CapabilitySets(effective, permitted, inheritable)
    text = capabilities.to_text(sets, LAST)
    assert capabilities.from_text(text, LAST) == sets
    assert capabilities.to_text(capabilities.from_text(text, LAST), LAST) == text


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        capabilities.from_text(text, LAST)
    except LabError as error:
        assert error.kind == "InvalidArgument"
        assert error.remedy and error.expected and error.found


@given(SETS, SETS, st.booleans(), st.integers(0, (1 << 32) - 1))
def test_bytes_read_back(permitted: int, inheritable: int, effective: bool, rootid: int) -> None:
    caps = FileCapabilities(permitted, inheritable, effective, rootid)
    value = file_caps.to_bytes(caps)
    assert len(value) == (24 if rootid else 20)
    assert file_caps.from_bytes(value) == caps


def test_bytes_of_each_revision() -> None:
    first = bytes.fromhex("010000010020000020000000")
    assert file_caps.from_bytes(first) == FileCapabilities(RAW, KILL, True)
    second = bytes.fromhex("0100000200200000000000000000000000000000")
    assert file_caps.from_bytes(second) == FileCapabilities(RAW, 0, True)
    assert file_caps.to_bytes(FileCapabilities(RAW, 0, True)) == second
    third = bytes.fromhex("0000000300200000000000000100000000000000e8030000")
    assert file_caps.from_bytes(third) == FileCapabilities(RAW | 1 << 32, 0, False, 1000)


@given(st.binary(max_size=30))
def test_any_bytes_are_read_or_named(value: bytes) -> None:
    try:
        file_caps.from_bytes(value, "/bin/x")
    except Conflict as error:
        assert error.obj == "/bin/x" and value.hex() in error.found


class FakeFile:
    """A file in memory."""

    def __init__(self, path: str, value: bytes | None, broken: bool = False) -> None:
        self.path, self.held, self.broken, self.writes = path, value, broken, 0

    def value(self) -> bytes | None:
        return self.held

    def require_writable(self) -> None:
        pass

    def write(self, value: bytes | None) -> None:
        if self.broken:
            raise Kernel(self.path, "to write", "EIO", "See dmesg(1).")
        self.held, self.writes = value, self.writes + 1


def held(text: str | None, rootid: int = 0) -> bytes | None:
    if text is None:
        return None
    return file_caps.to_bytes(file_caps.from_sets(capabilities.from_text(text, LAST), rootid))


def run(before: str | None, check: bool = False, rootid: int = 0, **options: Any) -> tuple[engine.Result, FakeFile]:
    file = FakeFile("/bin/x", held(before, rootid))
    return engine.run(engine.request(options, LAST), [file], check), file


#: (what a file has, options, what it has after)
RUNS: list[tuple[str | None, dict[str, Any], str | None]] = [
    (None, {"capabilities": "cap_net_raw=ep"}, "cap_net_raw=ep"),
    (None, {"permitted": ["NET_RAW"], "effective": ["13"]}, "cap_net_raw=ep"),
    (None, {"permitted": ["all"]}, "all=p"),
    ("cap_net_raw=ep", {"capabilities": "cap_kill=p"}, "cap_kill=p"),
    ("cap_net_raw=ep", {"capabilities": "="}, "="),
    ("cap_net_raw=ep", {"capabilities": "cap_kill=ep", "mode": "merge"}, "cap_net_raw,cap_kill=ep"),
    ("cap_net_raw=ep", {"capabilities": "cap_kill=p", "mode": "merge"}, "cap_net_raw,cap_kill=ep"),
    ("cap_net_raw=p", {"capabilities": "cap_kill=ei", "mode": "merge"}, "cap_net_raw=ep cap_kill=ei"),
    ("cap_net_raw=ep", {"state": "absent"}, None),
    ("=", {"state": "absent"}, None),
    (None, {"state": "absent"}, None),
    (None, {"state": "absent", "capabilities": "cap_kill=p"}, None),
    ("cap_net_raw,cap_kill=ep", {"state": "absent", "capabilities": "cap_kill=ep"}, "cap_net_raw=ep"),
    ("cap_net_raw,cap_kill=eip", {"state": "absent", "permitted": ["kill"]}, "cap_net_raw=eip cap_kill=ei"),
    ("cap_kill=ep", {"state": "absent", "capabilities": "cap_kill=ep"}, None),
    ("cap_kill=ep", {"state": "absent", "capabilities": "cap_net_raw=ep"}, "cap_kill=ep"),
]


@pytest.mark.parametrize(("before", "options", "after"), RUNS)
def test_a_run_and_its_repeat(before: str | None, options: dict[str, Any], after: str | None) -> None:
    checked, file = run(before, check=True, **options)
    assert file.held == held(before) and file.writes == 0
    result, file = run(before, **options)
    assert file.held == held(after)
    assert result.changed == (held(before) != held(after)) == bool(result.plan())
    assert (result.plan(), result.diff()) == (checked.plan(), checked.diff())
    again = engine.run(engine.request(options, LAST), [file], check=False)
    assert not again.changed and not again.plan() and file.writes <= 1


def test_the_diff_is_in_setcaps_form() -> None:
    result, _file = run("cap_kill=ep", capabilities="cap_net_raw=ep")
    assert result.diff() == {"before": "/bin/x cap_kill=ep\n", "after": "/bin/x cap_net_raw=ep\n"}


def test_an_older_revision_that_says_the_same_stays() -> None:
    value = bytes.fromhex("010000010020000000000000")
    file = FakeFile("/bin/x", value)
    assert not engine.run(engine.request({"capabilities": "cap_net_raw=ep"}, LAST), [file], check=False).changed
    assert file.held == value


#: (options, words of the error)
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "neither"),
    ({"capabilities": "cap_kill=e"}, "cap_kill effective only"),
    ({"effective": ["kill"]}, "cap_kill effective only"),
    ({"permitted": ["kill", "net_raw"], "effective": ["kill"]}, "none for cap_net_raw"),
    ({"capabilities": "cap_kill=ep cap_net_raw=p"}, "one effective bit"),
    ({"capabilities": "63=p"}, "up to cap_checkpoint_restore (40)"),
    ({"permitted": ["kil"]}, "Did you mean cap_kill?"),
    ({"permitted": ["kill", "nonsense"]}, "permitted[1]"),
    ({"capabilities": "=", "permitted": ["kill"]}, "a string and permitted"),
    ({"capabilities": "=", "rootid": -1}, "a user id"),
    ({"capabilities": "=", "rootid": (1 << 32) - 1}, "a user id"),
    ({"capabilities": " "}, 'Write "="'),
    ({"capabilities": "9" * 5000 + "=p"}, "numbers below 64"),
    ({"permitted": ["9" * 5000]}, "permitted[0]"),
    ({"permitted": ["²"]}, "permitted[0]"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(LabError, match=re.escape(words)):
        engine.request(options, LAST)


def test_merging_keeps_the_user_namespace_of_the_file() -> None:
    _result, file = run("cap_kill=ep", rootid=1000, capabilities="cap_net_raw=ep", mode="merge")
    assert file.held == held("cap_kill,cap_net_raw=ep", 1000)
    asked = engine.request({"capabilities": "cap_net_raw=ep", "mode": "merge", "rootid": 0}, LAST)
    with pytest.raises(Conflict, match="rootid 1000"):
        engine.after(asked, held("cap_kill=ep", 1000), "/bin/x")


def test_what_cannot_be_read_is_replaced_or_named() -> None:
    file = FakeFile("/bin/x", b"nonsense")
    with pytest.raises(Conflict, match="/bin/x"):
        engine.run(engine.request({"capabilities": "=", "mode": "merge"}, LAST), [file], check=False)
    result = engine.run(engine.request({"capabilities": "cap_kill=p"}, LAST), [file], check=False)
    assert result.changed and "unreadable" in result.diff()["before"] and file.held == held("cap_kill=p")


def test_a_failed_write_undoes_the_others() -> None:
    files = [FakeFile("/bin/a", None), FakeFile("/bin/b", held("cap_kill=p")), FakeFile("/bin/c", None, broken=True)]
    with pytest.raises(Kernel) as caught:
        engine.run(engine.request({"capabilities": "cap_net_raw=ep"}, LAST), files, check=False)
    assert [file.held for file in files] == [None, held("cap_kill=p"), None]
    assert caught.value.details == {"rolled_back": True, "left": []}
