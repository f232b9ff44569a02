# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom: the task of the module ``reachability``."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from .._engine.reachability import check
from .._kernel.reachability.prober import Prober
from .._model.reachability.expectations import reachability_spec
from .answer import Answer, Task


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Send probes, and hold what came back against what is expected.

    :param params: the options of the module.
    :raises LabError: for a wrong expectation, or where no probes can be sent.
    """
    mesh = None
    if params["mesh"] is not None:
        from .._kernel.lab import records  # noqa: PLC0415 - it knows all kinds of objects, which probes need not

        mesh = check.mesh_of(params["mesh"], records.records())
    with closing(Prober()) as prober:
        report = check.check(params["expectations"] or (), mesh, params["timeout"], prober)
    return Answer(facts=report.as_dict(), error=report.error())


TASK = Task(run, reachability_spec())
