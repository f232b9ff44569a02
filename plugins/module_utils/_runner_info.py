# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and what is found on a host."""

from __future__ import annotations

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._engine.lab import info
from ._engine.lab.formats import asked
from ._engine.lab.ledger import SINGLE
from ._kernel.lab.host import LocalHost
from ._model.errors import LabError
from ._runner_module import LabModule


def run_topology_info() -> None:
    """Be the module ``topology_info``."""
    module = LabModule(argument_spec={"name": {"type": "str"}})
    try:
        found = info.labs(LocalHost(), asked(module.params["name"], SINGLE))
    except LabError as error:
        fail(module, error)
    module.exit_json(changed=False, labs=found)
