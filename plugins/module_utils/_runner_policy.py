# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and lists of capabilities that are kept granted."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._engine import capability_keeping as keeping
from ._engine import capability_policy
from ._engine.capability_policy import Entry
from ._kernel import keeper, policy_host, program, takes_effect
from ._kernel.capability_file import CapabilityFile, last_capability
from ._model.errors import LabError
from ._model.spec import FILE_CAPABILITY_POLICY


def run_file_capability_policy() -> None:
    """Be the module ``file_capability_policy``."""
    module = AnsibleModule(
        argument_spec=FILE_CAPABILITY_POLICY,
        required_if=[("state", "present", ("files",))],
        supports_check_mode=True,
    )
    try:
        if module.check_mode:
            result = _run(module.params, check=True)
        else:
            with keeper.locked(create=module.params["state"] == "present"):
                result = _run(module.params, check=False)
    except LabError as error:
        module.fail_json(msg=error.text(), error=error.as_dict())
    for warning in result.warnings:
        module.warn(warning)
    answer: dict[str, Any] = {"changed": result.changed, "plan": result.plan()}
    if module._diff:  # noqa: SLF001 - Ansible has no other name for it
        answer["diff"] = result.diff()
    module.exit_json(**answer)


def _run(params: dict[str, Any], check: bool) -> keeping.Result:
    last = last_capability()
    present = params["state"] == "present"
    name = capability_policy.policy_name(params["name"])
    items = capability_policy.entries(params["files"] or (), last) if present else []
    others = keeper.policies(last, without=name)
    old = keeper.read(name, last) if name in keeper.names() else None
    wanted = keeping.Wanted(name, items, present, policy_host.way(params["keep"]), params["prune"])
    dropped = capability_policy.dropped(old, items, others.values()) if wanted.prune else []
    with ExitStack() as stack:
        files = {item.path: _open(stack, item) for item in items if _there(item)}
        lost = [_open(stack, item) for item in dropped if os.path.lexists(item.path)]
        changes = policy_host.differing(keeping.host_files(wanted, others, program.keeper(), keeper.FOLDER))
        result = keeping.Result(keeping.grant(wanted, files, lost, last, check), changes)
        for item in items:
            if item.path in files:
                result.warnings += takes_effect.advice(files[item.path], item.caps)
    if not check:
        policy_host.unwatch(changes)
        policy_host.write(changes)
        policy_host.watch(changes)
    return result


def _there(item: Entry) -> bool:
    return not item.optional or os.path.lexists(item.path)


def _open(stack: ExitStack, item: Entry) -> CapabilityFile:
    file = stack.enter_context(closing(CapabilityFile(item.path, follow=False)))
    keeper.require_trusted(item.path)
    return file
