# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the forms in which rulesets are told, nft's JSON and the text of iptables-save, to chains. Pure."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Optional

from .ruleset import ACCEPT, DROP, GOTO, JUMP, NEVER, NOTHING, REJECT, RETURN, UNKNOWN, Chain, Match, Rule
from .words import exactly, join, split

#: iptables' options that are conditions: the field, and whether its value is a list
_OPTIONS = {
    "-i": "iif", "-o": "oif", "-s": "saddr", "-d": "daddr", "-p": "protocol", "--ctstate": "ctstate",
    "--state": "ctstate", "--ctstatus": "status", "--dport": "dport", "--dports": "dport", "--icmp-type": "icmp",
    "--icmpv6-type": "icmp",
}  # fmt: skip
_TARGETS = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": REJECT, "RETURN": RETURN}
#: targets after which a packet goes on; a name that is none of these is a chain
_PASSING = frozenset(
    {"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "SET", "CT", "CHECKSUM", "CLASSIFY", "TRACE", "AUDIT", "ULOG", "TEE"}
    | {"DSCP", "TOS", "SECMARK", "CONNSECMARK", "TTL", "HL"}
)
_HOOKS = {"INPUT": "input", "FORWARD": "forward", "OUTPUT": "output"}
_PRIORITIES = {"raw": -300, "mangle": -150, "filter": 0, "security": 50}
_PROTOCOLS = {"ipv6-icmp": "icmp", "icmpv6": "icmp", "1": "icmp", "58": "icmp", "6": "tcp", "17": "udp"}
_ICMP = {
    "8": "echo-request", "128": "echo-request", "0": "echo-reply", "129": "echo-reply",
    "133": "nd-router-solicit", "134": "nd-router-advert", "135": "nd-neighbor-solicit", "136": "nd-neighbor-advert",
}  # fmt: skip
#: conditions on headers that a lab's packets do not have: whatever they say of them, they are not met
_HEADERS = ("--rt-", "--frag", "--hbh-", "--dst-len", "--dst-opts", "--ahspi", "--ahlen", "--ahres", "--espspi", "-f")


def from_save(text: str, tool: str, family: str, tables: Container[str] = tuple(_PRIORITIES)) -> list[Chain]:
    """The chains of some tables, by default of those that filter, from what ``iptables-save`` prints.

    :param text: what it prints (str).
    :param tables: the names of the tables (str).
    :param tool: ``iptables-nft`` or ``iptables-legacy`` (str).
    :param family: ``ip`` or ``ip6`` (str).
    """
    table, found = "", {}
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table not in tables:
            continue
        elif line.startswith(":"):
            name, policy, *_counters = line[1:].split()
            chain = Chain(tool, family, table, name, policy=DROP if policy == "DROP" else ACCEPT)
            if policy != "-":
                chain.hook, chain.priority = _HOOKS.get(name, ""), _PRIORITIES.get(table, 0)
            found[table, name] = chain
        elif line.startswith("-A "):
            words = split(line)
            if (table, words[1]) in found:
                found[table, words[1]].rules.append(_save_rule(words[2:]))
    return list(found.values())


def _save_rule(words: list[str]) -> Rule:
    matches, negated, index = [], False, 0
    verdict, target = NOTHING, ""
    while index < len(words):
        word, index = words[index], index + 1
        if word == "!":
            negated = True
            continue
        if word == "--comment":
            index += 1
            continue
        values = []
        first = word in ("-i", "-o")  # any name may follow
        while index < len(words) and (first or not (words[index] == "!" or words[index].startswith("-"))):
            first = False
            values.append(words[index])
            index += 1
        if word in ("-j", "-g"):
            verdict, target = _target(word, values[0])
            break
        if word in _OPTIONS:
            field = _OPTIONS[word]
            parts = [values[0]] if field in ("iif", "oif") else values[0].split(",")
            matches.append(Match(field, tuple(_saved_value(field, part) for part in parts), negated))
        elif word.startswith(_HEADERS):
            matches.append(Match(NEVER))
        elif word == "--physdev-is-bridged":
            matches.append(Match("bridged", ("true",), negated))
        elif word != "-m":
            matches.append(Match(UNKNOWN))
        negated = False
    return Rule(tuple(matches), verdict, target, join(words))


def _target(word: str, name: str) -> tuple[str, str]:
    if name in _TARGETS:
        return _TARGETS[name], ""
    if name in _PASSING:
        return NOTHING, ""
    return (GOTO if word == "-g" else JUMP), name


def _saved_value(field: str, text: str) -> str:
    """A value as the evaluation has it: for iptables a ``+`` at the end of a link's name stands for any end."""
    if field in ("iif", "oif"):
        return f"{text[:-1]}*" if text.endswith("+") else exactly(text)
    return _value(field, text)


def _value(field: str, text: str) -> str:
    text = text.lower() if field in ("ctstate", "status", "protocol") else text
    if field == "icmp":
        return _ICMP.get(text, text)
    return _PROTOCOLS.get(text, text) if field == "protocol" else text


# -- nft ---------------------------------------------------------------------------------------------------------------


def from_nft(items: list[dict[str, Any]], own: str) -> list[Chain]:
    """The chains of all tables but our own, from what ``nft -j list ruleset`` prints.

    :param items: that.
    :param own: the name of our table (str).
    """
    found: dict[tuple[str, str, str], Chain] = {}
    for item in items:
        if "chain" in item:
            told = item["chain"]
            key = (told["family"], told["table"], told["name"])
            if key[1] == own or key[0] not in ("ip", "ip6", "inet", "bridge"):
                continue
            chain = found[key] = Chain("nft", *key)
            if told.get("type") == "filter":
                chain.hook, chain.priority = told["hook"], int(told["prio"])
                chain.policy = told.get("policy", ACCEPT)
        elif "rule" in item:
            told = item["rule"]
            key = (told["family"], told["table"], told["chain"])
            if key in found:
                found[key].rules += _nft_rules(told)
    return list(found.values())


def _nft_rules(told: dict[str, Any]) -> list[Rule]:
    """A rule, or, where it has a map of verdicts, one for each of its elements."""
    matches: list[Match] = []
    for part in told["expr"]:
        (kind, value), *_rest = part.items()
        text = f"handle {told['handle']}" + (f' "{told["comment"]}"' if told.get("comment") else "")
        if kind == "match":
            matches += nft_matches(value)
        elif kind in (ACCEPT, DROP, REJECT, RETURN):
            return [Rule(tuple(matches), kind, "", f"{_words(told)} ({text})")]
        elif kind in (JUMP, GOTO):
            return [Rule(tuple(matches), kind, value["target"], text)]
        elif kind == "vmap":
            return _nft_map(tuple(matches), value, f"{_words(told)} ({text})")
        elif kind == "xt":
            if value and value.get("type") == "target" and value.get("name") not in _PASSING:
                return [Rule((*matches, Match(UNKNOWN)), REJECT, "", f"{value.get('name')} ({text})")]
            matches += [Match(UNKNOWN)] if not value or value.get("type") != "target" else []
        elif kind in ("limit", "quota", "ct count", "fib", "socket", "osf"):
            matches.append(Match(UNKNOWN))
    return []


def _nft_map(matches: tuple[Match, ...], value: dict[str, Any], text: str) -> list[Rule]:
    data = value["data"]
    if not isinstance(data, dict) or "set" not in data:
        return [Rule((*matches, Match(UNKNOWN)), DROP, "", text)]
    rules = []
    for key, verdict in data["set"]:
        (kind, more), *_rest = verdict.items()
        target = more["target"] if kind in (JUMP, GOTO) else ""
        rules.append(Rule((*matches, _nft_match(value["key"], "==", key)), kind, target, text))
    return rules


def nft_matches(value: dict[str, Any]) -> list[Match]:
    """A match, after that of the family which a field of a packet's header implies.

    :param value: the match, in nft's JSON.
    """
    payload = value["left"].get("payload", {}) if isinstance(value["left"], dict) else {}
    if isinstance(value["left"], dict) and "exthdr" in value["left"]:
        return [] if value["right"] is False else [Match(NEVER)]  # ``missing`` is the only one that is met
    family = {"ip": "false", "ip6": "true"}.get(payload.get("protocol", ""))
    implied = [Match("six", (family,))] if family else []
    return [*implied, _nft_match(value["left"], value["op"], value["right"])]


def _nft_match(left: Any, operator: str, right: Any) -> Match:
    field = _nft_field(left)
    values = _nft_values(right)
    if field == UNKNOWN or values is None or operator not in ("==", "!=", "in"):
        return Match(UNKNOWN)
    if field == "six":
        values = ["true" if value == "ipv6" else "false" for value in values]
    return Match(field, tuple(_value(field, value) for value in values), operator == "!=")


def _nft_field(left: Any) -> str:
    if not isinstance(left, dict):
        return UNKNOWN
    if "meta" in left:
        names = {
            "iifname": "iif",
            "iif": "iif",
            "oifname": "oif",
            "oif": "oif",
            "l4proto": "protocol",
            "nfproto": "six",
        }
        return names.get(left["meta"]["key"], UNKNOWN)
    if "ct" in left:
        return {"state": "ctstate", "status": "status"}.get(left["ct"]["key"], UNKNOWN)
    if "payload" in left:
        protocol, name = left["payload"].get("protocol"), left["payload"].get("field")
        if protocol in ("ip", "ip6"):
            names = {"saddr": "saddr", "daddr": "daddr", "protocol": "protocol", "nexthdr": "protocol"}
            return names.get(str(name), UNKNOWN)
        if protocol in ("tcp", "udp", "th"):
            return "dport" if name == "dport" else UNKNOWN
        if protocol in ("icmp", "icmpv6") and name == "type":
            return "icmp"
    return UNKNOWN


def _nft_values(right: Any) -> Optional[list[str]]:
    """What a packet is compared with; None for what is not told here, as the elements of a set with a name."""
    if isinstance(right, bool) or (isinstance(right, str) and right.startswith("@")):
        return None
    if isinstance(right, (str, int)):
        return [str(right)]
    if isinstance(right, list):
        parts = [_nft_values(part) for part in right]
    elif "set" in right:
        members = right["set"] if isinstance(right["set"], list) else [right["set"]]
        parts = [_nft_values(member) for member in members]
    elif "prefix" in right:
        return [f"{right['prefix']['addr']}/{right['prefix']['len']}"]
    elif "range" in right:
        return [f"{right['range'][0]}-{right['range'][1]}"]
    elif "elem" in right:
        return _nft_values(right["elem"]["val"])
    else:
        return None
    return None if None in parts else [value for part in parts if part for value in part]


def _words(told: dict[str, Any]) -> str:
    """What a rule does, in a word."""
    for part in told["expr"]:
        for kind in (DROP, REJECT, ACCEPT, "vmap"):
            if kind in part:
                return "a verdict map" if kind == "vmap" else kind
    return "a rule"
