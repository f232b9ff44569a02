# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of drift: what one host's results come to."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.plugin_utils.tables.drift import drifted, table

LAB = {"plan": [{"kind": "netns", "object": "red", "action": "create", "reason": "does not exist"}]}
STORED = {"plan": [{"kind": "file", "object": "/etc/x", "action": "change", "reason": "has other content"}]}
NOTHING: dict[str, Any] = {"plan": []}
DOWN = {"unreachable": True, "msg": "no route\nto host"}


@pytest.mark.parametrize(
    ("result", "rows"),
    [
        (LAB, ["create  netns red  does not exist"]),
        ([LAB, STORED], ["create  netns red    does not exist", "change  file /etc/x  has other content"]),
        ([NOTHING, STORED], ["change  file /etc/x  has other content"]),
        # the lab was seen and what is stored was not: nobody may take that for good
        ([NOTHING, DOWN], ["not known          no route to host"]),
        ([DOWN, DOWN], ["not known          no route to host"]),
        ({}, ["not known          it gave no answer"]),
        ([], ["not known          it gave no answer"]),
        (None, ["not known          it gave no answer"]),
    ],
)
def test_a_row_for_each_step_of_a_host(result: Any, rows: list[str]) -> None:
    wanted = [" ".join(("h1", row)).split() for row in rows]
    assert [line.split() for line in table({"h1": result})[1:-2]] == wanted
    assert drifted({"h1": result}) == ["h1"]
    assert table({"h1": result})[-1] == "0 of 1 hosts as described"


@pytest.mark.parametrize("result", [NOTHING, [NOTHING], [NOTHING, NOTHING]])
def test_a_host_without_a_step_is_as_described(result: Any) -> None:
    assert drifted({"h1": result}) == []
    assert table({"h1": result})[-1] == "1 of 1 hosts as described"


def test_what_is_no_dictionary_of_hosts_is_told() -> None:
    with pytest.raises(InvalidArgument, match="results"):
        table(["h1"])
