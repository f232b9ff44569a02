# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.persistence): of a lab that spans hosts, each stores its own part."""

from __future__ import annotations

from typing import Any, Optional

from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import lists_of
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import is_spanning


class ActionModule(ActionBase):
    """Runs the module with the part of the host; one that has none stores nothing."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Cut the definition as M(netns.lab.topology) does, and run the module."""
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        span, variables = args.pop("span", None), task_vars or {}
        try:
            lists = lists_of(args)
            given = args.get("state") != "absent" and args.get("definition") is not None
            if given and is_spanning(lists, span):
                part = span_lab(args.get("name"), lists, span, variables).part(variables["inventory_hostname"])
                args["definition"] = part
                if not any(part.values()):
                    args["state"] = "absent"
        except LabError as error:
            return {**result, "failed": True, "msg": error.text(), "error": error.as_dict()}
        wrapped = bool(self._task.async_val) and not self._connection.has_native_async
        done = self._execute_module(module_args=args, task_vars=task_vars, wrap_async=wrapped)
        if not wrapped:
            self._remove_tmp_path(self._connection._shell.tmpdir)  # noqa: SLF001 - as Ansible's own action does
        return dict(merge_hash(result, done))
