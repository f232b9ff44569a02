# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and plans that wait to be confirmed."""

from __future__ import annotations

from typing import Any

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._kernel.lab.host import LocalHost
from ._kernel.rollback import client as confirm
from ._model import values
from ._model.errors import LabError
from ._model.spec import LOCK_TIMEOUT, TOPOLOGY_CONFIRM
from ._runner_module import LabModule


def run_topology_confirm() -> None:
    """Be the module ``topology_confirm``."""
    module = LabModule(argument_spec=TOPOLOGY_CONFIRM)
    number = module.params["id"]
    try:
        LocalHost().require([])
        lab = values.lab_name("name", module.params["name"])
        told: dict[str, Any] = confirm.look(lab)
        changed = number is not None and told == {"state": "armed", "id": number}
        if number is not None and not module.check_mode:
            for warning in confirm.confirmed(lab, number, LOCK_TIMEOUT):
                module.warn(warning)
            told = {"state": "confirmed" if changed else told["state"], "id": number}
    except LabError as error:
        fail(module, error)
    module.exit_json(changed=changed, **told)
