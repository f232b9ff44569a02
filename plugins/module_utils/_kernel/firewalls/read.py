# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the packet filters of others on the host, of the namespace that the calling thread is in. Changes nothing.

What costs nothing comes first: the list of nft's chains, and the names of the tables that the older iptables has. A
table of that kind is asked for only if it is named there, since asking would load the kernel's module for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Optional

from ..._engine.firewalls.ruleset import Chain, Firewalls
from ..._engine.state import NFT_TABLE, Objects
from ..._model.errors import Kernel
from ..netlink import nf_tables, sysctl
from ..system import nft, refusals

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

_FAMILIES = {"ip": "", "ip6": "6"}
_TABLES = frozenset({"filter", "mangle", "raw", "security", "nat"})
_UFW = "/etc/ufw"
#: the policy of firewalld's that holds our rules, and its file
POLICY = "netns-lab"
POLICY_FILE = f"/etc/firewalld/policies/{POLICY}.xml"
#: the parts of our rich rules, and what is told of each
_PARTS = (("source", "address"), ("destination", "address"), ("icmp-type", "name"))
_OUR_COMMENT = f"comment={b'netns-lab'.hex()}"


def program(name: str) -> Optional[str]:
    """The path of a program of the system's; None where it is not there."""
    return shutil.which(name, path=nft.PATH)


def run(argv: list[str], stdin: Optional[str] = None) -> str:
    """What a program prints.

    :raises OSError: with its words, if it fails.
    """
    env = {"PATH": nft.PATH, "LC_ALL": "C"}
    done = subprocess.run(
        argv, input=stdin, capture_output=True, check=False, env=env, encoding="utf-8", errors="surrogateescape"
    )
    if done.returncode:
        raise OSError(0, f"{argv[0]}: {(done.stderr or done.stdout).strip()}".replace("\n", "; "))
    return done.stdout


def look(chains: Optional[list[dict[str, Any]]]) -> Optional[Firewalls]:
    """What there is of others; None where nothing filters and no place is offered.

    :param chains: nft's chains as :func:`.nft.chains` lists them.
    """
    listed = [item["chain"] for item in chains or () if "chain" in item]
    if not _has_firewalld(listed) and _begins_firewalld():
        listed = [item["chain"] for item in nft.chains() or () if "chain" in item]
    foreign = [told for told in listed if told["table"] != NFT_TABLE]
    filters = any(told.get("type") == "filter" and told["family"] not in ("arp", "netdev") for told in foreign)
    legacy = {family: _legacy_tables(number) for family, number in _FAMILIES.items()}
    ufw, policy = _ufw(), _policy()
    translates = any(told.get("type") == "nat" for told in foreign)
    if not filters and not translates and not any(legacy.values()) and ufw is None and policy is None:
        return None
    found = Firewalls()
    _read(found, foreign, filters or translates, legacy)
    there = [f"ip{_FAMILIES[family]}tables-legacy-save" for family, has in legacy.items() if has]
    found.unread = [save for save in there if program(save) is None]
    found.ufw = ufw
    found.firewalld, found.runs_firewalld = policy, _runs_firewalld(listed, found.chains)
    found.loses = has_runtime_changes
    found.bridged = sysctl.bridged()
    return found


def _legacy_tables(number: str) -> bool:
    """Whether the older iptables has tables: read without loading a module."""
    with suppress(OSError), open(f"/proc/thread-self/net/ip{number}_tables_names", encoding="ascii") as file:
        return any(line.strip() in _TABLES for line in file)
    return False


def _read(into: Firewalls, listed: list[dict[str, Any]], nft_: bool, legacy: dict[str, bool]) -> None:
    """All chains and translations; those of iptables as its own program tells them, which knows all of its matches.

    :param nft_: whether nft has anything to tell.
    """
    from ..._engine.firewalls import parse as firewall_rules  # noqa: PLC0415 - only hosts with firewalls need it
    from ..._engine.lab.nat import foreign as foreign_nat  # noqa: PLC0415 - only hosts with firewalls need it

    found: list[Chain] = []
    translations = []
    if nft_:
        items = _ruleset(listed)
        found, translations = firewall_rules.from_nft(items), [*foreign_nat.from_nft(items)]
    for family, number in _FAMILIES.items():
        ours = any(told["family"] == family and told["table"] in _TABLES for told in listed)
        for tool, there in (("iptables-nft", ours), ("iptables-legacy", legacy[family])):
            save = tool.replace("iptables", f"ip{number}tables") + "-save"
            if there and program(save):
                told, nat = _saved(save, tool, family)
                known = {("nft", family, chain.table) for chain in told + nat} if tool == "iptables-nft" else set()
                found = [chain for chain in found if chain.place not in known] + told
                translations = [each for each in translations if each.chain.place not in known]
                translations += foreign_nat.from_save(nat)
    into.chains, into.translations = found, translations


