# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the engine: the only place that knows check mode, diff mode and fail_json."""

from __future__ import annotations

import gc
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._answer import fail, succeed
from ._engine import run
from ._kernel.host import LocalHost
from ._model import spec
from ._model.errors import LabError


def run_resource(resource: str) -> None:
    """Be the single module for one kind of entry.

    :param resource: the list of ``topology`` that the entry would stand in, e.g. ``veths`` (str).
    """
    module = _module(argument_spec=spec.module_spec(resource), required_if=spec.required_if(resource))
    _carry_out(module, lambda: run.single_request(resource, module.params))


def run_topology() -> None:
    """Be the module ``topology``."""
    module = _module(argument_spec=spec.topology_spec())
    _carry_out(module, lambda: run.topology_request(module.params))


def _module(**options: Any) -> AnsibleModule:
    """A module that ends with its run: what it builds up it holds to the end, there is no garbage to search for."""
    gc.disable()
    return AnsibleModule(supports_check_mode=True, **options)


def _carry_out(module: AnsibleModule, request: Callable[[], run.Request]) -> None:
    try:
        result = run.run(request(), LocalHost(), module.check_mode)
    except LabError as error:
        fail(module, error)
    succeed(module, result, invocation=_invocation(module))


def _invocation(module: AnsibleModule) -> dict[str, Any]:
    """What Ansible tells of the call, without a lab's lists: echoing a large lab costs more than building it."""
    told = {name: value for name, value in module.params.items() if not isinstance(value, (list, dict))}
    return {"module_args": told}
