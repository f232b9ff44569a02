# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and lists of capabilities that are kept granted."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, suppress
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._engine import capability_keeping as keeping
from ._engine import capability_policy
from ._engine.capability_policy import Entry, Policy
from ._kernel import keeper, policy_host, program, takes_effect
from ._kernel.capability_file import CapabilityFile, last_capability
from ._model.errors import Conflict, InvalidArgument, LabError
from ._model.spec import FILE_CAPABILITY_POLICY


def run_file_capability_policy() -> None:
    """Be the module ``file_capability_policy``."""
    module = AnsibleModule(
        argument_spec=FILE_CAPABILITY_POLICY,
        required_if=[("state", "present", ("files",))],
        supports_check_mode=True,
    )
    os.umask(0o022)
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
    items = capability_policy.entries(_given(params), last) if present else []
    warnings: list[str] = []
    others = _lists([each for each in keeper.names() if each != name], last, warnings)
    if warnings and params["prune"]:
        raise Conflict("prune", "all lists of this host to be readable", " ".join(warnings), "Run their plays first.")
    old = _lists([each for each in keeper.names() if each == name], last, warnings).get(name)
    wanted = keeping.Wanted(name, items, present, policy_host.way(params["keep"]) if present else "", params["prune"])
    kept = [policy.items for policy in others.values()]
    dropped = capability_policy.dropped(old.items if old else None, items, kept) if wanted.prune else []
    with ExitStack() as stack:
        files = {
            item.path: stack.enter_context(closing(keeper.open_trusted(item.path))) for item in items if _there(item)
        }
        taken = policy_host.identities(files, others)
        policy_host.require_agreement(items, files, others, last)
        lost = [file for file in _opened(stack, dropped) if file.identity not in taken]
        wants = keeping.host_files(wanted, others, program.keeper(), keeper.FOLDER)
        changes, units = policy_host.differing(wants), policy_host.unwatched(wants)
        for change in changes:
            if change.after is not None and os.path.isdir(os.path.dirname(change.path)):
                keeper.trusted(os.path.dirname(change.path))
        result = keeping.Result(keeping.grant(wanted, files, lost, last, check), changes, units, warnings)
        for path, file in files.items():
            result.warnings += takes_effect.careful(file, next(item.caps for item in items if item.path == path))
    if not check:
        policy_host.unwatch(changes)
        policy_host.write(changes)
        policy_host.watch(changes, units)
    return result


def _given(params: dict[str, Any]) -> list[dict[str, Any]]:
    if not params["files"]:
        raise InvalidArgument("files", "at least one file", "none", "To remove the list, set state: absent.")
    return list(params["files"])


def _lists(names: list[str], last: int, warnings: list[str]) -> dict[str, Policy]:
    """Lists of this host; of those that cannot be read there is a warning."""
    found = {}
    for name in names:
        try:
            found[name] = keeper.read(name, last)
        except LabError as error:  # noqa: PERF203 - few
            warnings.append(error.text())
    return found


def _there(item: Entry) -> bool:
    return not item.optional or os.path.lexists(item.path)


def _opened(stack: ExitStack, items: list[Entry]) -> list[CapabilityFile]:
    """Files that are to lose their capabilities; what is no file any more has none."""
    found = []
    for item in items:
        with suppress(InvalidArgument):
            found.append(stack.enter_context(closing(CapabilityFile(item.path, follow=False))))
    return found
