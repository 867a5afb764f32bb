"""Bessel functions J_n and I_n of whole orders: which of them there are, and the integral that gives them.

Both are coefficients of power series in z: Σ J_n(x) z^n = e^(xw) with w = (z - 1/z)/2, and Σ I_n(x) z^n = e^(xw) with
w = (z + 1/z)/2. By Cauchy's formula J_n and I_n are the means of e^(xw) z^(-n) over a circle, and their derivatives
those of w^m e^(xw) z^(-n). Means over equidistant points converge exponentially (Trefethen & Weideman, SIAM Review
2014). The circle goes through the saddle point of the integrand, so that small values keep their digits, as 1e-189 of
J_100(1) does; nearer to zero than 1 it is that of 1, for it would grow without bound.
"""

import math
from functools import cache

MOST = 100
"""The highest order that can be written; derivatives ask for a few more."""
REACH = 200.0
"""The largest |x|; beyond it there are too few points on the circle, and the functions count as undefined."""
SIGNS = {"besselj": -1, "besseli": 1}
"""Name → s of w = (z + s/z)/2."""

LIMITS = f"a Bessel function has values for arguments from {-REACH:g} to {REACH:g}"

_MORE = 100
"""Points beyond |x| + n: so far out the coefficients are below rounding, those of many derivatives too."""


@cache
def angles(order: int) -> tuple[tuple[float, float, float], ...]:
    """(cos t, sin t, n t modulo 2π) of points z = r e^(it) on the upper half of a circle; the lower is alike."""
    count = (order + int(REACH) + _MORE) // 2
    half = math.pi / (2 * count)
    turns = [(half * odd, half * (odd * order % (4 * count))) for odd in range(1, 2 * count, 2)]
    return tuple((math.cos(t), math.sin(t), turn) for t, turn in turns)


def value(name: str, order: float, x: float) -> float:
    """J_n or I_n at x, n being whole; nan where |x| > `REACH`."""
    if not abs(x) <= REACH:
        return math.nan
    sign, near = SIGNS[name], max(abs(x), 1.0)
    radius = max((order + math.sqrt(max(order * order + sign * near * near, 0.0))) / near, 1.0)
    along, across = x * (radius + sign / radius) / 2, x * (radius - sign / radius) / 2
    depth, points = order * math.log(radius), angles(int(order))
    terms = (math.exp(along * cosine - depth) * math.cos(across * sine - turn) for cosine, sine, turn in points)
    return math.fsum(terms) / len(points)
