# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run for a list of capabilities: grant, take away what was dropped, and have the host grant it again by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional, Protocol

from ..._model.errors import Conflict, Dependency, InvalidArgument
from .. import host_files
from . import file as file_capability
from . import hooks
from . import policy as capability_policy
from .file import File
from .host import Files
from .policy import FOLDER, Entry, Policy


class Lists(Files, Protocol):
    """The lists of a host, and what has it grant them again after an update."""

    def locked(self, create: bool) -> AbstractContextManager[None]:
        """Be the only one who works on the lists.

        :param create: whether to make their folder; without it there is nothing to lock (bool).
        :raises Permission: without the right to.
        """

    def lists(self, last: int) -> tuple[dict[str, Policy], dict[str, str]]:
        """All lists by name, and why others cannot be read.

        :param last: the number of the kernel's last capability.
        """

    def trusted(self, path: str) -> AbstractContextManager[File]:
        """A file that root alone may write or exchange.

        :param path: its absolute path (str).
        :raises LabError: for one that somebody else may.
        """

    def identity(self, path: str) -> Optional[tuple[int, int]]:
        """What is the same for each path that leads to a file; None where there is none.

        :param path: an absolute path (str).
        """

    def program(self) -> bytes:
        """The program that grants again, whole."""

    def differing(self, files: Mapping[str, Optional[bytes]]) -> list[host_files.HostFile]:
        """The files that are not as they are to be.

        :param files: path -> content, None for one that is not to be there.
        :raises LabError: for something in the way, or a folder that somebody else than root may write.
        """

    def unwatched(self, files: Mapping[str, Optional[bytes]]) -> list[str]:
        """The units that are to watch for new versions of programs, and do not.

        :param files: as for :meth:`differing`.
        """

    def install(self, changes: Sequence[host_files.HostFile], units: Iterable[str]) -> None:
        """Write files, and have the host heed them.

        :param changes: what :meth:`differing` found.
        :param units: what :meth:`unwatched` found (str each).
        :raises Kernel: for what cannot be written, or is refused.
        """


class Wanted(NamedTuple):
    """What is asked.

    :param name: the list's name.
    :param items: its entries; none where it is to be removed.
    :param way: how the host grants them again, a key of :data:`.hooks.FILES`.
    """

    name: str
    items: Sequence[Entry]
    present: bool
    way: str


@dataclass
class Result:
    """What a run did, or would do."""

    granted: file_capability.Result
    written: list[host_files.HostFile]
    units: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is a step."""
        return bool(self.plan())

    def plan(self) -> list[dict[str, str]]:
        """The steps as a module returns them."""
        return [*self.granted.plan(), *host_files.steps(self.written, self.units)]

    def diff(self) -> dict[str, str]:
        """A line for each file: capabilities in setcap's form, others by their size."""
        diff = self.granted.diff()
        return {
            "before": diff["before"] + host_files.sizes((file.path, file.before) for file in self.written),
            "after": diff["after"] + host_files.sizes((file.path, file.after) for file in self.written),
        }


class Claim(NamedTuple):
    """A file that another list names.

    :param identity: of the file.
    :param name: of the list (str).
    :param item: the list's entry.
    """

    identity: tuple[int, int]
    name: str
    item: Entry


