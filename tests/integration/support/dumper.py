# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the network state of a host and of its named namespaces as JSON: section -> list of lines.

Run as a program inside a sandbox. Only what the kernel counts, times or draws by lot is left out.
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
    "hold_timer", "packets", "bytes", "num_tx_queues_used", "expires", "used", "age", "last",
}  # fmt: skip
VOLATILE_SYSCTLS = ("stable_secret", "nf_conntrack_count", "netdev_rss_key", "tcp_fastopen_key", "ipfrag_mem")
_libc = ctypes.CDLL(None, use_errno=True)


def clean(value: Any) -> Any:
    """The same value without what counts or times."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items() if key not in VOLATILE}
    return [clean(item) for item in value] if isinstance(value, list) else value


def query(*argv: str) -> list[str]:
    """Run a program that prints JSON and return one sorted line for each object."""
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode:
        return [f"{' '.join(argv)}: {done.stderr.strip()}"]
    found = json.loads(done.stdout or "[]")
    if isinstance(found, dict):
        found = [item for item in found["nftables"] if "metainfo" not in item]
    return [json.dumps(clean(item), sort_keys=True) for item in found if item]


def sysctls() -> list[str]:
    """``sysctl -a`` below net."""
    lines = []
    for path in Path("/proc/sys/net").rglob("*"):
        if path.name in VOLATILE_SYSCTLS or path.is_dir():
            continue
        with contextlib.suppress(OSError):
            value = path.read_text(encoding="ascii", errors="replace").strip()
            lines.append(f"{path.relative_to('/proc/sys')} = {value}")
    return sorted(lines)


def network() -> dict[str, list[str]]:
    """The state of the namespace that this process is in."""
    return {
        "link": query("ip", "-d", "-j", "link"),
        "address": query("ip", "-j", "address"),
        "route": query("ip", "-j", "route", "show", "table", "all")
        + query("ip", "-6", "-j", "route", "show", "table", "all"),
        "rule": query("ip", "-j", "rule") + query("ip", "-6", "-j", "rule"),
        "nft": query("nft", "-j", "list", "ruleset"),
        "sysctl": sysctls(),
    }


def mounts() -> list[str]:
    """Every mount with its point, root, options, propagation and kind; without ids."""
    lines = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        left, right = line.split(" - ", 1)
        fields = left.split()
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
    found = sorted(Path("/run/netns-lab").glob("*.json"))
    return [f"{path.name} {path.read_text(encoding='utf-8')!r}" for path in found]


def main() -> None:
    """Dump the host, its files, then each named namespace."""
    folder = Path("/run/netns")
    dump: dict[str, list[str]] = network()
    dump.update(mounts=mounts(), run_netns=tree(folder), etc_netns=tree(Path("/etc/netns")), records=records())
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        handle = os.open(path, os.O_RDONLY)
        if _libc.setns(handle, CLONE_NEWNET):
            dump[f"{path.name}: setns"] = [os.strerror(ctypes.get_errno())]
        else:
            dump.update({f"{path.name}: {section}": lines for section, lines in network().items()})
        os.close(handle)
    json.dump(dump, sys.stdout)


if __name__ == "__main__":
    main()
