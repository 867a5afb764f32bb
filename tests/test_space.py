import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.expressions.operators import Operator
from pinn.jets import Space

LAPLACIAN = Operator.laplacian(range(2))
FULL = [Operator.partial(0, 0), Operator.partial(0, 1), Operator.partial(1, 1)]
OBLIQUE = Operator.along((math.sqrt(3) / 2, 0.5))

directions = st.tuples(*[st.integers(-4, 4)] * 3).filter(any)
operators = st.lists(
    st.builds(lambda v, n: Operator.along(v).power(n), directions, st.integers(1, 3)), min_size=1, max_size=3
)


def combined(space, pairs):
    """The operator with these coordinates."""
    return Operator.of([(m, c * factor) for i, factor in pairs for m, c in space.basis[i].terms])


def tensor(left, right):
    """p(ξ) q(η) as a mapping from pairs of monomials to coefficients."""
    return {(m, n): a * b for m, a in left.terms for n, b in right.terms}


@pytest.mark.parametrize(
    ("operators", "size"),
    [
        ([], 1),
        ([LAPLACIAN], 4),
        ([LAPLACIAN.power(2)], 9),
        ([LAPLACIAN.power(3)], 16),
        ([Operator.laplacian(range(3)).power(2)], 14),
        ([Operator.laplacian(range(10))], 12),
        (FULL, 6),
        ([Operator.along((1, 2)).power(4)], 5),
        ([Operator.along((0.3, -1.7)).power(4)], 5),
        ([OBLIQUE.power(6)], 7),
        ([Operator.partial(0, 0), Operator.partial(1, 1)], 5),
        ([LAPLACIAN, Operator.partial(0, 0)], 5),
        ([Operator.along((0.6, 0.8)).power(2), Operator.along((-0.8, 0.6)).power(2), LAPLACIAN], 5),
        ([Operator.of({(0, 0): 1, (1, 1): 1, (1,): -2, (): 9})], 4),
    ],
)
def test_the_closure_is_as_small_as_it_can_be(operators, size):
    space = Space.closure(operators)
    assert len(space) == size
    assert all(space.contains(operator) for operator in operators)


def test_the_basis_starts_with_the_identity_and_is_sorted_by_degree():
    space = Space.closure([LAPLACIAN.power(2), Operator.partial(1)])
    assert space.basis[0].is_identity
    assert space.degrees == (0, 1, 1, 2, 2, 2, 3, 3, 4)


def test_monomials_of_the_span_are_basis_elements():
    space = Space.closure([LAPLACIAN.power(2)])
    assert set(FULL) < set(space.basis)


@settings(max_examples=40, deadline=None)
@given(operators)
def test_the_space_is_closed_under_derivatives_of_its_polynomials(given):
    space = Space.closure(given)
    assert all(space.contains(operator.derivative(i)) for operator in space.basis for i in range(3))


@settings(max_examples=40, deadline=None)
@given(operators)
def test_the_product_table_is_the_coproduct(given):
    space = Space.closure(given)
    for operator, pairs in zip(space.basis, space.products, strict=True):
        found: dict = {}
        for i, j, c in pairs:
            for key, value in tensor(space.basis[i], space.basis[j]).items():
                found[key] = found.get(key, 0.0) + c * value
        expected: dict = {}
        for monomial, c in operator.terms:
            for chosen in range(2 ** len(monomial)):
                left = tuple(m for k, m in enumerate(monomial) if chosen >> k & 1)
                right = tuple(m for k, m in enumerate(monomial) if not chosen >> k & 1)
                expected[left, right] = expected.get((left, right), 0.0) + c
        size = max(map(abs, expected.values()))
        for key in found.keys() | expected.keys():
            assert found.get(key, 0.0) == pytest.approx(expected.get(key, 0.0), rel=1e-9, abs=1e-9 * size)


def test_the_product_rule_of_the_laplacian():
    space = Space.closure([LAPLACIAN])
    assert space.products[3] == ((0, 3, 1.0), (1, 1, 2.0), (2, 2, 2.0), (3, 0, 1.0))
    assert space.squares[3] == ((0, 3, 2.0), (1, 1, 2.0), (2, 2, 2.0))


@settings(max_examples=40, deadline=None)
@given(operators, st.data())
def test_coordinates_give_the_operator_back(given, data):
    space = Space.closure(given)
    weights = data.draw(st.lists(st.integers(-3, 3), min_size=len(space), max_size=len(space)))
    operator = combined(space, [(i, float(w)) for i, w in enumerate(weights) if w])
    found = dict(space.coordinates_of(operator))
    assert found == pytest.approx({i: float(w) for i, w in enumerate(weights) if w}, rel=1e-9)


def test_an_operator_outside_is_refused():
    space = Space.closure([LAPLACIAN])
    assert not space.contains(Operator.partial(0, 0))
    with pytest.raises(ValueError, match="not in the space"):
        space.coordinates_of(Operator.partial(0, 0))


def test_rounded_powers_of_a_direction_are_still_its_powers():
    space = Space.closure([OBLIQUE.power(4)])
    for n in range(5):
        ((index, _),) = space.coordinates_of(OBLIQUE.power(n))
        assert index == n


def test_spaces_are_equal_by_what_they_span():
    assert Space.closure([Operator.along((3, -17)).power(2)]) == Space.closure([Operator.along((0.3, -1.7)).power(2)])
    one, other = Space.closure(FULL), Space.closure([*reversed(FULL), Operator.partial(1), LAPLACIAN])
    assert one == other
    assert hash(one) == hash(other)
    assert one != Space.closure([LAPLACIAN])


def test_the_union_contains_both_and_nothing_needless():
    union = Space.closure([LAPLACIAN]).union(Space.closure([Operator.partial(0, 1)]))
    assert len(union) == 5
    assert union.contains(LAPLACIAN)
    assert union.contains(Operator.partial(0, 1))


def test_the_shifted_space_holds_what_an_operand_must_be_known_on():
    gradient = Space.closure([Operator.partial(0), Operator.partial(1)])
    shifted = gradient.shifted(LAPLACIAN)
    assert all(shifted.contains(element.compose(LAPLACIAN)) for element in gradient.basis)
    assert max(shifted.degrees) == 3
    assert Space.closure([]).shifted(LAPLACIAN) == Space.closure([LAPLACIAN])


def test_large_spaces_have_one_block_for_each_degree():
    small, large = Space.closure([LAPLACIAN.power(2)]), Space.closure([Operator.laplacian(range(40))])
    hessian = Space.closure([Operator.partial(i, j) for i in range(6) for j in range(i + 1)])
    assert len(hessian.blocks) == len(hessian) == 28
    assert [len(block) for block in Space.closure([Operator.laplacian(range(9))]).blocks] == [1, 9, 1]
    assert [list(block) for block in small.blocks] == [[p] for p in range(9)]
    assert [list(block) for block in large.blocks] == [[0], list(range(1, 41)), [41]]


def test_many_dimensions_are_cheap():
    start = time.process_time()
    space = Space.closure([Operator.laplacian(range(1000))])
    assert len(space) == 1002
    assert sum(map(len, space.products)) == 3003
    assert time.process_time() - start < 5
