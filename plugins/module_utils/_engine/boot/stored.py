# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab that outlasts a reboot: what is stored of it, and the files by which a host builds it at boot. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ..._model.errors import Conflict, InvalidArgument
from ..._model.lab.kinds import KINDS
from .. import host_files
from ..firewalls.provider import PROVIDERS
from ..host_files import HostFile
from ..lab import formats, unmanaged

FOLDER = "/etc/netns-lab/labs"
PROGRAM = "/usr/local/sbin/netns-lab"
#: how a drift is dealt with, and the subcommand that the timer runs for that
DRIFT = {"off": "", "report": "plan", "repair": "apply"}

#: what is stored beside the lists
_SWITCHES = ("allow_overlap", "allow_management", "allow_other_labs", "firewall_exceptions")
_HEAD = unmanaged.HEAD
_UNITS = "/etc/systemd/system"
_UNIT_NAME = re.compile(r"[A-Za-z0-9:_.\\@-]+\.(service|target|socket|mount|path|timer)")
#: more than no time, for a timer of none would run without end
_SPAN = re.compile(r"(?=.*[1-9])([0-9]+ ?(s|sec|seconds?|m|min|minutes?|h|hr|hours?|d|days?|w|weeks?) ?)+")


@dataclass(frozen=True)
class Stored:
    """What is stored of a lab.

    :param options: the options of ``topology`` but for ``name`` and ``state``; only those given.
    :param before: the units that start after it.
    :param drift: a key of :data:`DRIFT`.
    :param interval: the time between two looks for drift, in systemd.time(7)'s form.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    drift: str = "off"
    interval: str = "15min"

    def text(self) -> str:
        """The file that holds it."""
        body = {**formats.head(), "name": self.name, "options": self.options}
        return json.dumps(body, indent=1, sort_keys=True) + "\n"


def options_of(name: str, text: str) -> dict[str, Any]:
    """The options of ``topology`` that a file holds.

    :param name: the lab's name (str).
    :param text: the file's content (str).
    :raises Conflict: for a file that is none of ours, or that only later releases read.
    """
    what = f"{FOLDER}/{name}.json"
    remedy = "Run the play that stores it again."
    try:
        body = json.loads(text)
        formats.require(what, body, f"A later release of netns.lab stored it. {remedy}")
        options = _options(name, body)
    except KeyError as exc:
        raise Conflict(what, "a stored lab", f"one without {exc}", remedy) from None
    except (ValueError, TypeError, RecursionError) as exc:
        raise Conflict(what, "a stored lab", f"{exc}", remedy) from None
    except InvalidArgument as exc:
        raise Conflict(what, "a stored lab", exc.found, remedy) from None
    return {**options, "name": name, "state": "present"}


def _options(name: str, body: dict[str, Any]) -> dict[str, Any]:
    options = body["options"]
    if body["name"] != name:
        raise ValueError(f"that of lab {body['name']!r:.60}")
    if not isinstance(options, dict):
        raise TypeError(f"options of {options!r:.60}")
    unknown = sorted(set(options) - {*KINDS, *_SWITCHES})
    if unknown:
        raise ValueError(f"the unknown option {unknown[0]!r:.60}")
    require_entries(options)
    return options


def require_entries(options: Mapping[str, Any]) -> None:
    """See that there is something in a description: a host that builds nothing at boot would remove what stands.

    :param options: the description, as the options of ``topology``.
    :raises InvalidArgument: if there is not.
    """
    if not any(options.get(resource) for resource in KINDS):
        remedy = "To store nothing, use state: absent."
        raise InvalidArgument("definition", "at least one entry", "a definition without any", remedy)


@dataclass(frozen=True)
class Init:
    """What a host starts its services with, and what else looks after links there."""

    systemd: bool = False
    openrc: bool = False
    network_manager: bool = False
    networkd: bool = False


def unit(name: str) -> str:
    """The unit that builds a lab at boot.

    :param name: the lab's name (str).
    """
    return f"netns-lab@{name}.service"


def timer(name: str) -> str:
    """The unit that looks for drift.

    :param name: the lab's name (str).
    """
    return f"netns-lab-drift@{name}.timer"


def again(name: str) -> dict[str, str]:
    """The units that build a lab again after a firewall began anew, each with the firewall's own.

    :param name: the lab's name (str).
    """
    units = [provider.UNIT for provider in PROVIDERS if provider.BUILD_AGAIN]
    return {f"netns-lab-{firewall.rpartition('.')[0]}@{name}.service": firewall for firewall in units}


def service(name: str) -> str:
    """The service of OpenRC that builds a lab at boot.

    :param name: the lab's name (str).
    """
    return f"netns-lab.{name}"


def check(stored: Stored) -> None:
    """Hold what is not the lab's own against what systemd takes.

    :param stored: what is to be kept of the lab.
    :raises InvalidArgument: for a unit's name or a time that is none.
    """
    for index, name in enumerate(stored.before):
        if not _UNIT_NAME.fullmatch(name):
            wanted = "the name of a unit, such as mysql@red.service"
            raise InvalidArgument(f"before[{index}]", wanted, repr(name), "Add the suffix.")
    if not _SPAN.fullmatch(stored.interval):
        wanted = "a time span as in systemd.time(7), such as 15min or 1h"
        raise InvalidArgument("drift_interval", wanted, repr(stored.interval), "Write a number and a unit.")


def files(stored: Stored, links: Sequence[str], init: Init, program: bytes) -> dict[str, Optional[bytes]]:
    """The files of a lab, with what each is to hold.

    :param stored: what is to be kept of the lab.
    :param links: the lab's links in the host's own namespace.
    :param init: what the host begins with.
    :param program: the program netns-lab, whole.
    :raises InvalidArgument: for a link that cannot be named to those who look after links.
    """
    name = stored.name
    found = {**nothing(name), PROGRAM: program, f"{FOLDER}/{name}.json": stored.text().encode()}
    texts: dict[str, str] = {}
    if init.systemd:
        texts[f"{_UNITS}/{unit(name)}"] = _service(stored)
        texts.update({f"{_UNITS}/{each}": _again(stored, firewall) for each, firewall in again(name).items()})
        if stored.drift != "off":
            texts[f"{_UNITS}/{timer(name).replace('.timer', '.service')}"] = _looks(stored)
            texts[f"{_UNITS}/{timer(name)}"] = _timer(stored)
    if init.openrc:
        texts[f"/etc/init.d/{service(name)}"] = _openrc(stored)
    if links and (init.network_manager or init.networkd):
        unmanaged.require(links)
    if links and init.network_manager:
        texts[_network_manager(name)] = unmanaged.network_manager(links)
    if links and init.networkd:
        texts[_networkd(name)] = unmanaged.networkd(links)
    return {**found, **{path: text.encode() for path, text in texts.items()}}


def nothing(name: str) -> dict[str, Optional[bytes]]:
    """All files that a lab may have, but for the program, which it shares with others: none is to be there.

    :param name: the lab's name (str).
    """
    drift = timer(name)
    units = (unit(name), *again(name), drift, drift.replace(".timer", ".service"))
    paths = [f"{FOLDER}/{name}.json", *(f"{_UNITS}/{each}" for each in units), f"/etc/init.d/{service(name)}"]
    return dict.fromkeys([*paths, _network_manager(name), _networkd(name)])


def mode(path: str) -> int:
    """The mode that a file is to have: a definition is root's alone.

    :param path: the file's path (str).
    """
    if path.startswith(f"{FOLDER}/"):
        return 0o600
    return 0o755 if path == PROGRAM or path.startswith("/etc/init.d/") else 0o644


def _network_manager(name: str) -> str:
    return f"/etc/NetworkManager/conf.d/90-netns-lab-{name}.conf"


def _networkd(name: str) -> str:
    return f"/etc/systemd/network/05-netns-lab-{name}.network"


def _service(stored: Stored) -> str:
    """The unit of a lab. Stopping it leaves the lab alone: at a shutdown services still use it."""
    firewalls = " ".join(provider.UNIT for provider in PROVIDERS if provider.UNIT)
    before = f"Before={' '.join(stored.before)}\n" if stored.before else ""
    return f"""{_HEAD}[Unit]
