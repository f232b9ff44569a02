# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions have in common: how they tell of an error, and how they run the module of a host."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Optional

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash
from ansible_collections.netns.lab.plugins.module_utils import _start
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.plugin_utils.code import Code

Vars = dict[str, Any]
Result = dict[str, Any]


class LabAction(ActionBase):
    """An action of this collection: what is wrong is told as its modules tell it."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Optional[Vars] = None) -> Result:
        """Do what the action is for.

        :param tmp: of no use any more; Ansible still gives it.
        :param task_vars: the variables of the host (dict).
        :returns: what the task returns.
        """
        result = super().run(tmp, task_vars)
        try:
            done = self.outcome(task_vars or {})
        except LabError as error:
            done = {"failed": True, **error.as_result()}
        return dict(merge_hash(result, done))

    @abstractmethod
    def outcome(self, task_vars: Vars) -> Result:
        """What the action does, and what it returns.

        :param task_vars: the variables of the host (dict).
        :raises LabError: for what the user is to mend.
        """


class ModuleAction(LabAction):
    """An action that runs the module of its name on the host."""

    _supports_async = True

    @property
    def in_background(self) -> bool:
        """Whether the task is one with ``async``, which Ansible starts and does not wait for here."""
        return bool(self._task.async_val) and not self._connection.has_native_async

    def run(self, tmp: Any = None, task_vars: Optional[Vars] = None) -> Result:
        """Do what the action is for, and remove Ansible's temporary folder as its own action does.

        :param tmp: of no use any more; Ansible still gives it.
        :param task_vars: the variables of the host (dict).
        :returns: what the task returns.
        """
        result = super().run(tmp, task_vars)
        if not self.in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)  # noqa: SLF001 - as Ansible's own action does
        return result

    def outcome(self, task_vars: Vars) -> Result:
        """Run the module with the options of the task.

        :param task_vars: the variables of the host (dict).
        """
        return self.module(self._task.args, task_vars)

    def module(self, options: dict[str, Any], task_vars: Vars, name: Optional[str] = None) -> Result:
        """Run a module, with the code that it needs.

        :param options: its options.
        :param task_vars: the variables of the host (dict).
        :param name: its full name (default: None, the task's).
        :returns: what it returns.
        """
        host = (task_vars.get("inventory_hostname"), self._task.delegate_to, self._connection.transport)
        code = Code(constants.DEFAULT_LOCAL_TMP, repr(host))
        tell = not self.in_background

        def run(*, text: bool) -> Result:
            given = {**options, _start.OPTION: code.option(text=text, tell=tell)}
            return dict(self._execute_module(name, module_args=given, task_vars=task_vars, wrap_async=not tell))

        done = run(text=not (tell and code.is_kept))
        if done.get(_start.MISSING):
            done = run(text=True)
        if tell:
            code.note(done.pop(_start.KEPT, False))
        return done
