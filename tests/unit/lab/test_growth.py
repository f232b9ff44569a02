# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine does grows no faster than the lab: the lines that run are counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from bench import shapes

from unit.support.engine import apply, remove
from unit.support.host import FakeHost
from unit.support.kernel import Kernel

#: each size is twice the one before: so is what the step to it takes
_SIZES = (20, 40, 80)
_TWICE = 2.02
_ENGINE = ("/plugins/module_utils/_engine/", "/plugins/module_utils/_model/")


@contextmanager
def _lines() -> Iterator[Callable[[], int]]:
    """Count the lines of the engine and of the model that run."""
    count = 0

    def within(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return within

    def entering(frame: FrameType, _event: str, _arg: Any) -> Any:
        return within if any(part in frame.f_code.co_filename for part in _ENGINE) else None

    before = sys.gettrace()
    sys.settrace(entering)
    try:
        yield lambda: count
    finally:
        sys.settrace(before)


def _host() -> FakeHost:
    kernel = Kernel()
    kernel.link_up("", "lo", True)
    return FakeHost(kernel)


def _work(lab: dict[str, Any]) -> dict[str, int]:
    """The lines that it takes to build a lab, to find nothing to do, and to remove it, once caches are filled."""
    host, found = _host(), {}
    for phase, act in (("build", apply), ("repeat", apply)):
        with _lines() as count:
            act(host, lab)
            found[phase] = count()
    with _lines() as count:
        remove(host)
        found["remove"] = count()
    return found


@pytest.mark.parametrize("name", [*shapes.SHAPES, *shapes.KINDS])
def test_as_many_entries_more_take_as_much_work_more(name: str) -> None:
    make = {**shapes.SHAPES, **shapes.KINDS}[name]
    apply(_host(), make(_SIZES[-1]))
    one, two, four = (_work(make(size)) for size in _SIZES)
    told = {phase: round((four[phase] - two[phase]) / max(1, two[phase] - one[phase]), 2) for phase in one}
    assert max(told.values()) <= _TWICE, told