def run(options: dict[str, Any], host: Lists, check: bool) -> Result:
    """Bring the host to what the options of the module ask.

    :param options: those of the module ``file_capability_policy``.
    :param host: whose lists and files these are.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    with nullcontext() if check else host.locked(create=options["state"] == "present"):
        return _run(options, host, check)


def _run(options: dict[str, Any], host: Lists, check: bool) -> Result:
    last = host.last()
    present = options["state"] == "present"
    name = capability_policy.policy_name(options["name"])
    items = capability_policy.entries(_given(options), last) if present else []
    lists, unreadable = host.lists(last)
    old = lists.pop(name, None)
    if options["prune"]:
        _require_readable(name, unreadable)
    wanted = Wanted(name, items, present, _way(options["keep"], host) if present else "")
    kept = [policy.items for policy in lists.values()]
    dropped = capability_policy.dropped(old.items if old else None, items, kept) if options["prune"] else []
    with ExitStack() as stack:
        there = [item for item in items if not item.optional or host.is_there(item.path)]
        files = [(item, stack.enter_context(host.trusted(item.path))) for item in there]
        claims = list(_claims(lists, host))
        _require_agreement(files, claims, last)
        taken = {file.identity for _item, file in files} | {claim.identity for claim in claims}
        lost = [file for file in _opened(stack, dropped, host) if file.identity not in taken]
        wants = files_of_host(wanted, lists, host.program())
        changes, units = host.differing(wants), host.unwatched(wants)
        granted = grant(wanted, {item.path: file for item, file in files}, lost, last, check)
        advice = [text for item, file in files for text in host.advice(file, item.caps)]
    if not check:
        host.install(changes, units)
    return Result(granted, changes, units, [*unreadable.values(), *advice])


def _given(options: dict[str, Any]) -> list[dict[str, Any]]:
    if not options["files"]:
        raise InvalidArgument("files", "at least one file", "none", "To remove the list, set state: absent.")
    return list(options["files"])


def _require_readable(name: str, unreadable: Mapping[str, str]) -> None:
    """See that all other lists are known: what they name must not be taken away."""
    found = " ".join(text for other, text in unreadable.items() if other != name)
    if found:
        raise Conflict("prune", "readable lists on this host", found, "Run their plays first.")


def _way(keep: str, host: Lists) -> str:
    """How this host grants again.

    :param keep: what the user asks for, ``auto`` for what is there.
    :raises Dependency: if nothing is there that could.
    """
    if keep != "auto":
        return keep
    for sign, name in hooks.SIGNS:
        if host.is_there(sign):
            return name
    raise Dependency(
        "keep",
        "dpkg, dnf with its actions plugin, pacman or systemd",
        "none of them",
        "Install the plugin (python3-dnf-plugin-post-transaction-actions, libdnf5-plugin-actions), or set keep: none.",
    )


def _claims(others: Mapping[str, Policy], host: Lists) -> Iterator[Claim]:
    """The files that the other lists of this host name, as far as they are there."""
    for name, policy in others.items():
        for item in policy.items:
            identity = host.identity(item.path)
            if identity is not None:
                yield Claim(identity, name, item)


def _require_agreement(files: Sequence[tuple[Entry, File]], claims: Iterable[Claim], last: int) -> None:
    """See that each file is there once, whatever its paths are, and that no other list wants something else of it.

    :param files: the entries of the list at hand with their files.
    :raises Conflict: naming the other path or list.
    """
    mine: dict[tuple[int, int], Entry] = {}
    for item, file in files:
        twin = mine.setdefault(file.identity, item)
        if twin is not item:
            found = f"the same file as {twin.path}"
            raise Conflict(item.path, "each file once", found, "Omit one of the two paths.")
    for identity, name, item in claims:
        own = mine.get(identity)
        if own is not None and own.caps != item.caps:
            found = f"{item.caps.text(last)} in the list {name}"
            remedy = "Keep the file in one list, or give it the same capabilities in both."
            raise Conflict(own.path, own.caps.text(last), found, remedy)


def _opened(stack: ExitStack, items: Iterable[Entry], host: Lists) -> Iterator[File]:
    """Files that are to lose their capabilities; what is no file any more has none."""
    for item in items:
        with suppress(InvalidArgument):
            yield stack.enter_context(host.opened(item.path, None))


def files_of_host(wanted: Wanted, others: Mapping[str, Policy], program: bytes) -> dict[str, Any]:
    """All files that the host may have for its lists, with what each is to hold (None: it is not to be there).

    :param wanted: the lists that the host is to keep.
    :param others: the other lists of the host.
    :param program: the program that grants, whole.
    """
    own = Policy(wanted.way, list(wanted.items))
    lists = [*([own] if wanted.present else []), *others.values()]
    found: dict[str, Any] = {path: None for way in hooks.FILES for path in hooks.FILES[way]}
    for way in sorted({policy.way for policy in lists} & set(hooks.FILES)):
        paths = sorted({item.path for policy in lists if policy.way == way for item in policy.items})
        found.update({path: text.encode() for path, text in hooks.files(way, paths).items()})
    found[hooks.PROGRAM] = program if lists else None
    text = capability_policy.to_json(own) if wanted.present else None
    found[f"{FOLDER}/{wanted.name}.json"] = text.encode() if text is not None else None
    return found


def grant(
    wanted: Wanted, files: Mapping[str, File], lost: Sequence[File], last: int, check: bool
) -> file_capability.Result:
    """Give each file what its entry says, and take it from those that lost theirs: all, or none.

    :param wanted: the lists that the host is to keep.
    :param files: the files of the entries, by path; optional ones may be missing.
    :param lost: files that are to have none.
    :param last: the highest capability of the kernel (int).
    :param check: whether to stop before anything is written (bool).
    :raises LabError: before anything is touched; or of the write that failed, when the others are undone.
    """
    requests = [
        (file_capability.exactly(item.caps, last), files[item.path]) for item in wanted.items if item.path in files
    ]
    requests += [(file_capability.nothing(last), file) for file in lost]
    return file_capability.run_each(requests, last, check)
