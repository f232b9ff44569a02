# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and labs that outlast a reboot."""

from __future__ import annotations

from . import _oldest_python  # pylint: disable=unused-import # noqa: F401 - before all others
from ._answer import fail, succeed
from ._kernel.boot import cli, install  # pylint: disable=unused-import # noqa: F401 - the program is made of cli
from ._model.errors import InvalidArgument, LabError
from ._model.lab.definition import typed_lists_of
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
            params["definition"] = typed_lists_of(params)
        result = install.persist(params, module.check_mode)
    except LabError as error:
        fail(module, error)
    succeed(module, result)
