# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else on a host looks after links, and would take those of a lab: addresses added, ports off the bridge. Pure.

Source: systemd.network(5) and NetworkManager.conf(5). A lab does not write into the settings of either: what keeps a
lab (:mod:`.persistence`) does, for it is asked to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Optional

from ..finding import Finding
from ..state import Key, Objects
from .host_state import Managers
from .kinds.link import LinkKey
from .links import table as link_kinds
from .unmanaged import is_plain

_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
#: keys of [Match] that are about the host, not about the link
_OF_HOST = frozenset({"Host", "Virtualization", "KernelCommandLine", "KernelVersion", "Architecture", "Firmware"})
_ETHERNET = re.compile(r"eth[0-9].*")

_Section = list[tuple[str, str]]


class Taken(NamedTuple):
    """A link that would not be left alone.

    :param link: its name.
    :param by: the program.
    :param source: the file, or the lack of a setting, that is the cause.
    """

    link: str
    by: str
    source: str


def taken(managers: Optional[Managers], links: Mapping[str, str]) -> list[Taken]:
    """The links that others would take.

    :param managers: what runs; None for nothing.
    :param links: kinds of the host's links by name.
    """
    found: list[Taken] = []
    if managers is None:
        return found
    for link, kind in links.items():
        path = None if managers.networkd is None else _by_networkd(managers.networkd, link, kind)
        if path is not None:
            found.append(Taken(link, "systemd-networkd", path))
        if managers.network_manager is not None:
            source = _by_network_manager(managers.network_manager, link, kind, managers.udev)
            if source is not None:
                found.append(Taken(link, "NetworkManager", source))
    return found


def of_host(objects: Objects, keys: Sequence[Key]) -> dict[str, str]:
    """Those among objects that are links of the host and of a kind that labs make, by name, with their kinds.

    :param objects: the objects that were read.
    :param keys: the objects' keys.
    """
    ours = [key for key in keys if isinstance(key, LinkKey) and not key.netns and key in objects]
    return {key.name: objects[key]["kind"] for key in ours if objects[key].get("kind") in link_kinds.LINKS}


def advice(managers: Optional[Managers], links: Mapping[str, str]) -> list[str]:
    """A warning for each program that would take links, with what to do about it.

    :param managers: the programs that look after links, None if nobody asked.
    :param links: the links of the host, by name, with their kinds.
    """
    by: dict[str, list[Taken]] = {}
    for each in taken(managers, links):
        by.setdefault(each.by, []).append(each)
    told = []
    for program, found in by.items():
        names = [each.link for each in found]
        some = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        text = f"{program} manages links of this lab ({some}): it may add addresses, or detach them from their "
        told.append(f"{text}bridge, within a minute ({found[0].source}). {_remedy(program, names)}")
    return told


def findings(managers: Optional[Managers], links: Mapping[str, str]) -> Iterator[Finding]:
    """The same for the doctor, one for each link.

    :param managers: the programs that look after links, None if nobody asked.
    :param links: the links of the host, by name, with their kinds.
    """
    for link, program, source in taken(managers, links):
        cause = f"{program} manages it: it may add addresses, or detach it from its bridge"
        yield Finding(link, "stay as described", cause, source, _remedy(program, [link]), "warning")


def _remedy(program: str, names: list[str]) -> str:
    plain = [name for name in names if is_plain(name)] or ["NAME"]
    if program == "NetworkManager":
        match = ",".join(f"interface-name:={name}" for name in plain[:8])
        path = "/etc/NetworkManager/conf.d/90-lab.conf"
        by_hand = f"write [keyfile] unmanaged-devices+={match} to {path}, then nmcli general reload"
    else:
        path = "/etc/systemd/network/05-lab.network"
        by_hand = f"write [Match] Name={' '.join(plain[:8])} and [Link] Unmanaged=yes to {path}, then networkctl reload"
    return f"Store the lab with netns.lab.persistence, which makes them unmanaged, or {by_hand}. Or use other names."


