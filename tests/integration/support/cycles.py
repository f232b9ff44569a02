# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check, do, repeat: what every change of every module must keep."""

from __future__ import annotations

from typing import Any

from .dumps import assert_same
from .sandbox import Sandbox

ACTIONS = {"create", "change", "delete"}


def steps(result: dict[str, Any]) -> set[tuple[str, str]]:
    """The plan as pairs of kind and action."""
    return {(step["kind"], step["action"]) for step in result["plan"]}


def assert_nothing_to_do(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    """One more run changes nothing, says so, and touches nothing."""
    before = sandbox.dump()
    again = sandbox.apply(module, args)
    assert again["changed"] is False, again
    assert again["plan"] == []
    diff = again.get("diff") or {"before": "", "after": ""}
    assert diff["before"] == diff["after"]
    assert_same(before, sandbox.dump())


def converge(sandbox: Sandbox, module: str, args: dict[str, Any]) -> dict[str, Any]:
    """Check touches nothing and predicts exactly; the run does that; another does nothing. Returns the run's result."""
    before = sandbox.dump()
    predicted = sandbox.apply(module, args, check=True)
    assert_same(before, sandbox.dump(), "check mode touched the host")
    done = sandbox.apply(module, args)
    assert done["changed"] is True, done
    assert predicted["changed"] is True, predicted
    assert done["plan"], done
    assert predicted["plan"] == done["plan"]
    assert predicted["diff"] == done["diff"]
    for step in done["plan"]:
        assert step["action"] in ACTIONS, step
        assert step["kind"] and step["object"] and step["reason"], step
    assert done["diff"]["before"] != done["diff"]["after"], done["diff"]
    for line in (done["diff"]["before"] + done["diff"]["after"]).splitlines():
        assert "{" not in line and len(line) <= 160, f"no line for a person: {line}"
    assert_nothing_to_do(sandbox, module, args)
    return done


def refused(
    sandbox: Sandbox, module: str, args: dict[str, Any], kind: str, *words: str, **options: Any
) -> dict[str, Any]:
    """The module fails with one kind of error whose message has the words, in check mode too, and touches nothing."""
    before = sandbox.dump()
    texts = []
    for check in (True, False):
        result = sandbox.module(module, args, check=check, **options)
        assert result.get("failed"), f"accepted: {args}"
        texts.append(result["msg"])
        error = result["error"]
        assert error["kind"] == kind, result["msg"]
        assert all(error[part] for part in ("object", "expected", "found", "remedy")), error
        for word in words:
            assert word in result["msg"], f"{word!r} not in: {result['msg']}"
    assert texts[0] == texts[1]
    assert_same(before, sandbox.dump())
    return result
