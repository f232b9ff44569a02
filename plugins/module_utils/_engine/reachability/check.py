# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From expectations to probes, and from their outcomes to a verdict. Knows no kernel: a prober is given to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Protocol

from ..._model.errors import InvalidArgument, Verification
from ..._model.reachability import expectations as model
from ..._model.reachability.expectations import Expectation, Listen, Mesh, Outcome, Probe
from .matrix import Cell, compact, rows

if TYPE_CHECKING:
    from ..lab.record import Record

#: differences that the message of a failure holds; the report has all
_LINES = 20


class Prober(Protocol):
    """What the kernel side offers."""

    def names(self) -> Collection[str]:
        """The named namespaces that stand."""

    def addresses(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The global addresses of namespaces (``""``: the host's), as ``192.168.15.1/24``, the preferred ones first.

        :param names: the namespaces' names (str).
        """

    def run(self, probes: Sequence[Probe], listeners: Iterable[Listen], timeout: float) -> list[Outcome]:
        """Send probes and gather one outcome for each; ``listeners`` are open meanwhile.

        :param probes: what is to be sent.
        :param listeners: the servers that are to be there meanwhile.
        :param timeout: the time that one probe may take (float), in seconds.
        """


def mesh_of(lab: str, records: Sequence[Record]) -> Mesh:
    """The namespaces of a lab, in the order of its definition.

    :param lab: its name (str).
    :param records: of all labs of the host.
    :raises InvalidArgument: if there is no such lab.
    """
    for record in records:
        if record.lab == lab:
            return Mesh(lab, tuple(each["name"] for each in record.definition.get("namespaces") or ()))
    there = ", ".join(sorted(record.lab for record in records if record.definition)) or "none"
    raise InvalidArgument("mesh", "the name of a lab on this host", repr(lab), f"Labs here: {there}.")


class Row(NamedTuple):
    """One entry of the matrix: what was expected of a pair, and what was found."""

    item: Expectation
    source: str
    to: str
    address: str
    outcome: Outcome

    @property
    def passed(self) -> bool:
        """Whether it is as expected."""
        return self.outcome.reachable == self.item.reachable

    @property
    def service(self) -> str:
        """``icmp``, ``tcp/80``."""
        return f"{self.item.protocol}/{self.item.port}" if self.item.port else self.item.protocol

    @property
    def target(self) -> str:
        """The name and the address behind it."""
        return self.to if not self.address or self.to == self.address else f"{self.to} ({self.address})"

    @property
    def found(self) -> str:
        """What was found, for a person."""
        if self.outcome.reachable:
            return "reachable"
        return f"unreachable ({self.outcome.reason})"

    def line(self) -> str:
        """The whole statement, for a person."""
        why = f": {self.item.why}" if self.item.why else ""
        expected = _result(self.item.reachable)
        return f"{self.source} -> {self.target} {self.service}: expected {expected}, found {self.found}{why}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a program."""
        item, outcome = self.item, self.outcome
        return {
            "from": self.source,
            "to": self.to,
            "address": self.address,
            "protocol": item.protocol,
            "port": item.port or None,
            "expect": _result(item.reachable),
            "result": _result(outcome.reachable),
            "reason": outcome.reason,
            "rtt_ms": outcome.rtt_ms,
        }


@dataclass(frozen=True)
class Report:
    """The verdict.

    :param rows: one for each expectation and address, in the order given.
    :param meshed: one for each ordered pair of the lab and address, by the order of its namespaces.
    :param mesh: the lab, if a mesh was asked for.
    """

    rows: list[Row]
    meshed: list[Row]
    mesh: Optional[Mesh]

    def differing(self) -> list[Row]:
        """The rows that are not as expected."""
        return [row for row in (*self.rows, *self.meshed) if not row.passed]

    def table(self) -> list[str]:
        """The lines of a text table: a row for each expectation, a compact matrix for the mesh."""
        lines = []
        if self.rows:
            cells = [
                (
                    "ok" if row.passed else "FAIL",
                    row.source,
                    row.target,
                    row.service,
                    row.found if row.passed else f"{row.found}, expected {_result(row.item.reachable)}",
                    row.item.why,
                )
                for row in self.rows
            ]
            lines += rows(("", "from", "to", "protocol", "found", "why"), cells)
        if self.mesh is not None:
            lines += [""] if lines else []
            cells_of = [Cell(row.source, row.to, ":" in row.address, row.outcome.reachable) for row in self.meshed]
            lines += compact(self.mesh.names, cells_of)
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The verdict as the module returns it (JSON types).

        Of a mesh only the pairs that differ have an entry of their own: thousands of entries that say "reachable" cost
        Ansible more than the packets did.
        """
        differing = self.differing()
        entries = [*self.rows, *(row for row in self.meshed if not row.passed)]
        found = {
            "matrix": [row.as_dict() for row in entries],
            "passed": len(self.rows) + len(self.meshed) - len(differing),
            "differing": len(differing),
            "differences": [row.line() for row in differing],
            "table": self.table(),
        }
        return found if self.mesh is None else {**found, "mesh": self.pairs()}

    def pairs(self) -> dict[str, dict[str, str]]:
        """What was found of each ordered pair of the mesh: source -> target -> ``reachable``, or what is not."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.meshed:
            found.setdefault((row.source, row.to), []).append(row)
        pairs: dict[str, dict[str, str]] = {}
        for (source, target), rows_ in found.items():
            pairs.setdefault(source, {})[target] = _together(rows_)
        return pairs

    def error(self) -> Optional[Verification]:
        """The failure that names the pairs that differ; None if there is none."""
        differing = self.differing()
        if not differing:
            return None
        lines = [row.line() for row in differing[:_LINES]]
        if len(differing) > _LINES:
            lines.append(f"and {len(differing) - _LINES} more")
        total = len(self.rows) + len(self.meshed)
        obj = "reachability" if self.mesh is None else f"reachability of lab {self.mesh.lab}"
        expected = f"all {total} pairs as described" if total > 1 else "the pair as described"
        remedy = "See the matrix for every pair, and topology_info for links, routes and addresses."
        return Verification(obj, expected, f"{len(differing)} different: {'; '.join(lines)}", remedy)


def check(given: Sequence[dict[str, Any]], mesh: Optional[Mesh], timeout: float, prober: Prober) -> Report:
    """Probe all that is expected and compare.

    :param given: the option ``expectations``, entries in the form of :data:`.expectations.EXPECTATION`.
    :param mesh: a lab whose namespaces are all to reach each other (icmp); None for none.
    :param timeout: seconds that each probe may take, from when it is first sent.
    :param prober: sends the packets.
    :returns: the report, whether all is as expected or not.
    :raises InvalidArgument: before any packet, for input that is wrong.
    :raises Permission: if the prober may not enter namespaces or open raw sockets.
    """
    if not given and mesh is None:
        remedy = "Give one of them, or both."
        raise InvalidArgument("reachability", "expectations or the name of a lab as mesh", "neither", remedy)
    model.timeout(timeout)
    names = prober.names()
    items = model.parse(given, names)
    meshed = model.mesh(mesh, names) if mesh is not None else []
    sides = _Sides(prober, (*items, *meshed))
    label = {name: model.label(name, names) for name in ("", *names)}
    found = _rows(items, sides, label, timeout, prober)
    mesh_rows = _rows(meshed, sides, label, timeout, prober)
    if mesh is not None:
        place = {name: index for index, name in enumerate(mesh.names)}
        mesh_rows.sort(key=lambda row: (place[row.item.source], place[row.item.target or ""]))
    return Report(found, mesh_rows, mesh)


def _rows(
    items: Sequence[Expectation], sides: _Sides, label: dict[str, str], timeout: float, prober: Prober
) -> list[Row]:
    """Rows for expectations, in their order. What needs a server of ours goes last: the rest must not see it."""
    plan = [(item, address) for item in items for address in sides.addresses(item)]
    found: dict[int, Outcome] = {
        index: Outcome(reachable=False, reason="no address", rtt_ms=None)
        for index, (_item, address) in enumerate(plan)
        if not address
    }
    for served in (False, True):
        turn = [
            (index, Probe(item.source, address, item.dev, item.protocol, item.port))
            for index, (item, address) in enumerate(plan)
            if address and (item.listen is not None) == served
        ]
        if turn:
            listeners = {item.listen for item, _address in plan if served and item.listen is not None}
            outcomes = prober.run([probe for _index, probe in turn], sorted(listeners), timeout)
            found.update((index, outcome) for (index, _asked), outcome in zip(turn, outcomes))
    return [
        Row(item, label[item.source], _target(item, label), address, found[index])
        for index, (item, address) in enumerate(plan)
    ]


def _target(item: Expectation, label: dict[str, str]) -> str:
    if item.target is not None:
        return label[item.target]
    return f"{item.address}%{item.dev}" if item.dev else item.address or ""


class _Side(NamedTuple):
    """An address that a namespace has, ready to be compared: version, the address and its network as numbers."""

    text: str
    version: int
    number: int
    mask: int


class _Sides:
    """Which addresses stand for a namespace, as seen from another."""

    def __init__(self, prober: Prober, items: Iterable[Expectation]) -> None:
        asked: set[str] = set()
        for item in items:
            if item.target is not None:
                asked.update((item.source, item.target))
        self._sides = {
            name: [self._side(text) for text in texts]
            for name, texts in (prober.addresses(sorted(asked)) if asked else {}).items()
        }

    @staticmethod
    def _side(text: str) -> _Side:
        parsed = ip_interface(text)
        return _Side(str(parsed.ip), parsed.version, int(parsed.ip), int(parsed.netmask))

    def addresses(self, item: Expectation) -> list[str]:
        """The addresses to probe: one for each family that both ends have, else for each that the target has.

        Of several of a family the one on a subnet of the source, else the first. ``[""]`` if there is none at all.
        """
        if item.target is None:
            return [item.address or ""]
        here, there = self._sides[item.source], self._sides[item.target]
        families = {side.version for side in there}
        families = families & {side.version for side in here} or families
        return [self._best(here, there, version) for version in sorted(families)] or [""]

    @staticmethod
    def _best(here: list[_Side], there: list[_Side], version: int) -> str:
        first = ""
        for side in there:
            if side.version == version:
                first = first or side.text
                for own in here:
                    if own.version == version and not (own.number ^ side.number) & own.mask:
                        return side.text
        return first


def _together(rows_: list[Row]) -> str:
    """What was found of a pair that was probed by one address family or by both."""
    bad = [row for row in rows_ if not row.outcome.reachable]
    if not bad:
        return "reachable"
    if len(bad) == len(rows_):
        return bad[0].found
    family = "IPv6" if ":" in bad[0].address else "IPv4"
    return f"unreachable by {family} ({bad[0].outcome.reason})"


def _result(reachable: bool) -> str:
    return "reachable" if reachable else "unreachable"
