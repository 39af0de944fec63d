"""Where the steps of a run are computed, chosen by `ENRICHMENT_EXECUTOR`.

One `match`; each import stands in its branch, so that only who asks for Docker or Kubernetes needs their
packages. Where a whole *run* starts is not decided here but by `run_launcher:` in dagster.yaml.
https://docs.dagster.io/deployment/execution/run-executors
"""

from __future__ import annotations

import os

import dagster as dg

EXECUTOR_VARIABLE = "ENRICHMENT_EXECUTOR"


def executor_from_env() -> dg.ExecutorDefinition:
    """The executor `ENRICHMENT_EXECUTOR` names; in-process when it is unset.

    In-process is the default because a step then costs 0.1 to 0.3 s instead of 3 to 4 s; several runs
    still go side by side. `docker`, `k8s` and `celery` need the Dagster package of that name.

    Raises:
        ValueError: a name that is not known.
        ModuleNotFoundError: the package of the chosen executor is not installed.
    """
    name = os.environ.get(EXECUTOR_VARIABLE, "in_process")
    match name:
        case "in_process":
            return dg.in_process_executor
        case "multiprocess":
            return dg.multiprocess_executor
        case "docker":
            from dagster_docker import docker_executor

            return docker_executor
        case "k8s":
            from dagster_k8s import k8s_job_executor

            return k8s_job_executor
        case "celery":
            from dagster_celery import celery_executor

            return celery_executor
    raise ValueError(f"{EXECUTOR_VARIABLE}={name!r}: one of in_process, multiprocess, docker, k8s, celery")
