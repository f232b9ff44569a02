# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.topology): of a lab that spans hosts, each host is given its own part."""

from __future__ import annotations

from typing import Any, Optional

from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.module_utils._model.spec import RESOURCES
from ansible_collections.netns.lab.plugins.plugin_utils.span import is_spanning
from ansible_collections.netns.lab.plugins.plugin_utils.span_inventory import span_lab


class ActionModule(ActionBase):
    """Runs the module with the part of the host."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Cut the lab, and run the module as any other is run."""
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        span = args.pop("span", None)
        lists = {option: args[option] for option in RESOURCES if args.get(option) is not None}
        told: dict[str, Any] = {}
        if args.get("state") != "absent" and is_spanning(lists, span):
            try:
                lab = span_lab(args.get("name"), lists, span, task_vars or {})
                args.update(lab.part((task_vars or {})["inventory_hostname"]))
            except LabError as error:
                return {**result, "failed": True, "msg": error.text(), "error": error.as_dict()}
            told = {"span": lab.as_dict()}
        wrapped = bool(self._task.async_val) and not self._connection.has_native_async
        done = self._execute_module(module_args=args, task_vars=task_vars, wrap_async=wrapped)
        if not wrapped:
            self._remove_tmp_path(self._connection._shell.tmpdir)  # noqa: SLF001 - as Ansible's own action does
        return dict(merge_hash(merge_hash(result, done), told))