def _ruleset(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables of others with their chains and rules, as nft lists them; a dormant table does nothing.

    The JSON of nft 1.0.6 breaks off at a table with flags, so where there is one the tables are asked for one by one.

    :param listed: the chains of others.
    """
    flags = nf_tables.flagged()
    if not flags:
        return nft.listed("list", "ruleset")
    found: list[dict[str, Any]] = []
    for family, table in dict.fromkeys((told["family"], told["table"]) for told in listed):
        if (family, table) not in flags:
            found += nft.listed("list", "table", family, table)
        elif not flags[family, table] & nf_tables.DORMANT:
            names = [told["name"] for told in listed if (told["family"], told["table"]) == (family, table)]
            for name in names:
                found += nft.listed("list", "chain", family, table, name)
    return found


def _saved(save: str, tool: str, family: str) -> tuple[list[Chain], list[Chain]]:
    """The chains of one kind of iptables that filter, and those that translate.

    :raises Kernel: if its program fails: what is unknown would be taken for open.
    """
    from ..._engine.firewalls import parse as firewall_rules  # noqa: PLC0415 - as above

    try:
        text = run([save])
    except OSError as exc:
        remedy = "See why it fails: what it does not tell cannot be held against the lab's packets."
        raise Kernel(save, "the rules of this host's firewall", str(exc.strerror), remedy) from exc
    filters = firewall_rules.from_save(text, tool, family)
    return filters, firewall_rules.from_save(text, tool, family, ("nat",))


def exceptions(found: Firewalls, objects: Objects) -> None:
    """The rules of ours that stand at the places of others, as objects."""
    from ..._engine.firewalls import exceptions  # noqa: PLC0415 - as above

    mark = f"--comment {exceptions.COMMENT} "
    for chain in found.chains:
        if chain.tool != "nft" and chain.table == "filter" and chain.name in (exceptions.DOCKER, exceptions.FORWARD):
            for rule in chain.rules:
                if mark in rule.text:
                    objects["firewall_exception", "", f"{chain.tool} {chain.family} {chain.name}", rule.text] = {}
    for place, rules in ((exceptions.UFW, found.ufw or []), (exceptions.FIREWALLD, found.firewalld or [])):
        for text in rules:
            objects["firewall_exception", "", place, text] = {}


# -- ufw ---------------------------------------------------------------------------------------------------------------


def _ufw() -> Optional[list[str]]:
    """The rules of ours that ufw has; None where it is not enabled and has none."""
    enabled = False
    with suppress(OSError), open(f"{_UFW}/ufw.conf", encoding="utf-8", errors="surrogateescape") as file:
        enabled = any(line.strip().replace('"', "").lower() == "enabled=yes" for line in file)
    rules = _ufw_rules()
    return rules if enabled or rules else None


def _ufw_rules() -> list[str]:
    """From the lines in which ufw itself keeps its rules: ``### tuple ### route:allow tcp 80 TO any FROM out_DEV``."""
    found: list[str] = []
    for name in ("user.rules", "user6.rules") if program("ufw") else ():
        with suppress(OSError), open(f"{_UFW}/{name}", encoding="utf-8", errors="surrogateescape") as file:
            ours = [line for line in file if line.startswith("### tuple ### route:allow ") and _OUR_COMMENT in line]
            found += [_ufw_rule(line.split()[4:]) for line in ours]
    return found


def _ufw_rule(words: list[str]) -> str:
    """The rule as arguments of ``ufw route``."""
    protocol, port, to, _from_port, source, *rest = words
    links = [part.partition("_") for part in rest[0].split("!")] if not rest[0].startswith("comment=") else []
    on = [word for way, _dash, dev in links for word in (way, "on", dev)]
    more = (["port", port] if port != "any" else []) + (["proto", protocol] if protocol != "any" else [])
    return " ".join(["allow", *on, "from", source, "to", to, *more])


# -- firewalld ---------------------------------------------------------------------------------------------------------


def _has_firewalld(listed: list[dict[str, Any]]) -> bool:
    """Whether its rules are there, by either of its backends."""
    return any(_is_firewallds(told["table"], told["name"]) for told in listed)


def _is_firewallds(table: str, chain: str) -> bool:
    return table == "firewalld" or chain.startswith("FORWARD_POLICIES")


def _begins_firewalld() -> bool:
    """Whether it runs and has no rules: systemd takes it for started before it has them, and a reload takes them away.

    If so, it has them when this returns: it does not answer until then.
    """
    return program("firewall-cmd") is not None and _has_process("firewalld") and answers_firewalld()


def _has_process(name: str) -> bool:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError), open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as file:
                if file.read().strip() == name:
                    return True
    return False


def answers_firewalld() -> bool:
    """Whether it runs, as its program says, which waits for one that begins."""
    with suppress(OSError):
        return run(["firewall-cmd", "--state"]).strip() == "running"
    return False


def _runs_firewalld(listed: list[dict[str, Any]], chains: list[Chain]) -> bool:
    """Whether its rules are there, or were a moment ago, and itself: one that was killed leaves its rules behind."""
    there = any(_is_firewallds(chain.table, chain.name) for chain in chains)
    return (there or _has_firewalld(listed)) and program("firewall-cmd") is not None and _has_process("firewalld")


def _policy() -> Optional[list[str]]:
    """The rich rules of our policy; None where there is none."""
    if not os.path.exists(POLICY_FILE) or program("firewall-cmd") is None:
        return None
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - few hosts have the file

    root = ET.parse(POLICY_FILE).getroot()  # noqa: S314 - the host's own file
    return [rich_rule(rule) for rule in root.findall("rule")]


def rich_rule(rule: ET.Element) -> str:
    """A rule of a policy's file, as one writes it."""
    parts = [(name, what, rule.find(name)) for name, what in _PARTS]
    told = "".join(f' {name} {what}="{part.get(what)}"' for name, what, part in parts if part is not None)
    return f'rule family="{rule.get("family")}"{told} accept'


def has_runtime_changes() -> bool:
    """Whether firewalld has settings that are not kept, which a reload would lose. Interfaces outlast one.

    :raises Kernel: if it does not tell.
    """
    try:
        return any(_settings(what) != _settings(what, "--permanent") for what in ("zones", "policies"))
    except OSError as exc:
        raise refusals.unread("the settings of firewalld", exc) from exc


def _settings(what: str, *kept: str) -> list[str]:
    """The settings of all zones or policies, without what tells the active ones."""
    lines = run(["firewall-cmd", *kept, f"--list-all-{what}"]).splitlines()
    return [line.replace(" (active)", "") for line in lines if not line.strip().startswith("interfaces:")]
