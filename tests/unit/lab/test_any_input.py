# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Anything that JSON can hold, for any option of any module: it is taken, or refused in the collection's own form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import file as file_capability
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import policy as capability_policy
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import single_request, topology_request
from ansible_collections.netns.lab.plugins.module_utils._model import naming, reading, spec
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import spec as capabilities_spec
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument, LabError
from ansible_collections.netns.lab.plugins.module_utils._model.lab import spec as lab_spec
from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import lists_of
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.reachability import expectations
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts import group as hosts
from ansible_collections.netns.lab.plugins.module_utils._runner import left
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat import definition
from ansible_collections.netns.lab.plugins.plugin_utils.drawing import scene as drawing
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import is_spanning
from hypothesis import given, settings
from hypothesis import strategies as st

LAST = 40
#: characters that an error has at most, however large its input was
MOST = 20000
INVENTORY = {"hostvars": {"h1": {}, "h2": {"ansible_host": "192.0.2.2"}}, "groups": {"all": ["h1", "h2"]}}

#: texts that mean something to a shell, nft, iptables, systemd, SQL, sysfs, YAML or to Python's own conversions
ODD = [
    "", " ", ".", "..", "/", "a/b", "../../etc/passwd", "-r", "--help", "*", "?", "[k]", "!lo", "e*", "a+b", "br+", "br#x", "br~1",
    "é", "ü" * 8, "a b", "a\nb", "a\0b", "\x1b[31m", "\u202e", '"', "'", "`id`", "$(id)", "${x}", "%s", "%", "{{ 1 }}", "{% x %}", "a;b",
    "a,b", "a|b", "a&b", "a\\", "#", "true", "1.5", "null", "0x10", "0", "-1", "1e400", "nan", "inf", "9" * 40, "²", "٣", "1_0",
    "10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "255.255.255.255", "127.0.0.1/8", "0.0.0.0/0", "::/0", "::1", "fe80::1", "fe80::1%lo",
    "::ffff:10.0.0.1", "ff02::1/64", "224.0.0.0/4", "10.0.0.1:80", "[::1]:80", "[", "]", "[]", "{}", "{", "name=red", "a=b,c", "1-65535",
    "65535-1", "default", "all", "lo", "main", "host", "net.ipv4.ip_forward", "net/../x", "net.ipv4.conf.a/b.x", "02:00:00:00:00:01",
    "x" * 300, "red",
]  # fmt: skip
TEXT = st.one_of(st.sampled_from(ODD), st.text(max_size=20), st.text(st.characters(codec="ascii"), max_size=20))
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(0, 70000), st.floats(), TEXT)
JSON = st.recursive(
    SCALAR, lambda part: st.one_of(st.lists(part, max_size=3), st.dictionaries(TEXT, part, max_size=3)), max_leaves=6
)


def value(form: spec.Spec) -> st.SearchStrategy[Any]:
    """What fits the form of an option for the most part, with texts for texts, and else anything."""
    kind = form["type"]
    if "options" in form:
        entry = st.fixed_dictionaries({}, optional={key: value(part) for key, part in form["options"].items()})
        fits: st.SearchStrategy[Any] = st.lists(st.one_of(entry, TEXT), max_size=3) if kind == "list" else entry
    elif kind == "list":
        fits = st.lists(value({"type": form["elements"]}), max_size=3)
    elif "choices" in form:
        fits = st.sampled_from(form["choices"])
    else:
        fits = {
            "str": TEXT, "path": TEXT, "int": st.integers(-2, 70000), "bool": st.booleans(), "float": st.floats(),
            "dict": st.dictionaries(TEXT, SCALAR, max_size=3), "raw": JSON,
        }[kind]  # fmt: skip
    return st.one_of(fits, fits, fits, JSON)


def _topology(params: dict[str, Any]) -> None:
    lists = lists_of(params)
    if is_spanning(lists, params.get("span")):
        span_lab(params.get("name"), lists, params.get("span"), INVENTORY).part("h1")
    else:
        topology_request(params)


def _single(resource: str) -> Callable[[dict[str, Any]], Any]:
    return lambda params: single_request(resource, params)


def _capabilities(params: dict[str, Any]) -> None:
    capability_policy.policy_name(params["name"])
    capability_policy.entries(params["files"] or (), LAST)


