# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dummy links: they have nothing but what every link has. Pure."""

from __future__ import annotations

from .kind import LinkKind, always, given, made_with, named, nothing

KIND = LinkKind(
    over=None,
    first=False,
    long=(),
    networkd="ether",
    fill=given,
    prepare=nothing,
    anew=made_with(),
    check=nothing,
    check_new=nothing,
    restorable=always,
    is_same=None,
    udp=nothing,
    seizes=nothing,
    named=named,
    told=nothing,
)
