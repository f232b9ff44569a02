# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run for a list of capabilities on this host, under the lock of the lists."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from typing import Any

from ..._engine.capabilities import keep as keeping
from ..._engine.capabilities import policy as capability_policy
from ..._engine.capabilities.policy import Entry, Policy
from ..._model.errors import Conflict, InvalidArgument, LabError
from ..system import host_files, trust, zipapp
from . import effect, hooks, regrant
from .file import CapabilityFile, last_capability


def run(options: dict[str, Any], check: bool) -> keeping.Result:
    """Bring the host to what the options of the module ask.

    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    os.umask(0o022)  # folders that others may write would not be trusted
    if check:
        return _run(options, check)
    with regrant.locked(create=options["state"] == "present"):
        return _run(options, check)


def _run(options: dict[str, Any], check: bool) -> keeping.Result:
    last = last_capability()
    present = options["state"] == "present"
    name = capability_policy.policy_name(options["name"])
    items = capability_policy.entries(_given(options), last) if present else []
    lists, warnings = _lists(last)
    old = lists.pop(name, None)
    if options["prune"] and any(each != name for each in warnings):
        found = " ".join(text for each, text in warnings.items() if each != name)
        raise Conflict("prune", "all lists of this host to be readable", found, "Run their plays first.")
    wanted = keeping.Wanted(name, items, present, hooks.way(options["keep"]) if present else "")
    kept = [policy.items for policy in lists.values()]
    dropped = capability_policy.dropped(old.items if old else None, items, kept) if options["prune"] else []
    with ExitStack() as stack:
        there = filter(_there, items)
        files = [(item, stack.enter_context(closing(regrant.open_trusted(item.path)))) for item in there]
        claimed = hooks.claims(lists)
        hooks.require_agreement(files, claimed, last)
        taken = {file.identity for _item, file in files} | {claim.identity for claim in claimed}
        lost = [file for file in _opened(stack, dropped) if file.identity not in taken]
        wants = keeping.files_of_host(wanted, lists, zipapp.regrant(), regrant.FOLDER)
        changes, units = host_files.differing(wants, hooks.mode), hooks.unwatched(wants)
        _require_trusted(change.path for change in changes if change.after is not None)
        granted = keeping.grant(wanted, {item.path: file for item, file in files}, lost, last, check)
        advice = [text for item, file in files for text in effect.careful(file, item.caps)]
    if not check:
        hooks.unwatch(changes)
        host_files.write(changes, hooks.mode, hooks.REMEDY)
        hooks.watch(changes, units)
    return keeping.Result(granted, changes, units, [*warnings.values(), *advice])


def _given(options: dict[str, Any]) -> list[dict[str, Any]]:
    if not options["files"]:
        raise InvalidArgument("files", "at least one file", "none", "To remove the list, set state: absent.")
    return list(options["files"])


def _lists(last: int) -> tuple[dict[str, Policy], dict[str, str]]:
    """The lists of this host by name, and why others cannot be read."""
    found, warnings = {}, {}
    for name in regrant.names():
        try:
            found[name] = regrant.read(name, last)
        except LabError as error:  # noqa: PERF203 - few
            warnings[name] = error.text()
    return found, warnings


def _require_trusted(paths: Iterable[str]) -> None:
    """See that root alone may write the folders that files are to go to."""
    for folder in {os.path.dirname(path) for path in paths}:
        if os.path.isdir(folder):
            trust.trusted(folder)


def _there(item: Entry) -> bool:
    return not item.optional or os.path.lexists(item.path)


def _opened(stack: ExitStack, items: list[Entry]) -> list[CapabilityFile]:
    """Files that are to lose their capabilities; what is no file any more has none."""
    found = []
    for item in items:
        with suppress(InvalidArgument):
            found.append(stack.enter_context(closing(CapabilityFile(item.path, follow=None))))
    return found
