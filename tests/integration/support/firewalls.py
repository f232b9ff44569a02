# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewalls of others for tests: Docker's rules as its iptables leaves them, and what a ruleset is told by."""

from __future__ import annotations

from typing import Any

from .dumps import Dump
from .network import OUTSIDE, ask, ping, serve
from .sandbox import Sandbox

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


def open_paths(sandbox: Sandbox, port: str = "192.168.1.2") -> dict[str, bool]:
    """Which of the ways of the lab ``bridge_nat`` packets take: by ping and TCP."""
    server, web = serve(sandbox, OUTSIDE, 443), serve(sandbox, "blue", 80)
    found = {
        "host to ns": ping(sandbox, "", "192.168.15.1", 1).answered,
        "ns to host": ping(sandbox, "red", "192.168.15.5", 1).answered,
        "ns to ns": ask(sandbox, "red", "192.168.15.2", 80, timeout=0.5) == "192.168.15.1",
        "ns to outside": ask(sandbox, "red", "8.8.8.8", 443, timeout=0.5) == "192.168.1.2",
        "outside to ns": ask(sandbox, OUTSIDE, port, 80, timeout=0.5) == "192.168.1.3",
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
