# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules as messages and as attributes, and the rules of one priority in their order."""

from __future__ import annotations

import struct
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds import rule as policy_rules
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.rule import RuleKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.want import Want
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Key
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import rules
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr
from ansible_collections.netns.lab.plugins.module_utils._model.lab import topology
from hypothesis import given
from hypothesis import strategies as st

Attrs = dict[str, Any]
KEY: Key = RuleKey("", False, 100)

_MARKS = st.one_of(st.none(), st.builds("0x{:x}/0x{:x}".format, st.integers(1, 255), st.integers(0, 255)))
_PLAIN = st.fixed_dictionaries(
    {
        "from": st.one_of(st.none(), st.integers(1, 223).map("{}.0.0.0/8".format)),
        "to": st.one_of(st.none(), st.integers(1, 223).map("10.1.2.{}/32".format)),
        "iif": st.one_of(st.none(), st.text("abcü.-", min_size=1, max_size=7)),
        "fwmark": _MARKS,
        "table": st.integers(1, 0xFFFFFFFF),
        "protocol": st.integers(0, 255),
        "raw": st.none(),
    }
)


@given(st.integers(1, 0xFFFFFFFF), _PLAIN)
def test_a_rule_of_the_model_comes_back_from_its_message(priority: int, attrs: Attrs) -> None:
    assert rules.decode(rules.encode(False, priority, attrs)) == (priority, attrs)


def test_ipv6() -> None:
    attrs = {"from": "fd00:1::/32", "to": "fd00:2::5/128", "iif": "lo", "fwmark": "0x7", "table": 254, "protocol": 3}
    attrs["raw"] = None
    assert rules.decode(rules.encode(True, 9, attrs)) == (9, attrs)


@given(
    st.integers(0, 255),
    st.sampled_from([0, 2, 0x20]),
    st.sampled_from([1, 2, 3, 6, 7, 8, 99]),
    st.dictionaries(st.sampled_from([11, 13, 14, 17, 19, 22, 25, 26, 40, 77]), st.binary(min_size=4, max_size=9)),
)
def test_what_the_model_has_no_word_for_is_kept_whole(
    tos: int, flags: int, action: int, more: dict[int, bytes]
) -> None:
    """The kernel's own notes of the moment (a link that is not there) are no part of a rule."""
    plain = rules.encode(False, 7, {"from": "10.0.0.0/8", "table": 5, "protocol": 3})
    parts = [*struct.unpack_from("=BBBBBBBBI", plain)]
    parts[3], parts[7], parts[8] = tos, action, flags
    tail = plain[12:] + b"".join(attr(number, data) for number, data in more.items())
    whole = struct.pack("=BBBBBBBBI", *parts) + tail
    parts[8] |= 0x8
    priority, attrs = rules.decode(struct.pack("=BBBBBBBBI", *parts) + tail)
    assert priority == 7
    nothing_said = not more or (set(more) == {14} and more[14][:4] == b"\xff\xff\xff\xff")
    if tos == 0 and flags == 0 and action == 1 and nothing_said:
        assert attrs["raw"] is None
    else:
        assert rules.encode(False, 7, attrs) == whole
        assert policy_rules.told(attrs).replace("not ", "").startswith("from 10.0.0.0/8")
        assert not policy_rules.is_as_wanted(attrs, {"from": "10.0.0.0/8", "table": 5, "raw": None})


def _rule(source: str, protocol: int = 0, raw: Optional[str] = None) -> Attrs:
    return {"from": source, "to": None, "iif": None, "fwmark": None, "table": 5, "protocol": protocol, "raw": raw}


def test_which_of_several_a_key_means() -> None:
    standing = [_rule("a"), _rule("b", 110), _rule("c"), _rule("d", 110)]
    found = policy_rules.seated(KEY, standing)
    assert found[KEY] == {**standing[1], "place": 1}
    assert [found[key]["from"] for key in policy_rules.siblings(KEY, found)] == ["a", "c", "d"]
    assert policy_rules.seated(KEY, standing[:1]) == {KEY: standing[0]}
    wants = {KEY: Want(KEY, "rule", "rules[0]", {"from": "c", "table": 5, "raw": None})}
    for strict, meant in ((True, "b"), (False, "c")):
        objects = dict(found)
        policy_rules.choose(objects, wants, strict)
        assert objects[KEY]["from"] == meant
        assert {attrs["place"]: attrs["from"] for attrs in objects.values()} == dict(enumerate("abcd"))
    assert len(policy_rules.with_siblings({KEY: "why"}, found)) == 4


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.data())
def test_what_was_taken_comes_back_in_its_place(names: list[str], data: st.DataObject) -> None:
    standing = [_rule(name) for name in names]
    found = policy_rules.seated(KEY, standing)
    going = data.draw(st.lists(st.sampled_from(sorted(found, key=str)), unique=True))
    gone = [Change(key, found[key], None) for key in going]
    left = policy_rules.after(standing, gone)
    assert len(left) == len(standing) - len(gone)
    if len(names) > 1:
        back = policy_rules.after(left, [change.inverse() for change in data.draw(st.permutations(gone))])
        assert [rule["from"] for rule in back] == names
    new = (
        Change(going[0], found[going[0]], {**_rule("new"), "place": found[going[0]].get("place", 0)}) if going else None
    )
    if new is not None:
        changed = policy_rules.after(standing, [new])
        assert policy_rules.after(changed, [new.inverse()])[0]["from"] == names[0]
        assert sorted(rule["from"] for rule in policy_rules.after(changed, [new.inverse()])) == sorted(names)


def test_a_rule_that_is_not_as_it_was_read() -> None:
    with pytest.raises(FileNotFoundError, match="no such rule"):
        policy_rules.after([_rule("a")], [Change(KEY, _rule("b"), None)])
    with pytest.raises(FileExistsError, match="from a lookup 5"):
        policy_rules.after([_rule("a")], [Change(KEY, None, _rule("b"))])


@pytest.mark.parametrize("everything", ["0.0.0.0/0", "::/0"])
def test_a_prefix_of_everything_selects_nothing(everything: str) -> None:
    entry = {"priority": 14, "to": everything, "from": everything, "table": "100", "fwmark": "0/0"}
    (rule,) = topology.parse({"rules": [entry]})["rules"]
    assert (rule.src, rule.dst, rule.fwmark, rule.six) == (None, None, None, ":" in everything)
