# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the engine: the only place that knows check mode, diff mode and fail_json."""

from __future__ import annotations

import gc
from typing import Any, Callable

from ansible.module_utils import basic

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._engine.lab import run
from ._kernel.lab.host import LocalHost
from ._model.errors import InvalidArgument, LabError
from ._model.lab import spec
from ._model.lab.kinds import KINDS
from ._runner_module import LabModule

#: bytes of arguments that fit into a pipe (65,536) with what Ansible adds to them
_PIPE = 49152


def run_resource(resource: str) -> None:
    """Be the single module for one kind of entry.

    :param resource: the list of ``topology`` that the entry would stand in, e.g. ``veths`` (str).
    """
    form, required_if = spec.module_spec(resource), spec.required_if(resource)
    module = _module(within=KINDS[resource].module, argument_spec=form, required_if=required_if)
    _carry_out(module, lambda: run.single_request(resource, module.params, to_come=module.check_mode))


def run_topology() -> None:
    """Be the module ``topology``."""
    module = _module(argument_spec=spec.topology_spec())
    _carry_out(module, lambda: run.topology_request(module.params))


def _module(**options: Any) -> LabModule:
    """A module that ends with its run: what it builds up it holds to the end, there is no garbage to search for."""
    gc.disable()
    module = LabModule(**options)
    module.reads_first = True
    return module


def _carry_out(module: LabModule, request: Callable[[], run.Request]) -> None:
    try:
        result = run.run(request(), LocalHost(_lock_timeout(module)), module.check_mode)
    except LabError as error:
        _elsewhere(error)
        fail(module, error)
    told = {} if result.confirm is None else {"confirm": result.confirm}
    succeed(module, result, invocation=_invocation(module), **told)


def _lock_timeout(module: LabModule) -> int:
    """The seconds to wait for other runs.

    :raises InvalidArgument: if they are less than none.
    """
    seconds: int = module.params["lock_timeout"]
    if seconds < 0:
        raise InvalidArgument("lock_timeout", "seconds, 0 or more", str(seconds), "Say 0 for no waiting at all.")
    return seconds


def _elsewhere(error: LabError) -> None:
    """Where a Python package is missing: run the module anew, from its start, with a Python of the host that has it.

    Nothing was touched yet, and the lock is free. Ansible hands the arguments over by a pipe that nobody reads until
    all is written, so that more than it holds would block for ever: then the error says which Python it is.
    """
    package = error.details.get("python_package")
    if package is None:
        return
    from ansible.module_utils.common import respawn  # noqa: PLC0415 - most runs need none of it

    from ._kernel.system import pythons  # noqa: PLC0415

    found = None if respawn.has_respawned() else pythons.that_has(package)
    if found is None:
        return
    if len(repr(basic._ANSIBLE_ARGS)) < _PIPE:  # noqa: SLF001 - it is what respawn writes
        respawn.respawn_module(found)
    error.remedy = f"{found} has it: set ansible_python_interpreter to that on this host."


def _invocation(module: LabModule) -> dict[str, Any]:
    """What Ansible tells of the call, without a lab's lists: echoing a large lab costs more than building it."""
    told = {name: value for name, value in module.params.items() if not isinstance(value, (list, dict))}
    return {"module_args": told}
