# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the engine: the only place that knows check mode, diff mode and fail_json."""

from __future__ import annotations

from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._engine import run
from ._kernel.host import LocalHost
from ._model import spec
from ._model.errors import LabError


def run_resource(resource: str) -> None:
    """Be the single module for one kind of entry.

    :param resource: the list of ``topology`` that the entry would stand in, e.g. ``veths`` (str).
    """
    module = AnsibleModule(
        argument_spec=spec.module_spec(resource),
        required_if=spec.required_if(resource),
        supports_check_mode=True,
    )
    _carry_out(module, lambda: run.single_request(resource, module.params))


def run_topology() -> None:
    """Be the module ``topology``."""
    module = AnsibleModule(argument_spec=spec.topology_spec(), supports_check_mode=True)
    _carry_out(module, lambda: run.topology_request(module.params))


def run_topology_info() -> None:
    """Be the module ``topology_info``."""
    from ._engine import info  # noqa: PLC0415 - only this module needs it

    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    try:
        found = info.labs(LocalHost(), module.params["name"])
    except LabError as error:
        fail(module, error)
    module.exit_json(changed=False, labs=found)


def _carry_out(module: AnsibleModule, request: Callable[[], run.Request]) -> None:
    try:
        result = run.run(request(), LocalHost(), module.check_mode)
    except LabError as error:
        fail(module, error)
    for warning in result.warnings:
        module.warn(warning)
    answer: dict[str, Any] = {"changed": result.changed, "plan": result.plan(), "invocation": _invocation(module)}
    if module._diff:  # noqa: SLF001 - Ansible has no other name for it
        answer["diff"] = result.diff()
    module.exit_json(**answer)


def _invocation(module: AnsibleModule) -> dict[str, Any]:
    """What Ansible tells of the call, without a lab's lists: echoing a large lab costs more than building it."""
    told = {name: value for name, value in module.params.items() if not isinstance(value, (list, dict))}
    return {"module_args": told}


def fail(module: AnsibleModule, error: LabError) -> None:
    """End a module with an error of the engine's."""
    module.fail_json(msg=error.text(), error=error.as_dict())
