# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: the task of the module ``reachability``."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from .._engine.reachability import check as reachability
from .._kernel.lab import records as store
from .._kernel.reachability.prober import Prober
from .._model.errors import InvalidArgument
from .._model.reachability.expectations import Mesh, reachability_spec
from .answer import Answer, Task


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Send probes, and hold what came back against what is expected.

    :param params: the options of the module.
    :raises LabError: for a wrong expectation, or where no probes can be sent.
    """
    mesh = _mesh(params["mesh"]) if params["mesh"] is not None else None
    with closing(Prober()) as prober:
        report = reachability.check(params["expectations"] or (), mesh, params["timeout"], prober)
    return Answer(facts=report.as_dict(), error=report.error())


def _mesh(lab: str) -> Mesh:
    """The namespaces of a lab, in the order of its definition.

    :raises InvalidArgument: if there is no such lab.
    """
    records = store.records()
    for record in records:
        if record.lab == lab:
            return Mesh(lab, tuple(each["name"] for each in record.definition.get("namespaces") or ()))
    there = ", ".join(sorted(record.lab for record in records if record.definition)) or "none"
    raise InvalidArgument("mesh", "the name of a lab on this host", repr(lab), f"Labs here: {there}.")


TASK = Task(run, reachability_spec())
