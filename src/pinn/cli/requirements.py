"""`--require NAME=BOUND`: numbers that a solution must meet, known to be measurable before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinn.errors import RequestError, RequirementError, suggestion

if TYPE_CHECKING:
    from pinn.config import Config
    from pinn.evaluation import Report
    from pinn.runs import Run

_AGAINST_REFERENCE = ("relative_l2", "relative_linf")
_AGAINST_EXACT = (*_AGAINST_REFERENCE, "relative_h1")


@dataclass(frozen=True)
class Requirement:
    """A measured number must be at most the bound; a bare metric stands for the worst of its owners."""

    name: str
    bound: float

    def measured(self, report: "Report") -> float:
        """The number that the name stands for."""
        if self.name == "loss":
            return report.loss
        owner, _, metric = self.name.rpartition(".")
        known = {**report.errors, **report.parameters, **report.quantities}
        return max(values[metric] for name, values in known.items() if metric in values and owner in ("", name))


def requirements(said: Sequence[str], config: "Config") -> list[Requirement]:
    """The requirements that options say; raises `RequestError` for what cannot be measured."""
    known = _measurable(config)
    found = []
    for text in said:
        name, _, bound = (part.strip() for part in text.partition("="))
        try:
            requirement = Requirement(name, float(bound))
        except ValueError:
            raise RequestError(f"--require '{text}' is not NAME=BOUND", "such as relative_l2=1e-6") from None
        if name not in known:
            can = f"this config allows {', '.join(known)}; 'exact' or 'reference' make errors known"
            raise RequestError(f"--require: '{name}' cannot be measured", suggestion(name, known) or can)
        found.append(requirement)
    return found


def measure(run: "Run", required: Sequence[Requirement]) -> None:
    """Measure the stored solution of a run and judge it."""
    if not required:
        return
    from pinn import evaluation, problems, recording

    solution = recording.read_solution(run)
    kept = {"earlier": solution.earlier, "slabs": solution.slabs}
    judge(required, evaluation.report(problems.build(solution.config), solution.model, **kept))


def judge(required: Sequence[Requirement], report: "Report") -> None:
    """Raise `RequirementError` with every bound that a report misses."""
    values = [(r, r.measured(report)) for r in required]
    missed = [f"{r.name} is {value:.3e}, not at most {r.bound:g}" for r, value in values if not value <= r.bound]
    if missed:
        raise RequirementError("; ".join(missed))


def _measurable(config: "Config") -> list[str]:
    """Every name that `--require` may have for this config."""
    metrics: Mapping[str, Sequence[str]] = {
        **dict.fromkeys(config.reference.models if config.reference else (), _AGAINST_REFERENCE),
        **dict.fromkeys(config.exact, _AGAINST_EXACT),
        **dict.fromkeys(config.exact_numbers, ("relative_error",)),
    }
    owned = [(owner, metric) for owner, said in metrics.items() for metric in said]
    return ["loss", *dict.fromkeys(metric for _, metric in owned), *(f"{owner}.{metric}" for owner, metric in owned)]
