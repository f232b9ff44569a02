# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the capabilities of files."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, suppress
from typing import Any

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._engine.capabilities import audit as capability_audit
from ._engine.capabilities import file as file_capability
from ._engine.capabilities import policy as capability_policy
from ._kernel.capabilities import effect
from ._kernel.capabilities import scan as capability_scan
from ._kernel.capabilities.file import CapabilityFile, last_capability
from ._model.capabilities import xattr as file_caps
from ._model.errors import InvalidArgument, LabError
from ._model.spec import FILE_CAPABILITY, FILE_CAPABILITY_INFO
from ._runner_module import LabModule


def run_file_capability() -> None:
    """Be the module ``file_capability``."""
    module = LabModule(
        argument_spec=FILE_CAPABILITY,
        mutually_exclusive=[("path", "paths")],
        required_one_of=[("path", "paths")],
    )
    params = module.params
    try:
        asked = file_capability.request(params, last_capability())
        paths = _paths(params, asked.present)
        with ExitStack() as stack:
            files = [stack.enter_context(closing(CapabilityFile(path, params["follow"]))) for path in paths]
            files = _once(files)
            result = file_capability.run(asked, files, module.check_mode)
            for file, outcome in zip(files, result.outcomes):
                if outcome.after is not None:
                    result.warnings += effect.careful(file, file_caps.from_bytes(outcome.after, file.path))
    except LabError as error:
        fail(module, error)
    succeed(module, result, files=result.files())


def run_file_capability_info() -> None:
    """Be the module ``file_capability_info``."""
    module = LabModule(argument_spec=FILE_CAPABILITY_INFO, required_one_of=[("paths", "allow")])
    params = module.params
    try:
        last = last_capability()
        allow = capability_policy.allowed(params["allow"] or (), last)
        found = capability_scan.scan(
            params["paths"] or (), params["exclude"] or (), params["one_filesystem"], params["threads"], allow
        )
        answer: dict[str, Any] = {
            "files": [_told(path, value, last) for path, value in found.values.items()],
            "scanned": found.scanned,
            "unread": found.unread,
        }
        if params["allow"] is not None:
            expected = {path: item for path, item in allow.items() if not item.optional or os.path.lexists(path)}
            answer.update(capability_audit.compare(found.values, expected, last))
    except LabError as error:
        fail(module, error)
    module.exit_json(changed=False, **answer)


def _told(path: str, value: bytes, last: int) -> dict[str, Any]:
    """A file for the user, with why its capabilities would not take effect."""
    warnings: list[str] = []
    with suppress(LabError), closing(CapabilityFile(path, follow=False)) as file:
        warnings = effect.careful(file, file_caps.from_bytes(value, path))
    return {"path": path, **file_capability.described(value, last), "warnings": warnings}


def _paths(params: dict[str, Any], present: bool) -> list[str]:
    """Each path once; what is not there has no capabilities to take away."""
    given = [params["path"]] if params["path"] is not None else params["paths"]
    if not given:
        raise InvalidArgument("paths", "at least one path", "none", "Leave the task out where there is nothing to do.")
    return [path for path in dict.fromkeys(given) if present or not os.path.isabs(path) or os.path.lexists(path)]


def _once(files: list[CapabilityFile]) -> list[CapabilityFile]:
    """Each file once, whatever its paths are."""
    return list({file.identity: file for file in reversed(files)}.values())[::-1]
