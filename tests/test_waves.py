"""Short waves in what is known of a problem choose the network; what has none, or is said, stays as it is."""

from pathlib import Path
from typing import Any

import pytest

from pinn import config, schema

LINE = """unknowns: [u]
domain: {{kind: box, bounds: {{x: [-1, 3]}}}}
terms:
  - {}
  - {{equation: u = 0, on: boundary, hard: true}}
{}"""
STRIP = """unknowns: {}
domain: {{kind: box, bounds: {{x: [0, 2], t: [0, 1]}}, time: t{}}}
terms:
  - equation: u_t = u_xx
  - {{equation: u = {}, on: t=0, hard: true}}
{}"""


def parsed(text: str) -> config.Config:
    return config.parse(text, "f.yaml", Path())


def frequencies(text: str) -> Any:
    network = parsed(text).document.network
    return network.frequencies if isinstance(network, schema.Fourier) else None


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("equation: -u_xx = sin(20*pi*x)", [[40.0]]),
        ("equation: -u_xx = sin(pi*x/2) + 0.2*cos(10*pi*x)", [[20.0]]),
        ("equation: -u_xx = sin(5*pi*x) + 0.5*cos(10*pi*x)", [[10.0], [20.0]]),
        ("equation: -d((2 + cos(8*pi*x))*u_x, x) = 1", [[16.0]]),  # of a coefficient
        ('minimise: "u_x^2/2 - cos(8*pi*x)*u"', [[16.0]]),
        ('minimise: "(2 + cos(8*pi*x))*u_x^2 - u"', [[16.0]]),
        ("equation: -u_xx = sin(2*pi*x)", None),  # four waves
        ("equation: -u_xx = 1 + 0.01*sin(20*pi*x)", None),
        ("equation: -u_xx = exp(-1000*x^2)", None),
        ("equation: -u_xx = (1 - 2000*x^2)*exp(-1000*x^2)", None),  # a peak is no wave, though its spectrum has one
        ("equation: -u_xx = sign(sin(pi*x/2))", None),
        ("equation: -u_xx = x*exp(u)", None),
    ],
)
def test_frequencies_are_those_of_sources_and_coefficients(term, found):
    assert frequencies(LINE.format(term, "")) == found


def test_a_wave_whose_length_changes_is_met_within_its_range():
    ((middle,),) = frequencies(LINE.format("equation: -u_xx = sin(10*pi*(x + 1)^2)", ""))[:1]
    assert 6 <= middle <= 160


def test_values_that_are_built_in_count_along_their_coordinate_alone():
    text = STRIP.format("[u]", ", periodic: [x]", "sin(10*pi*x)", "")
    assert frequencies(text) == [[10.0, 0.0]]
    (sentence,) = parsed(text).chosen_network
    assert sentence == "fourier network: sources, coefficients or values have short waves, 10 along x"


def test_unknowns_of_fewer_coordinates_keep_a_plain_network():
    text = STRIP.replace("u_xx", "k*u_xx").format("{u: {}, k: {inputs: [t], positive: true}}", "", "sin(10*pi*x)", "")
    known = parsed(text)
    assert isinstance(known.document.network, schema.Fourier)
    assert isinstance(known.document.unknowns, dict)
    assert isinstance(known.document.unknowns["k"].network, schema.Mlp)


def test_unknowns_with_networks_of_their_own_are_left_alone():
    known = parsed(STRIP.format("{u: {network: {hidden: [8]}}}", "", "sin(10*pi*x)", ""))
    assert not known.chosen_network
    assert isinstance(known.document.network, schema.Mlp)


def test_waves_in_a_time_that_is_cut_are_left_to_the_slabs():
    text = LINE.replace("[-1, 3]}}}}", "[-1, 3]}}, time: x}}").replace("on: boundary", "on: x=-1")
    assert frequencies(text.format("equation: u_x = sin(5*pi*x)", "")) == [[10.0]]
    assert frequencies(text.format("equation: u_x = sin(5*pi*x)", "training: {slabs: 4}")) is None


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        ("network: {hidden: [12]}", None),
        ("network: {kind: mlp}", "40 along x, which a plain network learns slowly, if at all"),
        ("network: {activation: swish}", "40 along x, which a plain network learns slowly, if at all"),
        ("network: {activation: sin}", None),
        ("network: {kind: siren}", None),
    ],
)
def test_what_is_said_of_the_network_stays(said, warned):
    known = parsed(LINE.format("equation: -u_xx = sin(20*pi*x)", said))
    network, warnings = known.document.network, [w.message for w in known.warnings]
    if "hidden" in said:
        assert isinstance(network, schema.Fourier)
        assert network.hidden == [12]
    else:
        assert not isinstance(network, schema.Fourier)
    assert [warned in message for message in warnings] == [True] * bool(warned) if warned else not warnings
    if warned:
        assert "network: {kind: fourier, frequencies: [[40]]}" in (known.warnings[0].hint or "")
