# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewalls of others for tests: Docker's rules as its iptables leaves them, and what a ruleset is told by."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .dumps import Dump
from .host_groups import TREES, until
from .network import OUTSIDE, ask, ping, serve
from .sandbox import Background, Sandbox

#: as dockerd 20 to 27 leaves it, with one published port and a network of its own
DOCKER = """
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8080 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:8080
COMMIT
"""

#: as dockerd 28 and later leaves it
DOCKER_28 = """
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8080 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
COMMIT
"""

#: what nothing but the packets changes
_COUNTED = (
    r"""sed -E 's/\[[0-9]+:[0-9]+\]//; s/counter packets [0-9]+ bytes [0-9]+/counter/; /^# (Generated|Completed)/d'"""
)


def rules_of_others(sandbox: Sandbox) -> str:
    """Every rule but those of our own table, as each tool tells it, without counters."""
    return sandbox.sh(
        f"""
        for save in iptables-nft-save ip6tables-nft-save iptables-legacy-save ip6tables-legacy-save; do
            echo "$save"
            names=/proc/net/$(echo $save | sed 's/tables-legacy-save/_tables_names/; s/tables-nft-save/none/')
            case $save in *legacy*) [ -s "$names" ] || continue ;; esac
            $save 2>/dev/null | {_COUNTED}
        done
        nft list tables | grep -v 'inet netns_lab' | while read -r table; do
            nft list $table | {_COUNTED}
        done
        """
    )


def open_paths(sandbox: Sandbox, neighbour: str = "192.168.1.3") -> dict[str, bool]:
    """Which of the ways of the lab ``bridge_nat`` packets take: by ping and TCP."""
    server, web = serve(sandbox, OUTSIDE, 443), serve(sandbox, "blue", 80)
    found = {
        "host to ns": ping(sandbox, "", "192.168.15.1", 1).answered,
        "ns to host": ping(sandbox, "red", "192.168.15.5", 1).answered,
        "ns to ns": ask(sandbox, "red", "192.168.15.2", 80, timeout=0.5) == "192.168.15.1",
        "ns to outside": ask(sandbox, "red", "8.8.8.8", 443, timeout=0.5) == "192.168.1.2",
        "outside to ns": ask(sandbox, OUTSIDE, "192.168.1.2", 80, timeout=0.5) == neighbour,
    }
    server.stop()
    web.stop()
    return found


#: all of them open
OPEN = dict.fromkeys(("host to ns", "ns to host", "ns to ns", "ns to outside", "outside to ns"), True)


def warnings(result: dict[str, Any]) -> str:
    """The texts of a module's warnings; ansible-core 2.19 and later wrap them on their way."""
    texts = [found["event"]["msg"] if isinstance(found, dict) else found for found in result.get("warnings", [])]
    return "\n".join(texts)


def without_handles(dump: Dump) -> Dump:
    """A dump without nft's rules, which have numbers there; :func:`rules_of_others` has their text."""
    return {section: lines for section, lines in dump.items() if section != "nft"}


# -- the real programs -------------------------------------------------------------------------------------------------

#: unpacks ufw and firewalld, and what they need and this machine lacks, beside it: nothing is installed or started here
_UNPACK = r"""
set -eu
mkdir -p "$1"
exec 9>"$1.lock"
flock 9
[ ! -e "$1/root" ] || exit 0
rm -rf "$1"
mkdir -p "$1/debs/partial" "$1/new"
apt-get -qq -o Debug::NoLocking=1 -o Dir::Cache::archives="$1/debs" \
    install --yes --download-only --reinstall --no-install-recommends ufw firewalld >/dev/null
for deb in "$1"/debs/*.deb; do dpkg-deb -x "$deb" "$1/new"; done
if [ -d "$1/new/lib" ]; then cp -a "$1/new/lib/." "$1/new/usr/lib/"; fi
cp "$1"/new/usr/share/ufw/iptables/*.rules "$1/new/etc/ufw/"
cp "$1/new/usr/share/ufw/ufw.conf" "$1/new/etc/ufw/"
actions=$1/new/usr/share/polkit-1/actions
ln -s org.fedoraproject.FirewallD1.server.policy.choice "$actions/org.fedoraproject.FirewallD1.policy"
mv "$1/new" "$1/root"
"""

#: puts them into a sandbox, whose /etc is its own already
_PUT = r"""
for folder in usr var; do
    mkdir -p /run/.sandbox/$folder.up /run/.sandbox/$folder.work
    mount -t overlay overlay -o \
        lowerdir={root}/$folder:/$folder,upperdir=/run/.sandbox/$folder.up,workdir=/run/.sandbox/$folder.work /$folder
done
cp -a {root}/etc/. /etc/
chmod 640 /etc/ufw/*.rules
"""


@functools.lru_cache(None)
def unpacked() -> tuple[Path, str]:
    """Where ufw and firewalld are unpacked, and empty text; or why they cannot be had."""
    folder = TREES.parent / "firewalls"
    command = ["timeout", "120", "sh", "-c", _UNPACK, "sh", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return folder / "root", f"no packages: {done.stderr.strip()[-300:]}" if done.returncode else ""


def put(sandbox: Sandbox) -> None:
    """Have ufw and firewalld in a sandbox."""
    root, why = unpacked()
    if why:
        pytest.skip(why)
    (root / "var").mkdir(exist_ok=True)
    sandbox.sh(_PUT.format(root=root))


def start_ufw(sandbox: Sandbox) -> None:
    """Enable it, with its defaults."""
    put(sandbox)
    sandbox.sh("ufw --force enable; ufw reload")


def start_firewalld(sandbox: Sandbox) -> Background:
    """Start it on a message bus of the sandbox's own."""
    put(sandbox)
    sandbox.sh("mkdir -p /run/dbus; dbus-daemon --system --fork --nopidfile")
    daemon = sandbox.background(["firewalld", "--nofork", "--nopid"])
    until(lambda: "running" in sandbox.sh("firewall-cmd --state", check=False).split(), "firewalld")
    return daemon


def settings(sandbox: Sandbox, folder: str) -> str:
    """Every file below a folder, with its mode and its bytes."""
    return sandbox.sh(f"find {folder} -printf '%p %m %U %G\\n' | sort; find {folder} -type f | sort | xargs sha256sum")