def _confirm(params: dict[str, Any]) -> None:
    naming.lab_name("name", params["name"])


def _reachability(params: dict[str, Any]) -> None:
    expectations.timeout(params["timeout"])
    expectations.parse(params["expectations"] or (), ["red", "blue"])


#: module -> (its form, what reads it before the kernel is asked)
READERS: dict[str, tuple[reading.Spec, Callable[[dict[str, Any]], Any]]] = {
    "topology": (lab_spec.topology_spec(), _topology),
    **{kind.module: (lab_spec.module_spec(option), _single(option)) for option, kind in KINDS.items()},
    "file_capability": (capabilities_spec.FILE_CAPABILITY, lambda params: file_capability.request(params, LAST)),
    "file_capability_policy": (capabilities_spec.FILE_CAPABILITY_POLICY, _capabilities),
    "file_capability_info": (
        capabilities_spec.FILE_CAPABILITY_INFO, lambda params: capability_policy.allowed(params["allow"] or (), LAST)),
    "persistence": (spec.PERSISTENCE, lambda params: naming.lab_name("name", params["name"])),
    "reachability": (expectations.reachability_spec(), _reachability),
    "test_hosts": (hosts.TEST_HOSTS, hosts.host_group),
    "topology_confirm": (spec.TOPOLOGY_CONFIRM, _confirm),
}  # fmt: skip


def told(call: Callable[[], Any]) -> None:
    """A call that ends, or is refused with all that a person needs."""
    try:
        call()
    except LabError as error:
        parts = error.as_dict()
        assert all(parts[name] for name in ("kind", "object", "expected", "found", "remedy")), parts
        assert len(error.text()) < MOST


@pytest.mark.parametrize("module", READERS)
@settings(max_examples=settings.default.max_examples // 8)
@given(data=st.data())
def test_any_value_of_any_option_is_taken_or_refused(module: str, data: st.DataObject) -> None:
    form, reader = READERS[module]
    drawn = st.fixed_dictionaries({}, optional={key: value(part) for key, part in form.items()})
    params = data.draw(drawn)

    def call() -> None:
        read = reading.module_options(params, form, module)
        remaining = {key: left(part) for key, part in form.items()}
        checked = ArgumentSpecValidator(remaining).validate(read)
        if not checked.error_messages:
            reader(checked.validated_parameters)

    told(call)


@given(
    st.fixed_dictionaries({}, optional={key: st.one_of(JSON, st.lists(TEXT, max_size=3)) for key in definition.OPTIONS})
)
def test_any_short_form_is_taken_or_refused(options: dict[str, Any]) -> None:
    good = {"subnet": "10.9.0.0/24", "namespaces": ["red", "blue"]}
    told(lambda: topology_request(definition.topology(options)))
    told(lambda: topology_request(definition.topology({**good, **options})))


@given(st.one_of(JSON, st.dictionaries(st.sampled_from([*KINDS, "name"]), JSON, max_size=3)))
def test_any_lab_is_drawn_or_refused(lab: Any) -> None:
    told(lambda: drawing.scene(lab))


#: a megabyte in each place that an error may show
LARGE = "n" * 1_000_000


@pytest.mark.parametrize(
    "lab",
    [
        {"name": LARGE},
        {"namespaces": [LARGE]},
        {"namespaces": [{"name": "a", LARGE: 1}]},
        {"namespaces": [{"name": "a", "sysctls": {LARGE: "1"}}]},
        {"bridges": [{"name": "a", "addresses": [LARGE]}]},
        {"bridges": [{"name": "a", "mac": LARGE}]},
        {"bridges": [{"name": list(LARGE)}]},
        {"bridges": {"a": LARGE}},
        {"routes": [{"dst": f"{LARGE}/24"}]},
        {"veths": [{"name": "a " * 500_000, "peer": "b"}]},
        {"port_forwards": [{"protocol": LARGE, "port": "1", "to": "10.0.0.1"}]},
    ],
    ids=range(11),
)
def test_what_is_large_is_not_echoed_whole(lab: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        topology_request(reading.module_options(lab, lab_spec.topology_spec()))
    assert len(str(caught.value.as_dict())) < MOST
