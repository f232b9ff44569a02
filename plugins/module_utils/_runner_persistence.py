# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and labs that outlast a reboot."""

from __future__ import annotations

from typing import Any

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._kernel.boot import cli, install  # pylint: disable=unused-import # noqa: F401 - the program is made of cli
from ._model.errors import InvalidArgument, LabError
from ._model.lab.kinds import KINDS
from ._model.lab.spec import topology_spec
from ._model.reading import module_options
from ._model.spec import PERSISTENCE
from ._runner_module import LabModule


def run_persistence() -> None:
    """Be the module ``persistence``."""
    module = LabModule(argument_spec=PERSISTENCE)
    params = dict(module.params)
    try:
        if params["span"] is not None:
            remedy = "Call netns.lab.persistence by its name: its action on the controller gives each host its part."
            raise InvalidArgument("span", "a part of one host", "how a lab is laid over several", remedy)
        if params["definition"] is not None:
            params["definition"] = _as_topology_reads(params["definition"])
        result = install.persist(params, module.check_mode)
    except LabError as error:
        fail(module, error)
    succeed(module, result)


def _as_topology_reads(definition: dict[str, Any]) -> dict[str, Any]:
    """Lists as ``topology`` has them after Ansible has read them, so that the same is stored and recorded.

    :raises InvalidArgument: for what is no option of it.
    """
    for key in definition:
        if key not in KINDS:
            wanted = f"the lists of netns.lab.topology ({', '.join(KINDS)})"
            raise InvalidArgument(f"definition.{key}", wanted, "no list of this name", "Correct the name.")
    return {**dict.fromkeys(KINDS), **module_options(definition, topology_spec(), "definition")}
