# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the network state of a host and of its named namespaces as JSON: section -> list of lines.

Run as a program inside a sandbox. Only what the kernel counts, times, draws by lot, or does a moment later is left out.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
#: keys of ``ip -d -j`` and ``nft -j`` that count or time
VOLATILE = {
    "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "message_age_timer", "forward_delay_timer",
    "hold_timer", "packets", "bytes", "expires", "used", "age", "last",
    "tso_max_size", "tso_max_segs",  # a bridge takes them over from a port and keeps them when the port is gone
}  # fmt: skip
#: what a bridge with STP has otherwise while its ports learn
SPANNING = {"topology_change", "topology_change_detected", "ageing_time"}
#: what follows the carrier of a link, which the kernel notices a moment after the act
CARRIER = {"operstate", "tentative", "state"}
CARRIER_FLAGS = {"LOWER_UP", "NO-CARRIER", "linkdown"}
VOLATILE_SYSCTLS = ("stable_secret", "nf_conntrack_count", "netdev_rss_key", "tcp_fastopen_key", "ipfrag_mem")
_libc = ctypes.CDLL(None, use_errno=True)


def clean(value: Any) -> Any:
    """The same value without what counts, times, or comes with the carrier, as IPv6 link-local addresses do."""
    if isinstance(value, dict):
        passing = VOLATILE | CARRIER | (SPANNING if value.get("stp_state") else set())
        return {key: clean(item) for key, item in value.items() if key not in passing}
    if isinstance(value, list):
        return [clean(item) for item in value if not link_local(item) and item not in tuple(CARRIER_FLAGS)]
    return value


def link_local(item: Any) -> bool:
    """Whether an address or a route is one that the kernel makes for IPv6 on a link that gets its carrier."""
    if not isinstance(item, dict):
        return False
    return str(item.get("local", "")).startswith("fe80:") or str(item.get("dst", "")).startswith(("fe80:", "ff00:"))


def run(*argv: str, stdin: str = "") -> str:
    """What a program prints; what it complains of where it fails."""
    done = subprocess.run(argv, check=False, capture_output=True, text=True, input=stdin)
    return done.stdout or done.stderr


def objects(text: str) -> list[list[str]]:
    """The lists that a program printed as JSON: one line for each object, cleaned."""
    lists, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        found, end = decoder.raw_decode(text)
        text = text[end:]
        lists.append([json.dumps(item, sort_keys=True) for item in clean(found) if item])
    return lists


def sysctls() -> list[str]:
    """``sysctl -a`` below net."""
    lines = run("grep", "-rHs", "", "/proc/sys/net").splitlines()
    return sorted(line for line in lines if line.partition(":")[0].rpartition("/")[2] not in VOLATILE_SYSCTLS)


def network() -> dict[str, list[str]]:
    """The state of the namespace that this process is in."""
    links, routes, rules = objects(run("ip", "-d", "-j", "-batch", "-", stdin="address\nroute show table all\nrule\n"))
    (six,) = objects(run("ip", "-6", "-j", "rule"))
    ruleset = json.loads(run("nft", "-j", "list", "ruleset"))["nftables"]
    (nft,) = objects(json.dumps([item for item in ruleset if "metainfo" not in item]))
    (fdb,) = objects(run("bridge", "-j", "fdb", "show"))
    far = [entry for entry in fdb if '"dst"' in entry and '"permanent"' in entry]
    return {"link": links, "route": routes, "rule": rules + six, "nft": nft, "sysctl": sysctls(), "fdb": far}


def mounts() -> list[str]:
    """Every mount with its point, root, options, propagation and kind; without ids.

    A Debian tree that another test makes meanwhile, and moves to its place, is nobody's business.
    """
    lines = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        left, right = line.split(" - ", 1)
        fields = left.split()
        if "/.build/" in fields[4]:
            continue
        propagation = sorted(option.split(":")[0] for option in fields[6:])
        root = "net:[]" if fields[3].startswith("net:[") else fields[3]
        lines.append(" ".join([fields[4], root, fields[5], *propagation, "-", right.split()[0]]))
    return sorted(lines)


def tree(top: Path) -> list[str]:
    """Every path below a folder with its kind and mode, and the text of files under /etc."""
    if not top.exists():
        return ["absent"]
    lines = []
    for path in [top, *sorted(top.rglob("*"))]:
        text = repr(path.read_text(encoding="utf-8")) if top.parts[1] == "etc" and path.is_file() else ""
        lines.append(f"{path} {path.lstat().st_mode:o} {text}".rstrip())
    return lines


def records() -> list[str]:
    """The records of labs: file names and their text; the lock beside them is no record."""
    lines = []
    for path in sorted(Path("/run/netns-lab").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        with contextlib.suppress(ValueError):
            text = json.dumps(json.loads(text), sort_keys=True)
        lines.append(f"{path.name} {text}")
    return lines


def whole() -> dict[str, list[str]]:
    """The host, its files, then each named namespace; the calling process stays in the last of them."""
    folder = Path("/run/netns")
    dump: dict[str, list[str]] = network()
    dump.update(mounts=mounts(), run_netns=tree(folder), etc_netns=tree(Path("/etc/netns")), records=records())
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.is_file() or path.stat().st_dev != Path("/proc/self/ns/net").stat().st_dev:
            continue  # the tree has told of it
        handle = os.open(path, os.O_RDONLY)
        if _libc.setns(handle, CLONE_NEWNET):
            dump[f"{path.name}: setns"] = [os.strerror(ctypes.get_errno())]
        else:
            dump.update({f"{path.name}: {section}": lines for section, lines in network().items()})
        os.close(handle)
    return dump


if __name__ == "__main__":
    json.dump(whole(), sys.stdout)
