# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of capabilities: their entries, their files on a host, and the table of a fleet."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import audit as capability_audit
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import hooks as capability_hooks
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import keep as capability_keeping
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import policy as capability_policy
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities.lists import LocalLists
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import xattr as file_caps
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, LabError
from ansible_collections.netns.lab.plugins.plugin_utils.tables import capabilities as capability_table
from hypothesis import given
from hypothesis import strategies as st

LAST = 40
FOLDER = capability_policy.FOLDER


def entries(*paths: str, **more: Any) -> list[capability_policy.Entry]:
    return capability_policy.entries([{"path": path, "capabilities": "cap_kill=ep", **more} for path in paths], LAST)


def test_an_entry_may_have_several_paths() -> None:
    given_ = [
        {"paths": ["/a", "/b"], "capabilities": "cap_kill=ep", "why": "both"},
        {"path": "/c", "capabilities": "="},
    ]
    found = capability_policy.entries(given_, LAST)
    assert [(item.path, item.why) for item in found] == [("/a", "both"), ("/b", "both"), ("/c", "")]


#: (entries, words of the error)
WRONG: list[tuple[list[dict[str, Any]], str]] = [
    ([{"capabilities": "="}], "files[0]: expected path or paths; found neither"),
    ([{"path": "/a", "paths": ["/b"], "capabilities": "="}], "found both"),
    ([{"path": "a", "capabilities": "="}], "files[0].path"),
    ([{"path": "/a", "capabilities": "="}, {"paths": ["/b", "/a"], "capabilities": "="}], "files[1].path"),
    ([{"path": "/a\n", "capabilities": "="}], "files[0].path"),
    ([{"path": "/a\\", "capabilities": "="}], "files[0].path"),
    ([{"path": "/a ", "capabilities": "="}], "files[0].path"),
    ([{"path": "/a", "capabilities": ""}], "found an empty text"),
    ([{"path": "/a", "capabilities": "cap_99+ep"}], "'cap_99'"),
    ([{"path": "/a", "capabilities": "cap_kill=e"}], "files[0].capabilities"),
    ([{"path": "/a", "capabilities": "50=p"}], "files[0].capabilities"),
]


