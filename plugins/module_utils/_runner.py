# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the tasks: the only file on the host that knows AnsibleModule, check mode, diff and fail_json.

ansible-core 2.17 to 2.19 start modules with Python 3.7 or 3.8 too, so that the modules, :mod:`._start`, this file and
what it imports before it has looked at its Python keep to what these can read.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from typing import TYPE_CHECKING, Any

from ansible.module_utils import basic

from ._model.errors import Dependency, LabError

if TYPE_CHECKING:
    from ._start import Code
    from ._tasks.answer import Answer, Task

OLDEST_PYTHON = (3, 9)
#: bytes of arguments that fit into a pipe (65,536) with what Ansible adds to them
_PIPE = 49152


def _unfit(wanted: str, found: str, remedy: str) -> None:
    """End the module with one message: its Python cannot run the rest.

    :raises SystemExit: always.
    """
    error = Dependency("ansible_python_interpreter", wanted, f"{found} at {sys.executable}", remedy)
    sys.stdout.write(json.dumps({"failed": True, **error.as_result()}) + "\n")
    raise SystemExit(1)


if sys.version_info < OLDEST_PYTHON:
    _unfit(
        "Python 3.9 or later",
        "Python {}.{}.{}".format(*sys.version_info[:3]),
        "Install a newer Python on this host, and set ansible_python_interpreter to its path.",
    )
try:
    import ctypes  # pylint: disable=unused-import # noqa: F401
except ImportError as exc:
    _unfit(
        "a Python with its module ctypes",
        f"one without ({exc})",
        "Install it (OpenWrt: python3-ctypes; a Python built by pyenv: libffi's headers, and build it anew), or set"
        " ansible_python_interpreter to another Python.",
    )

# pylint: disable=wrong-import-position
from . import _start  # noqa: E402
from ._kernel.system import interruption  # noqa: E402 - from here on the Python is new enough
from ._model.reading import module_options  # noqa: E402


def run_module(code: Code, name: str, *of: str) -> None:
    """Be a module: read its options, run its task, and give the answer to Ansible.

    :param code: where the source that runs came from.
    :param name: the file of the task (str).
    :param of: what the file makes the task of, for a task of several modules.
    """
    made_of = importlib.import_module(f"{__package__}._tasks.{name}")
    task: Task = made_of.task(*of) if of else made_of.TASK
    if task.is_transaction:
        gc.disable()  # what it builds up it holds to the end: there is no garbage to search for
    module = LabModule(task, code)
    try:
        answer = task.run(module.params, module.check_mode)
    except LabError as error:
        _respawn(error, code)
        module.fail(error)
    else:
        module.answer(answer)


class LabModule(basic.AnsibleModule):
    """A module whose options the model reads: a wrong one is told as any other error of the collection.

    :param task: what the module does.
    :param code: where the source that runs came from.

    A signal that asks it to end is answered by an error, as soon as it is no longer in the midst of a plan.

    What follows is Ansible's own reading. It is spared the lists of entries, which it would go through again.
    """

    def __init__(self, task: Task, code: Code) -> None:
        self._task, self._code = task, code
        super().__init__(argument_spec=task.spec, supports_check_mode=True, **task.rules)

    def _set_internal_properties(self, *args: Any, **kwargs: Any) -> None:
        """Read the options, as soon as those that Ansible gives a module are apart from them."""
        super()._set_internal_properties(*args, **kwargs)
        self.params.pop(_start.OPTION, None)
        # a transaction lets signals wait while it changes something, so that one that it hears came before
        before = self._task.is_transaction
        interruption.hear(lambda name: self.fail(interruption.error(name, before=before)))
        try:
            self.params = module_options(self.params, self.argument_spec, self._task.within)
        except LabError as error:
            self.fail(error)
        self.argument_spec = {name: left(form) for name, form in self.argument_spec.items()}

    def answer(self, answer: Answer) -> None:
        """End with what a task says.

        :param answer: the task's.
        """
        for warning in answer.warnings:
            self.warn(warning)
        if answer.error is not None:
            self.fail(answer.error, **answer.facts)
        told: dict[str, Any] = {"changed": answer.changed, **answer.facts}
        if answer.plan is not None:
            told["plan"] = answer.plan
        if answer.diff is not None and self._diff:
            told["diff"] = answer.diff()
        if self._task.is_transaction:
            told["invocation"] = self._invocation()
        self.exit_json(**told)

    def fail(self, error: LabError, **facts: Any) -> None:
        """End with an error.

        :param error: what went wrong.
        :param facts: what the module returns beside it, by name.
        """
        self.fail_json(**error.as_result(), **facts)

    def exit_json(self, **kwargs: Any) -> None:
        """Give the answer whole.

        :param kwargs: the answer, by name.
        """
        interruption.block()
        super().exit_json(**kwargs, **self._code.settle())

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Give the answer whole.

        :param msg: what went wrong (str).
        :param kwargs: the rest of the answer, by name.
        """
        interruption.block()
        super().fail_json(msg, **kwargs, **self._code.settle())

    def _invocation(self) -> dict[str, Any]:
        """What Ansible tells of the call, without a lab's lists: echoing a large lab costs more than building it."""
        told = {name: value for name, value in self.params.items() if not isinstance(value, (list, dict))}
        return {"module_args": told}


def left(form: dict[str, Any]) -> dict[str, Any]:
    """The form of an option as Ansible has to know it still: entries are read, paths are left for it to complete.

    :param form: the form of one option, of ``_model``.
    """
    entry = form.get("options")
    if entry is None or any("path" in (each["type"], each.get("elements")) for each in entry.values()):
        return form
    return {"type": "raw"}


def _respawn(error: LabError, code: Code) -> None:
    """Where a Python package is missing: run the module anew, from its start, with a Python of the host that has it.

    Nothing was touched yet, and the lock is free. Ansible hands the arguments over by a pipe that nobody reads until
    all is written, so that more than it holds would block for ever: then the error says which Python it is.
    """
    package = error.details.get("python_package")
    if package is None:
        return
    from ansible.module_utils.common import respawn  # noqa: PLC0415 - most runs need none of it

    from ._kernel.system import pythons  # noqa: PLC0415

    found = None if respawn.has_respawned() else pythons.that_has(package)
    if found is None:
        return
    basic._ANSIBLE_ARGS = _start.without_text(basic._ANSIBLE_ARGS)  # noqa: SLF001 - it is what respawn hands over
    if len(repr(basic._ANSIBLE_ARGS)) < _PIPE:  # noqa: SLF001
        code.leave()
        respawn.respawn_module(found)
    error.remedy = f"{found} has it: set ansible_python_interpreter to that on this host."
