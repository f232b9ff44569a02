# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the prober."""

from __future__ import annotations

from contextlib import closing

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._engine.reachability import check as reachability
from ._kernel.lab import records as store
from ._kernel.reachability.prober import Prober
from ._model.errors import InvalidArgument, LabError
from ._model.reachability.expectations import Mesh, reachability_spec
from ._runner_module import LabModule


def run_reachability() -> None:
    """Be the module ``reachability``."""
    module = LabModule(argument_spec=reachability_spec())
    params = module.params
    try:
        mesh = _mesh(params["mesh"]) if params["mesh"] is not None else None
        with closing(Prober()) as prober:
            report = reachability.check(params["expectations"] or (), mesh, params["timeout"], prober)
    except LabError as error:
        fail(module, error)
    differing = report.error()
    if differing is not None:
        fail(module, differing, **report.as_dict())
    module.exit_json(changed=False, **report.as_dict())


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