@pytest.mark.parametrize(("given_", "words"), WRONG)
def test_a_wrong_entry_is_named(given_: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(LabError, match=re.escape(words)):
        capability_policy.entries(given_, LAST)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\0"), min_size=1), unique=True, max_size=4), st.text())
def test_a_list_reads_back(names: list[str], why: str) -> None:
    found = entries(*(f"/{name}$" for name in names), why=why, optional=True)
    policy = capability_policy.Policy("dpkg", found)
    assert capability_policy.from_json(capability_policy.to_json(policy), "x.json", LAST) == policy


@given(
    st.text()
    | st.sampled_from(
        ["{}", "[]", "null", '{"format": 1}', '{"format": 1, "files": [1]}', '{"format": 1, "files": {}}']
    )
)
def test_a_torn_list_is_named(text: str) -> None:
    try:
        capability_policy.from_json(text, "x.json", LAST)
    except LabError as error:
        assert error.remedy


def test_a_list_of_another_version_is_named() -> None:
    with pytest.raises(Conflict, match="another version"):
        capability_policy.from_json('{"format": 2, "keep": "none", "files": []}', "x.json", LAST)


def test_what_another_list_has_is_not_dropped() -> None:
    old, new, other = entries("/a", "/b", "/c"), entries("/a"), entries("/c")
    assert [item.path for item in capability_policy.dropped(old, new, [other])] == ["/b"]
    assert capability_policy.dropped(None, new, []) == []


def wanted(*paths: str, way: str = "dpkg", present: bool = True) -> capability_keeping.Wanted:
    return capability_keeping.Wanted("x", entries(*paths), present, way)


def host_files(asked: capability_keeping.Wanted, way: str = "dpkg", **others: Any) -> dict[str, bytes]:
    lists = {name: capability_policy.Policy(way, items) for name, items in others.items()}
    found = capability_keeping.files_of_host(asked, lists, b"program")
    return {path: content for path, content in found.items() if content is not None}


def test_the_files_of_each_way() -> None:
    of = {way: set(host_files(wanted("/a", way=way))) - {f"{FOLDER}/x.json"} for way in capability_hooks.FILES}
    program_ = {capability_hooks.PROGRAM}
    assert of["none"] == program_
    assert of["dpkg"] == program_ | {"/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities"}
    assert all(len(files) >= 2 for way, files in of.items() if way != "none")
    assert len({frozenset(files) for files in of.values()}) == len(of)


def test_another_way_takes_the_files_of_the_first_away() -> None:
    found = capability_keeping.files_of_host(wanted("/a", way="pacman"), {}, b"")
    assert found["/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities"] is None
    assert found["/etc/pacman.d/hooks/netns-lab-capabilities.hook"] is not None


def test_systemd_waits_for_the_files_of_all_lists() -> None:
    found = host_files(wanted("/opt/50%", way="path"), way="path", other=entries("/b"))
    unit = found["/etc/systemd/system/netns-lab-capabilities.path"].decode()
    assert re.findall("^PathChanged=(.*)$", unit, re.MULTILINE) == ["/b", "/opt/50%%"]


def test_each_list_is_kept_in_its_own_way() -> None:
    found = host_files(wanted("/a", way="none"), way="dpkg", other=entries("/b"))
    assert "/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities" in found
    both = host_files(wanted("/a", way="path"), way="dpkg", other=entries("/b"))
    assert "/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities" in both
    assert b"/b" not in both["/etc/systemd/system/netns-lab-capabilities.path"]


#: entries of a file that root damaged by hand
DAMAGED: list[dict[str, Any]] = [
    {"path": 5},
    {"capabilities": None},
    {"rootid": -1},
    {"rootid": "x"},
    {"path": "/a\0"},
    {"path": "a"},
    {"optional": "yes"},
    {"capabilities": "9" * 5000 + "=p"},
]


@pytest.mark.parametrize("change", DAMAGED)
def test_a_damaged_entry_is_named(change: dict[str, Any]) -> None:
    entry = {"path": "/a", "capabilities": "=", "rootid": 0, "optional": False, "why": "", **change}
    text = json.dumps({"format": 1, "keep": "none", "files": [entry]})
    with pytest.raises(LabError) as caught:
        capability_policy.from_json(text, "x.json", LAST)
    assert caught.value.remedy


def test_the_last_list_takes_all_along() -> None:
    assert host_files(wanted(present=False)) == {}
    kept = host_files(wanted(present=False), other=entries("/b"))
    assert set(kept) == {capability_hooks.PROGRAM, "/etc/dpkg/dpkg.cfg.d/netns-lab-capabilities"}


def test_the_program_is_the_same_every_time() -> None:
    assert LocalLists().program() == LocalLists().program()
    assert LocalLists().program().startswith(b"#!/")


def test_an_audit_compares_sets() -> None:
    allow = capability_policy.allowed([{"paths": ["/a", "/b", "/c"], "capabilities": "CAP_KILL+pe"}], LAST)
    other = file_caps.FileCapabilities(1, 0, True)
    values = {"/a": file_caps.to_bytes(allow["/a"].caps), "/b": file_caps.to_bytes(other), "/d": b"nonsense"}
    found = capability_audit.compare(values, allow, LAST)
    assert found["different"] == [{"path": "/b", "found": "cap_chown=ep", "expected": "cap_kill=ep"}]
    assert found["missing"] == [{"path": "/c", "found": "", "expected": "cap_kill=ep"}]
    assert [entry["path"] for entry in found["unexpected"]] == ["/d"]
    assert "unreadable" in found["unexpected"][0]["found"]


def result(**lists: Any) -> dict[str, Any]:
    return {"unexpected": [], "missing": [], "different": [], "files": [], **lists}


def test_the_table_has_hosts_that_differ_first() -> None:
    bad = {"path": "/a", "found": "cap_kill=p", "expected": ""}
    idle = {"path": "/s", "capabilities": "cap_kill=p", "warnings": ["/s: a script."]}
    results = {
        "good": result(),
        "idle": result(files=[idle]),
        "bad": result(unexpected=[bad]),
        "gone": {"msg": "no route\n"},
    }
    lines = capability_table.table(results)
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["bad", "unexpected"],
        ["gone", "not"],
        ["good", "ok"],
        ["idle", "no"],
    ]
    assert "no route" in lines[2] and lines[-1] == "2 of 4 hosts as listed"
    report = capability_table.report(results)
    assert report["differing"] == ["bad", "gone"] and report["as_listed"] == ["good", "idle"]
    assert report["hosts"]["idle"]["without_effect"] == [{"path": "/s", "found": "cap_kill=p", "why": "/s: a script."}]
    assert capability_table.table({}) == ["", "0 of 0 hosts as listed"]


@pytest.mark.parametrize("wrong", [None, [], "x"])
def test_what_is_no_result_is_named(wrong: Any) -> None:
    with pytest.raises(LabError, match="a dictionary of hosts"):
        capability_table.table(wrong)
