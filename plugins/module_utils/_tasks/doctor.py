# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why packets would not arrive: the task of the module ``doctor``."""

from __future__ import annotations

import textwrap
from typing import Any

from .._engine.finding import Finding
from .._engine.lab import doctor
from .._engine.lab.formats import asked
from .._engine.lab.record import SINGLE
from .._kernel.host import LocalHost
from .._model.spec import ONE_LAB
from .answer import Answer, Task

#: characters of a line of the table
_WIDTH = 110


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Examine the labs of the host.

    :param params: the options of the module.
    :raises LabError: for a name that no lab can have, or what cannot be read.
    """
    found = doctor.examine(LocalHost(), asked(params["name"], SINGLE))
    findings = [{"lab": lab, **finding.as_dict()} for lab, finding in found]
    errors = sum(each["severity"] == "error" for each in findings)
    return Answer(facts={"findings": findings, "errors": errors, "table": _table(found)})


def _table(found: list[tuple[str, Finding]]) -> list[str]:
    """The findings for a person: one paragraph each."""
    lines = []
    for lab, finding in found:
        of = f"lab {lab}: " if lab else ""
        lines += ["", *textwrap.wrap(f"{of}{finding.claim()}.", _WIDTH, subsequent_indent="  ")]
        for word, text in (("source", finding.source), ("remedy", finding.remedy)):
            first = f"  {word + ':':<8}"
            lines += textwrap.wrap(
                text, _WIDTH, initial_indent=first, subsequent_indent=" " * 10, break_long_words=False
            )
    return lines[1:] or ["Nothing was found that blocks packets."]


TASK = Task(run, ONE_LAB)