Description=Lab {stored.name} of netns.lab
After=network.target systemd-sysctl.service {firewalls}
{before}
{_builds(stored)}
[Install]
WantedBy=multi-user.target
"""


#: what a unit of a lab can do without
_LESS = (
    "CAP_AUDIT_CONTROL", "CAP_LEASE", "CAP_LINUX_IMMUTABLE", "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE", "CAP_MKNOD",
    "CAP_SETFCAP", "CAP_SYSLOG", "CAP_SYS_BOOT", "CAP_SYS_PACCT", "CAP_SYS_RAWIO", "CAP_SYS_TIME", "CAP_WAKE_ALARM",
)  # fmt: skip
#: It may have no mounts of its own, as all of Private*= and most of Protect*= give it: nobody else would see the
#: namespaces that it makes in /run/netns.
_CONFINED = f"""\
CapabilityBoundingSet=~{" ".join(_LESS)}
LockPersonality=yes
NoNewPrivileges=yes
ProtectClock=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
"""


def _builds(stored: Stored) -> str:
    return f"""[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={PROGRAM} apply {stored.name}
ExecReload={PROGRAM} apply {stored.name}
{_CONFINED}"""


def _again(stored: Stored, firewall: str) -> str:
    """A unit that is active while a firewall is: it starts, restarts, reloads and stops with that.

    One for each firewall. They conflict with each other, so that one which begins stops the other: a unit that is part
    of both would be asked to begin and to stop, and systemd would refuse to start the firewall.
    """
    return f"""{_HEAD}[Unit]
Description=Lab {stored.name} of netns.lab, after {firewall}
After={firewall} {unit(stored.name)}
PartOf={firewall}
ReloadPropagatedFrom={firewall}

{_builds(stored)}
[Install]
WantedBy={firewall}
"""


def _looks(stored: Stored) -> str:
    return f"""{_HEAD}[Unit]
Description=Looks for drift of lab {stored.name} of netns.lab ({stored.drift})
After={unit(stored.name)}

[Service]
Type=oneshot
ExecStart={PROGRAM} {DRIFT[stored.drift]} {stored.name}
{_CONFINED}"""


def _timer(stored: Stored) -> str:
    return f"""{_HEAD}[Unit]
Description=Looks for drift of lab {stored.name} of netns.lab, every {stored.interval}

[Timer]
OnActiveSec={stored.interval}
OnUnitActiveSec={stored.interval}

[Install]
WantedBy=timers.target
"""


def _openrc(stored: Stored) -> str:
    names = " ".join(shlex.quote(name.rpartition(".")[0]) for name in stored.before)
    before = f"\n\tbefore {names}" if names else ""
    firewalls = " ".join(provider.SERVICE for provider in PROVIDERS if provider.SERVICE)
    return f"""#!/sbin/openrc-run
{_HEAD}
description="Lab {stored.name} of netns.lab"
extra_started_commands="reload"

depend() {{
\tneed localmount
\tafter net sysctl {firewalls}{before}
}}

start() {{
\tebegin "Building the lab {stored.name}"
\t{PROGRAM} apply {stored.name}
\teend $?
}}

reload() {{
\tstart
}}

stop() {{
\treturn 0
}}
"""


@dataclass
class Result:
    """What a run did, or would do."""

    written: list[HostFile]
    units: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is a step."""
        return bool(self.written or self.units)

    def plan(self) -> list[dict[str, str]]:
        """The steps as a module returns them."""
        return host_files.steps(self.written, self.units)

    def diff(self) -> dict[str, str]:
        """A line for each file."""
        return {
            "before": host_files.sizes((file.path, file.before) for file in self.written),
            "after": host_files.sizes((file.path, file.after) for file in self.written),
        }


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options without those that were not given.

    :param options: the options (dict).
    """
    return {name: value for name, value in options.items() if value not in (None, False)}
