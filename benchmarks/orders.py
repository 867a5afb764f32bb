"""Time against the order of a derivative: matrix products grow linearly with it, the elementwise part by a parabola.

The matrix part is the floor, the plan's products at the measured rate; the parabola is fitted to the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import report
from report import Row


def fitted(rows: Sequence[Row]) -> dict[str, Any]:
    """For rows of order 1, 2, …: the points of a plot, and the parts of the time in seconds."""
    order = np.arange(1, len(rows) + 1)
    seconds = np.array([row["methods"]["ours"]["seconds"] for row in rows])
    floor = np.array([row["plan"]["floor_seconds"] for row in rows])
    parabola = np.polyfit(order, seconds - floor, 2)
    fit = floor + np.polyval(parabola, order)
    return {
        "orders": order.tolist(),
        "seconds": seconds.tolist(),
        "floor_seconds": floor.tolist(),
        "fit_seconds": fit.tolist(),
        "products": [row["methods"]["ours"]["products"] for row in rows],
        "matrix_per_order": float(np.polyfit(order, floor, 1)[0]),
        "rest": dict(zip(("quadratic", "linear", "constant"), parabola.tolist(), strict=True)),
        "relative_misfit": float(np.linalg.norm(fit - seconds) / np.linalg.norm(seconds)),
    }


def table(rows: Sequence[Row], found: Mapping[str, Any]) -> str:
    """The same in words, with the other methods beside it."""
    columns = ("orders", "seconds", "floor_seconds", "fit_seconds", "products")
    lines = [
        [str(k), *(report.number(t * 1e3) for t in times), str(count), *report.others(row)]
        for (k, *times, count), row in zip(zip(*(found[c] for c in columns), strict=True), rows, strict=True)
    ]
    head = ["order", "ours", "matrix floor", "floor + fit", "products", *report.BASELINES]
    rest = {name: report.number(value * 1e3) for name, value in found["rest"].items()}
    first = rows[0]
    return (
        f"Derivative of order k along a direction, value and gradient, d={first['dim']}, width {first['width']}, "
        f"{first['points']} points, {first['precision']}; times in ms\n\n{report.markdown(head, lines)}\n\n"
        f"matrix floor: {report.number(found['matrix_per_order'] * 1e3)} for each order; "
        f"the rest: {rest['constant']} + {rest['linear']} k + {rest['quadratic']} k²; "
        f"misfit {found['relative_misfit']:.1%}"
    )
