# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind M(netns.lab.topology): each host is given its own part, and a new connection confirms the plan."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.undo import AUTOMATIC, DEFAULT
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import lists_of
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.plugin_utils.action import ModuleAction, Result, Vars
from ansible_collections.netns.lab.plugins.plugin_utils.source import with_source
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import is_spanning

#: seconds that a host is given to undo a plan, beyond the time after which it begins to
_GRACE = 60
#: seconds between two attempts to connect
_PAUSE = 1
#: options of ssh: give up on a host that is silent for so long (3 times 5 s); those of the user come first
_ALIVE = "-o ServerAliveInterval=5 -o ServerAliveCountMax=3"


class ActionModule(ModuleAction):
    """Runs the module with the part of the host."""

    def outcome(self, task_vars: Vars) -> Result:
        """Cut the lab, and build this host's part.

        :param task_vars: the variables of the host (dict).
        :raises LabError: if the lab cannot span the hosts, or the file of a definition cannot be read.
        """
        args, read = with_source(self, self._task.args)
        lists, told = self.placed(args, read or lists_of(args), task_vars)
        args.pop("span", None)
        if told:
            args.update(lists if args.get("definition") is None else {"definition": json.dumps(lists)})
        return {**self.built(args, lists, task_vars), **told}

    def placed(self, options: Result, lists: Result, task_vars: Vars) -> tuple[Result, Result]:
        """The part of this host in a lab, all of it unless the lab spans hosts.

        :param options: ``name``, ``state`` and ``span``.
        :param lists: the lists of the lab.
        :param task_vars: the variables of the host (dict).
        :returns: the lists of the part, and what is told of a lab that spans hosts.
        :raises LabError: if the lab cannot span the hosts.
        """
        span = options.get("span")
        if options.get("state") == "absent" or not is_spanning(lists, span):
            return lists, {}
        lab = span_lab(options.get("name"), lists, span, task_vars)
        return lab.part(task_vars["inventory_hostname"]), {"span": lab.as_dict()}

    def built(self, args: Result, lists: Result, task_vars: Vars) -> Result:
        """Run the module as any other is run, and confirm what it did.

        :param args: its options.
        :param lists: the lists of this host's part.
        :param task_vars: the variables of the host (dict).
        :returns: what the task returns.
        :raises LabError: for a time to confirm that the task cannot wait for.
        """
        args = {**args, "confirm_timeout": self._confirm_timeout(args.get("confirm_timeout"))}
        return self._done(args, lists, task_vars)

    def _confirm_timeout(self, asked: Any) -> Any:
        """The option as the module is given it: nothing is found out of itself without an ssh session to wait for."""
        of_itself = str(asked) in ("None", str(AUTOMATIC))
        if not self._task.async_val:
            remote = self._connection.transport != "local"
            return asked if not of_itself else AUTOMATIC if remote else 0
        if of_itself or str(asked) == "0":
            return 0
        remedy = "Omit one of the two: the end of the task confirms the plan."
        raise InvalidArgument(
            "confirm_timeout", "a task that its play waits for", f"async: {self._task.async_val}", remedy
        )

    def _done(self, args: Result, lists: Result, task_vars: Vars) -> Result:
        """Run the module, and see to it that what it did is confirmed, or undone."""
        if not self.in_background and self._may_cut_off(args, lists):
            self._begin_anew()
        began = time.monotonic()
        try:
            done = self.module(args, task_vars, "netns.lab.topology")
        except AnsibleConnectionFailure as lost:
            if not self._may_be_armed(args["confirm_timeout"], time.monotonic() - began):
                raise
            return self._lost(lost, args, task_vars)
        confirm = done.get("confirm") or {}
        if not confirm.get("armed"):
            return done
        answer = self._asked({"name": args.get("name"), "id": confirm["id"]}, confirm["timeout"], task_vars)
        told = {"changed": done["changed"], "plan": done["plan"], "confirm": {**confirm, "armed": False}}
        if answer.get("failed"):
            return {**answer, **told, "changed": False, "diff": done.get("diff", {})}
        told["confirm"]["confirmed"] = True
        return {**done, **told, "warnings": done.get("warnings", []) + answer.get("warnings", [])}

    def _may_cut_off(self, args: Result, lists: Result) -> bool:
        """Whether the task may be one that takes its own connection away, as far as can be told from here.

        :param lists: the lists of this host's part.
        """
        asked = str(args["confirm_timeout"])
        if asked == "0" or self._task.check_mode:
            return False
        steering = [name for name, kind in KINDS.items() if kind.steers]
        entries = [entry for name in steering for entry in lists.get(name) or () if isinstance(entry, dict)]
        managed = boolean(args.get("allow_management") or False, strict=False)
        return asked != str(AUTOMATIC) or managed or not all(entry.get("netns") for entry in entries)

    def _begin_anew(self) -> None:
        """Have a new connection, and one that ends where the host falls silent: else it could wait for ever."""
        with suppress(KeyError, AnsibleError):  # another kind of connection has no such option
            given = self._connection.get_option("ssh_extra_args") or ""
            if _ALIVE not in given:
                self._connection.set_option("ssh_extra_args", f"{given} {_ALIVE}".strip())
        self._connection.reset()

    def _may_be_armed(self, asked: Any, passed: float) -> bool:
        """Whether a connection may have been lost by what the module did: not if there never was one."""
        if str(asked) == "0" or self._task.check_mode:
            return False
        return str(asked) != str(AUTOMATIC) or passed > self._play_context.timeout + _PAUSE

    def _lost(self, lost: AnsibleConnectionFailure, args: Result, task_vars: Vars) -> Result:
        """Wait until the host has undone a plan that took its answer away.

        :raises AnsibleConnectionFailure: the one at hand, if that is not what happened.
        """
        seconds = DEFAULT if str(args["confirm_timeout"]) == str(AUTOMATIC) else int(args["confirm_timeout"])
        name = {"name": args.get("name")}
        deadline = time.monotonic() + seconds + _GRACE
        while (answer := self._asked(name, seconds, task_vars)).get("state") == "armed":
            if time.monotonic() > deadline:
                raise lost
            time.sleep(_PAUSE)
        if answer.get("state") != "rolled_back":
            raise lost
        return self._asked({**name, "id": answer["id"]}, seconds, task_vars)

    def _asked(self, args: Result, seconds: float, task_vars: Vars) -> Result:
        """Ask the host by a new connection; while there is none, until it must have healed.

        :raises AnsibleConnectionFailure: if it cannot be reached.
        """
        deadline = time.monotonic() + seconds + _GRACE
        given = {name: value for name, value in args.items() if value is not None}
        while True:
            self._begin_anew()
            try:
                return self.module(given, task_vars, "netns.lab.topology_confirm")
            except AnsibleConnectionFailure as failure:
                if time.monotonic() > deadline:
                    text = f"no new connection since the plan of {seconds + _GRACE:.0f} s ago"
                    raise AnsibleConnectionFailure(
                        f"{text}, and after it should have been undone: {failure}"
                    ) from failure
            time.sleep(_PAUSE)
