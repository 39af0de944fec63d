"""What the daemon watches: the inbox, tracks whose time has come, a new model or dump; and how stages follow each other.

Each sensor asks the data what there is to do - not its own memory - so that what `enrich run` did already is not done
again. Which assets a job makes stands in `jobs.py`; what follows from the graph alone, in `automation.py`.
No `from __future__ import annotations`: Dagster reads the resources of a sensor as they stand.
https://docs.dagster.io/guides/automate/sensors
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from enrichment_pipeline.ingest.arrivals import Arrivals, arrivals, files_read, look_into
from enrichment_pipeline.ingest.plays import changed_months
from enrichment_pipeline.lake.lake import Lake
from enrichment_pipeline.matching.current import current_model, current_path, models_folder
from enrichment_pipeline.orchestration.due import DueBucket, due_buckets, waiting_words
from enrichment_pipeline.orchestration.jobs import AFTER_INGEST, AFTER_INGEST_LEARNING, ASK_AGAIN
from enrichment_pipeline.orchestration.partitions import last_month
from enrichment_pipeline.orchestration.records import assets_behind, last_start_of
from enrichment_pipeline.orchestration.resources import InboxResource, LakeResource, OutsideResource
from enrichment_pipeline.orchestration.samples import PARTITION_TAG
from enrichment_pipeline.orchestration.whole_runs import (
    BY_DAEMON,
    QUEUED,
    UNFINISHED,
    WHOLE_RUN_TAG,
    all_buckets,
    is_run_by_hand,
    range_tags,
    whole_run_at_work,
)

# A file that somebody copies in grows; one that has not changed for so long is taken for whole.
SETTLE_SECONDS = 5.0
# Each bucket is a run of its own; more at once would wait for the same remote hosts.
BUCKETS_PER_TICK = 4
# Asked for and still due - its run failed, or the sources were silent: once more after so long.
ASK_ONCE_MORE_AFTER = timedelta(hours=12)
INBOX_INTERVAL, CHAIN_INTERVAL, QUEUE_INTERVAL, MODEL_INTERVAL = 10, 5, 30, 60
_DUMPS = ("mb_track_labels", "mb_canonical", "discogs_track_labels")
_ASKED_OF_DUMPS = ("musicbrainz_lookups", "partner_lookups", "external_lookups")
_LOAD, _PREDICT, _PUBLISH = "load_dumps", "resolve_tracks", "publish"
_DUE_TAG = "enrichment/due"

Jobs = Mapping[str, UnresolvedAssetJobDefinition]
Told = dg.SensorResult | dg.SkipReason


def build_sensors(jobs: Jobs) -> list[dg.SensorDefinition]:
    """The sensors of a code location.

    Args:
        jobs: its jobs by name; where those over several stages are missing there is nothing to start.
    """
    if ASK_AGAIN not in jobs:
        return []
    return [
        _inbox_files(jobs),
        _run_after_stage(jobs),
        _cooled_down_tracks(jobs),
        _model_updated(jobs),
    ]


def _inbox_files(jobs: Jobs) -> dg.SensorDefinition:
    @dg.sensor(
        name="inbox_files",
        job=jobs["ingest_files"],
        minimum_interval_seconds=INBOX_INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reads files that are new in the inbox, or changed, or gone; everything else follows by "
        "run_after_stage. A file that is still being written waits.",
    )
    def inbox_files(context: dg.SensorEvaluationContext, lake: LakeResource, inbox: InboxResource) -> Told:
        records = lake.lake()
        if is_run_by_hand(records.root):
            return dg.SkipReason("`enrich run` is at work and reads the inbox")
        found = arrivals_in(inbox.path(records), records, context.instance, now=time.time())
        if not found:
            return dg.SkipReason("every file of the inbox has been read")
        if found.unfinished:
            return dg.SkipReason(f"{found.unfinished[0].name} may still be written; it was changed just now")
        if context.cursor == found.digest:
            return dg.SkipReason(f"asked for already: {found.words()}; see the run of ingest_files")
        tags = {WHOLE_RUN_TAG: BY_DAEMON, "enrichment/files": found.words()[:200]}
        request = dg.RunRequest(run_key=f"inbox:{found.digest}", tags=tags)
        return dg.SensorResult(run_requests=[request], cursor=found.digest)

    return inbox_files


def arrivals_in(folder: Path, lake: Lake, instance: dg.DagsterInstance, *, now: float) -> Arrivals:
    """What there is to read in the inbox.

    Args:
        folder: the inbox.
        lake: tells which files were read.
        instance: tells when.
        now: seconds since 1970.
    """
    read_at = last_start_of(instance, "source_files")
    return arrivals(look_into(folder), files_read(lake), read_at, now=now, settle_seconds=SETTLE_SECONDS)


def _run_after_stage(jobs: Jobs) -> dg.SensorDefinition:
    followers = ("ingest_months", _LOAD, AFTER_INGEST, AFTER_INGEST_LEARNING, _PUBLISH)

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="run_after_stage",
        monitored_jobs=[jobs["ingest_files"], jobs["ingest_months"], jobs[_LOAD]],
        request_jobs=[jobs[name] for name in followers],
        minimum_interval_seconds=CHAIN_INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After files were read for the inbox or at night: the months they touch, dumps that were not loaded "
        "yet, and then everything else. "
        "Stages that a person starts, or `enrich run`, are left alone.",
    )
    def run_after_stage(
        context: dg.RunStatusSensorContext, lake: LakeResource, outside: OutsideResource
    ) -> dg.RunRequest | dg.SkipReason:
        run, records = context.dagster_run, lake.lake()
        if run.tags.get(WHOLE_RUN_TAG) != BY_DAEMON:
            return dg.SkipReason(f"{run.job_name} was started by a person")
        if is_run_by_hand(records.root):
            return dg.SkipReason("`enrich run` is at work and does the rest")
        tags = {WHOLE_RUN_TAG: BY_DAEMON}
        if run.job_name == "ingest_files":
            months = changed_months(records, last_month=last_month())
            if not months:
                # what was set aside, and why, is told all the same
                return dg.RunRequest(run_key=f"{run.run_id}:publish", job_name=_PUBLISH, tags=tags)
            tags |= range_tags(months)
            return dg.RunRequest(run_key=f"{run.run_id}:months", job_name="ingest_months", tags=tags)
        if run.job_name == "ingest_months" and _dumps_to_load(records, outside):
            return dg.RunRequest(run_key=f"{run.run_id}:dumps", job_name=_LOAD, tags=tags)
        job = AFTER_INGEST if _has_model(records) else AFTER_INGEST_LEARNING
        waiting = dg.RunsFilter(statuses=QUEUED, tags={WHOLE_RUN_TAG: BY_DAEMON}, job_name=job)
        if context.instance.get_runs(waiting, limit=1):
            return dg.SkipReason(f"a run of {job} waits already and will see these months too")
        tags |= all_buckets()
        return dg.RunRequest(run_key=f"{run.run_id}:enrich", job_name=job, tags=tags)

    return run_after_stage


def _has_model(lake: Lake) -> bool:
    """Whether there is a model that answers; one of an earlier version of the program cannot."""
    from enrichment_pipeline.matching.splink_model import Model

    path = current_path(models_folder(lake))
    return path is not None and path.exists() and Model.load(path).is_of_this_program


def _dumps_to_load(lake: Lake, outside: OutsideResource) -> list[str]:
    # the loaders import what asks and unpacks, which showing the graph need not wait for
    from enrichment_pipeline.sources.dumps.loads import dumps_to_load

    return dumps_to_load(lake, outside.surroundings(lake))


def _cooled_down_tracks(jobs: Jobs) -> dg.SensorDefinition:
    @dg.sensor(
        name="cooled_down_tracks",
        job=jobs[ASK_AGAIN],
        minimum_interval_seconds=QUEUE_INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks the sources again about buckets with tracks whose time has come (cooldown_queue), a few at "
        "a time, longest overdue first.",
    )
    def cooled_down_tracks(
        context: dg.SensorEvaluationContext, lake: LakeResource, outside: OutsideResource
    ) -> Told:
        records = lake.lake()
        now = outside.surroundings(records).now()
        if words := whole_run_at_work(context.instance, records.root):
            return dg.SkipReason(f"{words} and asks whoever is due")
        due = due_buckets(records, now)
        asked = _Asked.read(context.cursor)
        busy = {run.tags.get(PARTITION_TAG) for run in _unfinished(context.instance, ASK_AGAIN)}
        wanted = [b for b in due if b.bucket not in busy and asked.lets(b, now)]
        if not wanted:
            return dg.SkipReason(_why_not(records, now, due, busy))
        chosen = wanted[:BUCKETS_PER_TICK]
        requests = [
            dg.RunRequest(
                run_key=f"{b.bucket}:{b.generation}:{now:%Y-%m-%dT%H}"
                if asked.knows(b)
                else f"{b.bucket}:{b.generation}",
                partition_key=b.bucket,
                tags={_DUE_TAG: str(b.tracks)},
            )
            for b in chosen
        ]
        return dg.SensorResult(run_requests=requests, cursor=asked.after(chosen, now, due))

    return cooled_down_tracks


class _Asked:
    """What was asked for, by bucket: the due generation and when; the cursor of cooled_down_tracks."""

    def __init__(self, by_bucket: Mapping[str, tuple[str, str]]) -> None:
        self._by_bucket = dict(by_bucket)

    @classmethod
    def read(cls, cursor: str | None) -> "_Asked":
        return cls({k: (v[0], v[1]) for k, v in json.loads(cursor or "{}").items()})

    def knows(self, bucket: DueBucket) -> bool:
        """Whether this very due set was asked for before."""
        return self._by_bucket.get(bucket.bucket, ("", ""))[0] == bucket.generation

    def lets(self, bucket: DueBucket, now: datetime) -> bool:
        """Whether it may be asked for: it is new, or was asked for long ago."""
        if not self.knows(bucket):
            return True
        asked_at = datetime.fromisoformat(self._by_bucket[bucket.bucket][1])
        return now - asked_at >= ASK_ONCE_MORE_AFTER

    def after(self, chosen: Sequence[DueBucket], now: datetime, due: Sequence[DueBucket]) -> str:
        """The cursor when these are asked for; buckets in which nothing is due any more are forgotten."""
        still = {b.bucket for b in due}
        kept = {bucket: entry for bucket, entry in self._by_bucket.items() if bucket in still}
        kept |= {b.bucket: (b.generation, now.isoformat()) for b in chosen}
        return json.dumps(kept, sort_keys=True)


def _why_not(lake: Lake, now: datetime, due: Sequence[DueBucket], busy: set[str | None]) -> str:
    if not due:
        return waiting_words(lake, now)
    tracks = sum(b.tracks for b in due)
    where = "being asked now" if any(b.bucket in busy for b in due) else "asked for already"
    return f"{tracks:,} due tracks in {len(due)} buckets, all {where}"


def _unfinished(instance: dg.DagsterInstance, job: str) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(dg.RunsFilter(job_name=job, statuses=UNFINISHED))


def _model_updated(jobs: Jobs) -> dg.SensorDefinition:
    @dg.sensor(
        name="model_updated",
        jobs=[jobs[_PREDICT], jobs[ASK_AGAIN]],
        minimum_interval_seconds=MODEL_INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Answers anew who made what: by resolve_tracks when another model is in use than the one that "
        "answered, by ask_again when a dump was loaded after it was asked. All buckets, in one run.",
    )
    def model_updated(context: dg.SensorEvaluationContext, lake: LakeResource) -> Told:
        records = lake.lake()
        if words := whole_run_at_work(context.instance, records.root):
            return dg.SkipReason(f"{words} and answers everything anew")
        for job in (_PREDICT, ASK_AGAIN):
            if any(PARTITION_TAG not in run.tags for run in _unfinished(context.instance, job)):
                return dg.SkipReason(f"{job} is at work on all buckets")
        if request := next(_outdated(context.instance, records), None):
            return dg.SensorResult(run_requests=[request])
        return dg.SkipReason("all answers are of the model and the dumps there are")

    return model_updated


def _outdated(instance: dg.DagsterInstance, lake: Lake) -> Iterator[dg.RunRequest]:
    if behind := assets_behind(instance, _ASKED_OF_DUMPS, _DUMPS):
        newest, late = behind
        tags = {**all_buckets(), "enrichment/because": f"a dump was loaded after {late} was made"}
        yield dg.RunRequest(run_key=f"dump:{newest}", job_name=ASK_AGAIN, tags=tags)
    current = current_model(models_folder(lake))
    with lake.connect(["resolved_artists"]) as con:
        # a person's verdict is of no model
        query = "select distinct model_hash from resolved_artists where model_hash is not null"
        used = [h for (h,) in con.execute(query).fetchall()]
    if current and any(model != current for model in used):
        tags = {
            **all_buckets(),
            "enrichment/because": f"model {current} took the place of {', '.join(sorted(used))}",
        }
        yield dg.RunRequest(run_key=f"model:{current}:{','.join(sorted(used))}", job_name=_PREDICT, tags=tags)
