# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and labs that outlast a reboot."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._kernel import command, persistence  # pylint: disable=unused-import # noqa: F401 - the program is made of it
from ._model.errors import InvalidArgument, LabError
from ._model.spec import PERSISTENCE, RESOURCES, topology_spec


def run_persistence() -> None:
    """Be the module ``persistence``."""
    module = AnsibleModule(argument_spec=PERSISTENCE, supports_check_mode=True)
    params = dict(module.params)
    try:
        if params["definition"] is not None:
            params["definition"] = _as_topology_reads(params["definition"])
        result = persistence.persist(params, module.check_mode)
    except LabError as error:
        fail(module, error)
    succeed(module, result)


def _as_topology_reads(definition: dict[str, Any]) -> dict[str, Any]:
    """Lists as ``topology`` has them after Ansible has read them, so that the same is stored and recorded.

    :raises InvalidArgument: for what is no option of it.
    """
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator  # noqa: PLC0415 - only this needs it

    for key in definition:
        if key not in RESOURCES:
            wanted = f"the lists of netns.lab.topology ({', '.join(RESOURCES)})"
            raise InvalidArgument(f"definition.{key}", wanted, "no list of this name", "Correct the name.")
    lists = {name: form for name, form in topology_spec().items() if name in RESOURCES}
    read = ArgumentSpecValidator(lists).validate(definition)
    if read.error_messages:
        found = read.error_messages[0]
        raise InvalidArgument("definition", "the lists of netns.lab.topology", found, "Correct the entry.")
    return dict(read.validated_parameters)
