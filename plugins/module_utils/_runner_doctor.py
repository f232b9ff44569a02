# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the examination of a host."""

from __future__ import annotations

import textwrap

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._engine.firewalls.paths import Finding
from ._engine.lab import doctor
from ._engine.lab.formats import asked
from ._engine.lab.ledger import SINGLE
from ._kernel.lab.host import LocalHost
from ._model.errors import LabError
from ._runner_module import LabModule

_WIDTH = 110


def run_doctor() -> None:
    """Be the module ``doctor``."""
    module = LabModule(argument_spec={"name": {"type": "str"}})
    try:
        found = doctor.examine(LocalHost(), asked(module.params["name"], SINGLE))
    except LabError as error:
        fail(module, error)
    findings = [{"lab": lab, **finding.as_dict()} for lab, finding in found]
    lost = sum(each["severity"] == "error" for each in findings)
    module.exit_json(changed=False, findings=findings, lost=lost, table=_table(found))


def _table(found: list[tuple[str, Finding]]) -> list[str]:
    """The findings for a person: one paragraph each."""
    lines = []
    for lab, finding in found:
        of = f"lab {lab}: " if lab else ""
        lines += ["", *textwrap.wrap(f"{of}{finding.claim()}.", _WIDTH, subsequent_indent="  ")]
        for word, text in (("blame", finding.blame), ("remedy", finding.remedy)):
            first = f"  {word + ':':<8}"
            lines += textwrap.wrap(
                text, _WIDTH, initial_indent=first, subsequent_indent=" " * 10, break_long_words=False
            )
    return lines[1:] or ["Nothing was found that keeps packets from their way."]
