# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and lists of capabilities that are kept granted."""

from __future__ import annotations

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._kernel.capabilities import policy
from ._model.errors import LabError
from ._model.spec import FILE_CAPABILITY_POLICY
from ._runner_module import LabModule


def run_file_capability_policy() -> None:
    """Be the module ``file_capability_policy``."""
    module = LabModule(
        argument_spec=FILE_CAPABILITY_POLICY,
        required_if=[("state", "present", ("files",))],
    )
    try:
        result = policy.run(module.params, module.check_mode)
    except LabError as error:
        fail(module, error)
    succeed(module, result)
