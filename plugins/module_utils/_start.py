# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a module begins: with :mod:`._kept_code`, all of the collection that Ansible packs into it.

The rest is the code, the source in this directory as one text. The action sends it in an option, to hosts that do not
keep it yet; once a lab stands on a host it is kept there, with what Python compiled of it.

A module that was laid out by Ansible's ``explode`` unpacks its code beside this file, once. From then on it uses what
is there, edited or not. This file keeps to what Python 3.7 can read.
"""

from __future__ import annotations

import base64
import importlib
import json
import marshal
import os
import sys
import zlib
from contextlib import suppress
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any, Optional

from ansible.module_utils import basic

from . import _kept_code

if TYPE_CHECKING:
    from types import ModuleType

    # Ansible packs what is imported here too; _runner needs it
    from ansible.module_utils.common import respawn  # noqa: F401

#: the option that the action adds: the code's ``id``, its ``text`` unless the host keeps it, whether to ``tell``
OPTION = "_code"
#: what the action is told: whether the host keeps the code, or that it has none
KEPT, MISSING = "_code_kept", "_code_missing"
_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = __name__.rpartition(".")[0]
#: a directory that comes with the code
_TASKS = "_tasks"
#: the files that are kept: the text, and what this Python compiled of it
_TEXT = "text"
_COMPILED = f"{sys.implementation.cache_tag}-{sys.hexversion}-{sys.flags.optimize}"


class Code:
    """The code of a run: it finds the modules of the collection and loads them.

    :param given: the option of the action (dict); empty where there was none.
    :param check: whether this is check mode (bool).
    """

    def __init__(self, given: dict[str, Any], check: bool) -> None:
        self._given = given
        self._may_keep = not check and os.geteuid() == 0
        self._held = -1
        self._texts: Optional[dict[str, str]] = None  # of files, by path
        self._compiled: dict[str, bytes] = {}  # by the module's name; empty for a folder
        self._is_new = False  # whether something was compiled that is not kept

    def load(self) -> bool:
        """Make it importable.

        :returns: whether there is any.
        """
        if os.path.isdir(f"{_HERE}/{_TASKS}"):
            return True
        if os.path.isdir(_HERE):
            return self._lay_out()
        name = self._given.get("id", "")
        self._held = _kept_code.hold(name) if name else -1
        if self._held >= 0:
            with suppress(OSError, ValueError, EOFError), open(f"{_kept_code.path(name)}/{_COMPILED}", "rb") as file:
                self._compiled = marshal.load(file)  # noqa: S302 - root alone can have written it
        elif not self._text():
            return False
        sys.meta_path.insert(0, self)  # type: ignore[arg-type]
        return True

    def settle(self) -> dict[str, bool]:
        """Keep it while a lab stands on this host, and remove it otherwise: all that this run needs is loaded.

        :returns: what the module is to tell the action.
        """
        if self._may_keep and not os.path.isdir(_kept_code.LABS):
            if self._held >= 0:
                os.close(self._held)
                self._held = -1
            _kept_code.remove()
        elif self._may_keep and self._is_new:
            with suppress(OSError):  # such as a full disk: the next task compiles it again
                self._keep()
        return {KEPT: self._held >= 0} if self._given.get("tell") else {}

    def _keep(self) -> None:
        """Keep what is new."""
        name, compiled = self._given["id"], marshal.dumps(self._compiled)
        if self._held >= 0:
            _kept_code.write(f"{_kept_code.path(name)}/{_COMPILED}", compiled)
        else:
            self._held = _kept_code.keep(name, {_TEXT: self._text(), _COMPILED: compiled})

    def leave(self) -> None:
        """Leave the text to another Python that is about to run the module from the same archive."""
        with open(f"{_archives_folder()}/{_TEXT}", "wb") as file:
            file.write(self._text())

    def _text(self) -> bytes:
        """The source as the action packs it: JSON of texts by path, compressed. Empty if there is none."""
        if self._given.get("text"):
            return base64.b64decode(self._given["text"])
        folder = _kept_code.path(self._given["id"]) if self._held >= 0 else _archives_folder()
        try:
            with open(f"{folder}/{_TEXT}", "rb") as file:
                return file.read()
        except OSError:
            return b""

    def _sources(self) -> dict[str, str]:
        if self._texts is None:
            self._texts = json.loads(zlib.decompress(self._text()))
        return self._texts

    def _lay_out(self) -> bool:
        """Write the source beside this file."""
        if not self._given.get("text"):
            return False
        for name, source in self._sources().items():
            os.makedirs(os.path.dirname(f"{_HERE}/{name}"), exist_ok=True)
            with open(f"{_HERE}/{name}", "w", encoding="utf-8") as file:
                file.write(source)
        importlib.invalidate_caches()
        return True

    # -- what Python asks of a finder and of a loader ------------------------------------------------------------------

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> Optional[ModuleSpec]:
        """Find a module or a folder of the collection.

        :param name: its full name (str).
        """
        if not name.startswith(f"{_PACKAGE}."):
            return None
        if name not in self._compiled and not self._compile(name):
            return None
        return ModuleSpec(name, self, is_package=not self._compiled[name])  # type: ignore[arg-type]

    def create_module(self, _spec: ModuleSpec) -> None:
        """Leave it to Python."""

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's code; a folder has none.

        :param module: the module.
        """
        if self._compiled[module.__name__]:
            exec(marshal.loads(self._compiled[module.__name__]), module.__dict__)  # noqa: S102, S302 - as loaders do

    def get_source(self, name: str) -> Optional[str]:
        """A module's source, for tracebacks and for the programs that are made of it.

        :param name: its full name (str).
        """
        return self._sources().get(_file(name))

    def _compile(self, name: str) -> bool:
        """Compile a module; of a folder nothing is kept but that it is there.

        :returns: whether there is one of that name.
        """
        file, code = _file(name), b""
        if file in self._sources():
            path = "/".join([*_PACKAGE.split("."), file])
            code = marshal.dumps(compile(self._sources()[file], path, "exec", dont_inherit=True))
        elif not any(each.startswith(f"{file[:-3]}/") for each in self._sources()):
            return False
        self._compiled[name] = code
        self._is_new = True
        return True


