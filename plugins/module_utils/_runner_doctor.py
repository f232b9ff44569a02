# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the examination of a host."""

from __future__ import annotations

import textwrap
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._engine import doctor
from ._kernel.host import LocalHost
from ._model.errors import LabError

_WIDTH = 110


def run_doctor() -> None:
    """Be the module ``doctor``."""
    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    try:
        found = doctor.examine(LocalHost(), module.params["name"])
    except LabError as error:
        fail(module, error)
    findings = [{"lab": lab, **finding.as_dict()} for lab, finding in found]
    lost = sum(each["severity"] == "error" for each in findings)
    module.exit_json(changed=False, findings=findings, lost=lost, table=_table(findings))


def _table(findings: list[dict[str, Any]]) -> list[str]:
    """The findings for a person: one paragraph each."""
    lines = []
    for each in findings:
        cannot = "cannot" if each["severity"] == "error" else "perhaps cannot"
        of = f"lab {each['lab']}: " if each["lab"] else ""
        told = f"{of}{each['object']} {cannot} {each['path']}: {each['cause']}."
        lines += ["", *textwrap.wrap(told, _WIDTH, subsequent_indent="  ")]
        for word in ("blame", "remedy"):
            first = f"  {word + ':':<8}"
            lines += textwrap.wrap(
                each[word], _WIDTH, initial_indent=first, subsequent_indent=" " * 10, break_long_words=False
            )
    return lines[1:] or ["Nothing was found that keeps packets from their way."]
