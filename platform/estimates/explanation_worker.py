"""The worker for pending Explanations, which reads the inputs of an estimate again.

The Window is read under live Permits of the Estimate's own scopes and epochs alone (I-1, I-2), by
the same Predictor. If the result differs from the stored one, some input has been deleted since,
and there is no explanation. Only workers import this module, because it needs torch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from emotion import artefacts, explain
from emotion.cues import HidingPredictor, find_cues
from emotion.streams import stream
from emotion.windows import Window as Cut
from estimates.explanations import Counterfactual, EstimateExplanation, place
from estimates.inference import affect, predictor_inputs
from estimates.inference.affect import SensedWindow
from estimates.models import AffectEstimate, Explanation
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest
from telemetry.models import Window
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.sealed_values import seal_value
from work_queue.due_rows import describe_error, lease_due, process_each

if TYPE_CHECKING:
    from emotion.models import Predictor as Learned

logger = logging.getLogger(__name__)
# Small, as one takes half a second and Windows wait meanwhile.
BATCH = 4
# What an estimate read of the course is not among its scopes, as it needs no Grant.
COURSE = ("course",)
LEASE = timedelta(minutes=1)
# A forward pass in another batch size differs by less; a Window that lost rows by more.
TOLERANCE = 0.02
# A rule may act on another label than the likeliest; one below this has no cues.
LIKELY = 0.15


class InputsChanged(Exception):
    """The inputs of the estimate can no longer be read as they were."""


def process_due(*, now: Callable[[], datetime]) -> list[Explanation]:
    """Process a batch of the pending Explanations; return them, none if there are no more."""
    rows = Explanation.objects.select_related(
        "learner", "estimate__predictor", "estimate__sitting__learner"
    )
    claimed = lease_due(rows, BATCH, now=now(), lease=LEASE)
    process_each(claimed, lambda row: _process(row, now), postpone=_give_up)
    return claimed


def _process(row: Explanation, now: Callable[[], datetime]) -> int:
    _store(row, _explain_or_none(row, now()), now())
    return 1


def _give_up(row: Explanation, error: Exception) -> None:
    """End a row that fails, without an explanation; a busy keystore is tried after the lease."""
    logger.error("explanation.failed", extra=describe_error(error))
    if not isinstance(error, KeystoreBusy):
        Explanation.objects.filter(pk=row.pk).update(due_at=None)


def _explain_or_none(row: Explanation, now: datetime) -> EstimateExplanation | None:
    """Return the explanation, or None where there can be none."""
    permits = gate.permits(row.learner.code, [*row.scopes, *COURSE], now=now).granted
    try:
        return _explain(row.estimate, permits)
    except (InputsChanged, KeyError, KeyDestroyed, artefacts.BrokenArtefact):
        return None


def _explain(estimate: AffectEstimate, permits: Mapping[str, Permit]) -> EstimateExplanation:
    guess = affect.read(estimate, permits)
    label, *_ = guess.likeliest
    learned = predictors.load_model(estimate.predictor.name, estimate.predictor.digest)
    given = {scope: permits[scope] for scope in (*guess.scopes, *COURSE) if scope in permits}
    cut = _reload_window(estimate, learned, given)
    chances = dict(zip(learned.labels, learned.predict([cut]).proba[0], strict=True))
    if (
        sorted(cut.inputs) != sorted((*guess.streams, *guess.context))
        or abs(chances[label] - guess.labels[label][0]) > TOLERANCE
    ):
        raise InputsChanged
    found = explain.explain_label(learned, cut, label)
    sentence, when = explain.format_sentence(found), explain.find_stretch(found)
    likely = [name for name, chance in chances.items() if name == label or chance >= LIKELY]
    # The label's shares are shown next to its cues, so these are of Streams that point to it.
    pointing = [name for name, share in found.shares.items() if share > 0]
    named = (
        find_cues(learned, cut, likely, {label: pointing})
        if isinstance(learned, HidingPredictor)
        else {}
    )
    without = _leave_out_group(learned, cut, found.stream)
    return EstimateExplanation(label, sentence, found.shares, found.deletion, when, named, without)


def _leave_out_group(learned: Learned, cut: Cut, top: str) -> Counterfactual | None:
    """Return the estimate without what the Learner would switch off with the Stream `top`."""
    if top not in cut.streams:
        return None
    group = stream(top).group
    kept = {name for name in cut.streams if stream(name).group != group}
    if not kept:
        return Counterfactual(group, None)
    said = learned.predict([cut.select({*kept, *cut.context})])
    label = "" if said.abstain[0] else learned.labels[int(said.proba[0].argmax())]
    return Counterfactual(group, label)


def _reload_window(
    estimate: AffectEstimate, learned: Learned, permits: Mapping[str, Permit]
) -> Cut:
    """Read the same Window again, with the baseline as of when the estimate was made."""
    t0, t1 = predictor_inputs.span_of(learned, estimate.cut)
    window = Window(sitting=estimate.sitting, cut=estimate.cut)
    sensed = SensedWindow(window, Cut(t0, t1), permits, late=False)
    first = predictor_inputs.first_second(learned, estimate.cut)
    held = tracks.read_each([TrackRequest(estimate.sitting, list(permits.values()), first, t1)])
    by = LoadedPredictor(estimate.predictor, learned)
    (found,) = predictor_inputs.make_inputs(by, [sensed], held, estimate.made_at)
    return found.cut


def _store(row: Explanation, explanation: EstimateExplanation | None, now: datetime) -> None:
    """Store the explanation; if a scope was withdrawn meanwhile, the trigger refuses it."""
    rows = Explanation.objects.filter(pk=row.pk)
    try:
        with refuse_without_grant():
            rows.update(due_at=None, sealed=_seal(row, explanation, now))
    except Refused:
        rows.update(due_at=None)


def _seal(row: Explanation, explanation: EstimateExplanation | None, now: datetime) -> bytes:
    if explanation is None:
        return b""
    value = asdict(explanation)
    scopes = dict(zip(row.scopes, row.epochs, strict=True))
    return seal_value(value, place=place(row, row.learner.code), scopes=scopes, now=now)
