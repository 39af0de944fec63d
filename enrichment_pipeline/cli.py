"""The command `enrich`.

Each subcommand is one function decorated with `@command`; it returns the exit code. What a command
does stands in the packages; here is only what is typed and what is printed. Heavy imports stand in the
functions, so that `enrich --help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Run = Callable[[argparse.Namespace], int]

OK = 0
FAILED = 1
WRONG_USE = 2


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Run


_COMMANDS: list[_Command] = []


def command(
    name: str, help: str, *, arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None
) -> Callable[[Run], Run]:
    """Decorator: the function becomes the subcommand `name`.

    Args:
        name: what is typed.
        help: one line for `enrich --help`.
        arguments: adds its options to the subcommand's parser; `--data` is there already.
    """

    def register(run: Run) -> Run:
        _COMMANDS.append(_Command(name, help, arguments, run))
        return run

    return register


def main(argv: list[str] | None = None) -> int:
    """Entry point of `enrich`; returns the exit code: 0 done, 1 failed, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="enrich", description="Finds the label and the artist of every line of a DJ set."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for entry in _COMMANDS:
        sub = subparsers.add_parser(entry.name, help=entry.help, description=entry.help)
        sub.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="folder of all state (default: ENRICHMENT_DATA, else data)",
        )
        entry.add_arguments(sub)
        sub.set_defaults(run=entry.run)
    arguments = parser.parse_args(argv)
    try:
        if arguments.data is not None:
            _use_data(arguments.data)
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return FAILED  # whoever read the output has gone


def _use_data(folder: Path) -> None:
    # The way the same folder is named to a Dagster process; resources read it from there.
    os.environ["ENRICHMENT_DATA"] = str(folder.resolve())


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input",
        type=Path,
        metavar="DIR",
        help="folder with tracklist files (default: the inbox, else the sample)",
    )


@command("run", "run the whole asset graph and print the funnel", arguments=_run_arguments)
def _run(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_run

    return cli_run.run(arguments.input, data_was_named=arguments.data is not None)


@command("sample", "fetch the real sample, 5,040 published tracklists, into the data folder")
def _sample(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_run

    return cli_run.sample()


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    from enrichment_pipeline import cli_evaluate

    cli_evaluate.add_arguments(parser)


@command("evaluate", "measure how right the answers are on held-out sets", arguments=_evaluate_arguments)
def _evaluate(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_evaluate

    return cli_evaluate.evaluate(arguments)


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "track", metavar="TRACK", help="a track key, the beginning of one, or words of a line"
    )


@command("explain", "show evidence and match weights of one track in words", arguments=_explain_arguments)
def _explain(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_explain

    return cli_explain.explain(arguments.track)


def _cooldown_arguments(parser: argparse.ArgumentParser) -> None:
    from enrichment_pipeline import cli_cooldown

    cli_cooldown.add_arguments(parser)


@command("cooldown", "show what waits and until when; ask now, or revive", arguments=_cooldown_arguments)
def _cooldown(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_cooldown

    return cli_cooldown.cooldown(arguments)


def _review_arguments(parser: argparse.ArgumentParser) -> None:
    from enrichment_pipeline import cli_review

    cli_review.add_arguments(parser)


@command("review", "list tracks that wait for a person, and record verdicts", arguments=_review_arguments)
def _review(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_review

    return cli_review.review(arguments)


def _ledger_arguments(parser: argparse.ArgumentParser) -> None:
    from enrichment_pipeline import cli_ledger

    cli_ledger.add_ledger_arguments(parser)


@command("ledger", "show what was decided about artists, by whom and when", arguments=_ledger_arguments)
def _ledger(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_ledger

    return cli_ledger.ledger(arguments)


def _revert_arguments(parser: argparse.ArgumentParser) -> None:
    from enrichment_pipeline import cli_ledger

    cli_ledger.add_revert_arguments(parser)


@command(
    "revert", "undo a run of verdicts or answers, and bring the tables back", arguments=_revert_arguments
)
def _revert(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_ledger

    return cli_ledger.revert(arguments)


@command("doctor", "look at what a run needs, and say what to do where something is missing")
def _doctor(arguments: argparse.Namespace) -> int:
    from enrichment_pipeline import cli_doctor

    return cli_doctor.doctor()


if __name__ == "__main__":
    sys.exit(main())
