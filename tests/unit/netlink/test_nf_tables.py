# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of elements as nf_tables packs them, cut up at once or parsed one by one; what nft prints and is no JSON."""

from __future__ import annotations

import struct
import subprocess

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import nf_tables
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.nf_tables import Element
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import nft
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Dependency
from hypothesis import given
from hypothesis import strategies as st

_VALUE, _KEY, _DATA, _FLAGS, _KEY_END = 1, 1, 2, 3, 10


def _attr(kind: int, payload: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(payload), kind) + payload + bytes(-len(payload) % 4)


def _nested(kind: int, value: bytes) -> bytes:
    return _attr(kind | 0x8000, _attr(_VALUE, value))


def _packed(element: Element, more: bytes = b"") -> bytes:
    body = _nested(_KEY, element.key)
    body += _nested(_KEY_END, element.end) if element.end else b""
    body += _nested(_DATA, element.data) if element.data else b""
    return _attr(0x8001, body + more)


def _values(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


@given(st.sampled_from([(8, 0, 8), (8, 8, 4), (24, 24, 20), (12, 12, 0), (16, 0, 8)]).flatmap(
    lambda form: st.lists(st.builds(Element, *(_values(size) for size in form)), max_size=6)))  # fmt: skip
def test_elements_that_are_laid_out_alike(elements: list[Element]) -> None:
    assert [*nf_tables._elements(b"".join(map(_packed, elements)))] == elements


@given(st.lists(st.tuples(st.builds(Element, _values(8), st.sampled_from([b"", bytes(8)]), _values(8)), st.booleans())))
def test_elements_that_are_not(elements: list[tuple[Element, bool]]) -> None:
    comment = _attr(6, b"\0\x02a\0")
    listed = b"".join(_packed(element, comment if commented else b"") for element, commented in elements)
    assert [*nf_tables._elements(listed)] == [element for element, _commented in elements]


def test_the_end_of_an_interval_is_no_element_of_its_own() -> None:
    end = _attr(_FLAGS, struct.pack(">I", 1))
    one = Element(bytes(8), b"", bytes(4))
    assert [*nf_tables._elements(_packed(one) + _packed(one, end))] == [one]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"nftables": 1}', '{"nftables": [1]}', '{"nftables": [{"a"'])
def test_what_is_no_json_of_nft_is_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 0, text, "")
    monkeypatch.setattr(nft.subprocess, "run", lambda *_args, **_options: done)
    with pytest.raises(Dependency, match=r"JSON from nft -j list chains"):
        nft.listed("list", "chains")
