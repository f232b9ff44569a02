# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and what is found on a host."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail
from ._engine import info
from ._kernel.host import LocalHost
from ._model.errors import LabError


def run_topology_info() -> None:
    """Be the module ``topology_info``."""
    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    try:
        found = info.labs(LocalHost(), module.params["name"])
    except LabError as error:
        fail(module, error)
    module.exit_json(changed=False, labs=found)
