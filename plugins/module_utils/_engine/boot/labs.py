# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labs that are stored on a host: built, compared with what stands, and taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional, Protocol

from ..._model.errors import LabError
from ..._model.naming import lab_name
from ..lab import run as runs
from ..lab.host import Host
from ..lab.kinds.netns import NetnsKey
from ..lab.record import Record
from ..lab.request import topology_request
from ..lab.run import Result


class Store(Protocol):
    """The labs that are stored on a host."""

    def host(self) -> Host:
        """The host, for one run."""

    def records(self) -> list[Record]:
        """The records of all labs that stand."""

    def names(self) -> list[str]:
        """The labs that are stored."""

    def options(self, name: str) -> dict[str, Any]:
        """The options of ``topology`` that are stored of a lab.

        :param name: the lab's (str).
        :raises LabError: if nothing is stored, or what is cannot be read.
        """


class Outcome(NamedTuple):
    """What became of one lab.

    :param lab: its name (str).
    :param result: what was done, or would be; None where it failed.
    :param error: why it failed; None where it did not.
    """

    lab: str
    result: Optional[Result] = None
    error: Optional[LabError] = None


class Status(NamedTuple):
    """A lab that is stored or stands.

    :param stored: whether it is stored (bool).
    :param namespaces: how many it has made (int).
    :param state: how it differs from its description, for a person (str).
    """

    stored: bool
    namespaces: int
    state: str


def each(names: Sequence[str], store: Store, check: bool) -> Iterator[Outcome]:
    """Build labs one after the other; one that fails does not stop the others.

    :param names: labs; none for all that are stored (str each).
    :param store: the host's.
    :param check: whether to stop before anything is touched (bool).
    """
    for name in names or store.names():
        try:
            yield Outcome(name, _run(store.options(name), store, check))
        except LabError as error:  # noqa: PERF203 - few
            yield Outcome(name, error=error)


def remove(name: str, store: Store) -> Outcome:
    """Take a lab away; one that is stored stays stored.

    :param name: the lab's (str).
    :param store: the host's.
    :raises LabError: if it cannot be taken away.
    """
    return Outcome(name, _run({"name": lab_name("name", name), "state": "absent"}, store, check=False))


def status(store: Store) -> dict[str, Status]:
    """All labs that are stored or stand, by name.

    :param store: the host's.
    """
    stored = store.names()
    records = {record.lab: record for record in store.records() if record.definition}
    found = {}
    for name in sorted({*stored, *records}):
        namespaces = sum(isinstance(key, NetnsKey) for key in records[name].made) if name in records else 0
        try:
            options = store.options(name) if name in stored else {**records[name].definition, "name": name}
            steps = len(_run(options, store, check=True).steps)
            state = f"{steps} steps from what is described" if steps else "as described"
        except LabError as error:
            state = error.text()
        found[name] = Status(name in stored, namespaces, state)
    return found


def _run(options: dict[str, Any], store: Store, check: bool) -> Result:
    return runs.run(topology_request(options), store.host(), check)