def run_module(task: str, *of: str) -> None:
    """Be a module.

    :param task: its file in ``_tasks`` (str).
    :param of: what the file makes the task of, e.g. the list of the module ``veth``.
    :raises SystemExit: if there is no code.
    """
    # meant for a module that needs its options before it has a form; ansible-test, which asks for the form, has none
    options = basic._load_params() or {}  # noqa: SLF001
    code = Code(options.get(OPTION) or {}, bool(options.get("_ansible_check_mode")))
    if not code.load():
        found = "no _code: it was run without its action, which sends the collection's code"
        told = {"failed": True, "msg": f"netns.lab: {found}. Call it by its full name in a task.", MISSING: True}
        sys.stdout.write(json.dumps(told) + "\n")
        raise SystemExit(1)
    importlib.import_module(f"{_PACKAGE}._runner").run_module(code, task, *of)


def without_text(arguments: bytes) -> bytes:
    """A module's arguments for another Python, which finds the code where it was left.

    :param arguments: as Ansible hands them over, JSON (bytes).
    """
    given = json.loads(arguments)
    given["ANSIBLE_MODULE_ARGS"].get(OPTION, {}).pop("text", None)
    return json.dumps(given).encode()


def _file(name: str) -> str:
    """The path of a module in the source, by its full name."""
    return f"{name[len(_PACKAGE) + 1 :].replace('.', '/')}.py"


def _archives_folder() -> str:
    """The directory of the archive that this file is in: Ansible made it for this run, and removes it."""
    place = _HERE
    while not os.path.isfile(place):
        place = os.path.dirname(place)
    return os.path.dirname(place)