# -- systemd-networkd ------------------------------------------------------------------------------------------------


def _by_networkd(files: Sequence[tuple[str, str]], link: str, kind: str) -> Optional[str]:
    """The file that has networkd look after a link: the first one that matches it decides."""
    for path, text in files:
        sections = _sections(text)
        if _matches(sections.get("Match", []), link, kind):
            unmanaged = dict(sections.get("Link", [])).get("Unmanaged", "no").lower() in _YES
            return None if unmanaged else path
    return None


def _matches(match: _Section, link: str, kind: str) -> bool:
    asked: dict[str, list[str]] = {}
    for name, value in match:
        asked[name] = [*asked.get(name, []), *value.split()] if value else []
    asked = {name: words for name, words in asked.items() if words and name not in _OF_HOST}
    has = {"Name": link, "Kind": kind, "Driver": kind, "Type": link_kinds.of(kind).networkd}
    return bool(asked) and all(name in has and _globs(words, has[name]) for name, words in asked.items())


def _globs(words: Sequence[str], value: str) -> bool:
    """Shell patterns of which one has to match; a ``!`` before the first turns it round."""
    turned = words[0].startswith("!")
    found = any(fnmatchcase(value, word) for word in [words[0].lstrip("!"), *words[1:]])
    return found != turned


# -- NetworkManager --------------------------------------------------------------------------------------------------


def _by_network_manager(files: Sequence[tuple[str, str]], link: str, kind: str, udev: bool) -> Optional[str]:
    """Why NetworkManager looks after a link.

    Of itself it makes a connection for what looks like Ethernet. Bridges and tunnels that others made it leaves as they
    are unless it is told to manage them.
    """
    specs, automatic, devices = "", "", []
    for path, text in files:
        for section, lines in _sections(text).items():
            for name, value in lines:
                if section == "keyfile" and name in ("unmanaged-devices", "unmanaged-devices+"):
                    specs = f"{specs};{value}" if name.endswith("+") else value
                elif section == "main" and name in ("no-auto-default", "no-auto-default+"):
                    automatic = f"{automatic};{value}" if name.endswith("+") else value
            if section.startswith("device"):
                devices.append((path, dict(lines)))
    if _listed(specs, link, kind):
        return None
    for path, lines in devices:
        managed = lines.get("managed", "").lower()
        if managed in (*_YES, *_NO) and _listed(lines.get("match-device", "*"), link, kind):
            return f"managed={managed} in {path}" if managed in _YES else None
    if kind != "veth" or _listed(automatic, link, kind) or (udev and not _ETHERNET.fullmatch(link)):
        return None
    why = "it is named like a network card" if udev else "without udev it manages every veth"
    return f"{why}, and it is not in unmanaged-devices"


def _listed(specs: str, link: str, kind: str) -> bool:
    words = [word.strip() for word in re.split("[,;]", specs)]
    exceptions = [word[len("except:") :] for word in words if word.startswith("except:")]
    plain = [word for word in words if word and not word.startswith("except:")]
    if any(_is(word, link, kind) for word in exceptions):
        return False
    return any(_is(word, link, kind) for word in plain)


def _is(word: str, link: str, kind: str) -> bool:
    name, _colon, value = word.partition(":")
    if name == "interface-name":
        return link == value[1:] if value.startswith("=") else fnmatchcase(link, value.lstrip("~"))
    if name in ("type", "driver"):
        return value == kind or (name == "type" and kind == "veth" and value == "ethernet")
    return word in ("*", link)


def _sections(text: str) -> dict[str, Any]:
    """The settings of a file by section, in their order; a section that comes twice goes on."""
    found: dict[str, _Section] = {}
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
        elif "=" in line and not line.startswith(("#", ";")):
            name, _equals, value = line.partition("=")
            found.setdefault(section, []).append((name.strip(), value.strip()))
    return found
