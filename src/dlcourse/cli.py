"""The `dlcourse` command: what students type; `publish`, `release` and `grade` for instructors."""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from dlcourse.runtime import installation

ONLY = "the only homework here, if you name none"


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0, or 2 after one line on stderr that says what to do.

    `grade` returns 1 if it did its work, but this machine could not grade somebody this time.
    """
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.run is not _lab:
        _parser().error(f"unknown argument: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return arguments.run(arguments) or 0
    except ImportError as error:
        get = installation(arguments.extra)
        print(f"dlcourse: {error.name or error} is not installed; get it: {get}", file=sys.stderr)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else error
        print(f"dlcourse: {why}", file=sys.stderr)
    except ValueError as error:
        print(f"dlcourse: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("dlcourse: stopped", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dlcourse", description="An interactive deep-learning course: its everyday commands."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run, help: str, extra: str = "lab") -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help.capitalize() + ".")
        made.set_defaults(run=run, extra=extra)  # the extra that has all its imports
        return made

    command("lab", _lab, "open the course in JupyterLab; further arguments go to JupyterLab")
    command(
        "doctor", _doctor, "say whether everything the course needs is here, and how to mend it"
    )

    check = command("check", _check, "run a homework notebook afresh and show what its checks say")
    check.add_argument("notebook", metavar="NOTEBOOK", nargs="?", help=ONLY)
    check.add_argument(
        "--timeout", type=int, default=60, metavar="S", help="seconds a cell may take (60)"
    )

    submit = command("submit", _submit, "write the zip of a homework notebook that you hand in")
    submit.add_argument("notebook", metavar="NOTEBOOK", nargs="?", help=ONLY)
    submit.add_argument(
        "--student",
        metavar="ID",
        default=os.environ.get("DLCOURSE_STUDENT"),
        help="your id in the course (or set DLCOURSE_STUDENT)",
    )
    submit.add_argument("--to", default=".", metavar="DIR", help="where the zip goes (here)")
    submit.add_argument("--no-check", action="store_true", help="do not run the checks first")

    reset = command("reset", _reset, "put one part's answer back as released; yours is kept beside")
    reset.add_argument("part", metavar="PART")
    reset.add_argument("notebook", metavar="NOTEBOOK", nargs="?")

    update = command(
        "update", _update, "bring in new lessons; files you changed are kept as *.mine.*"
    )
    update.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        help="folder, zip or https address of the newer course (default: the students' repository)",
    )

    # A published copy of the course has no grading, so it does not offer what it cannot do.
    if importlib.util.find_spec("dlcourse.grading"):
        publish = command(
            "publish", _publish, "write the course as students may see it into a folder", "grade"
        )
        publish.add_argument("folder", metavar="DIR")

        command(
            "release",
            _release,
            "make assignments/ from solutions/ with nbgrader, and prove that nothing leaks",
            "grade",
        )

        grade = command(
            "grade", _grade, "grade what a class handed in, in several processes", "grade"
        )
        grade.add_argument("assignment", metavar="ASSIGNMENT")
        grade.add_argument("--jobs", type=int, metavar="N", help="processes (one for each core)")
        grade.add_argument(
            "--dask",
            metavar="ADDRESS",
            help="on the workers of this dask scheduler instead, as in tls://host:8786",
        )
        grade.add_argument("--student", nargs="+", default=[], metavar="ID", help="only these")
        grade.add_argument(
            "--unsafe", action="store_true", help="run students' code without isolation"
        )
        grade.add_argument(
            "--again", action="store_true", help="compute again what was computed before"
        )

        new = command(
            "new-assignment",
            _new_assignment,
            "begin an assignment of your own from a template",
            "grade",
        )
        new.add_argument("name", metavar="NAME", help="as in my_homework or 04_rnn")

        roster = command(
            "roster", _roster, "bring a class list (CSV) into grading/roster.csv", "grade"
        )
        roster.add_argument("file", metavar="FILE", help="of Canvas, Moodle, or with a title line")
        roster.add_argument("--encoding", default="", help="if names look wrong, as in gb18030")

        similarity = command(
            "similarity", _similarity, "show likely copies among what a class handed in", "grade"
        )
        similarity.add_argument("assignment", metavar="ASSIGNMENT")
    return parser


def _lab(arguments: argparse.Namespace) -> int | None:
    from dlcourse import lab

    return lab.open(arguments.rest)


def _doctor(arguments: argparse.Namespace) -> int:
    from dlcourse import doctor

    return doctor.main()


def _check(arguments: argparse.Namespace) -> None:
    from dlcourse import homework

    print(homework.check(arguments.notebook, timeout=arguments.timeout))


def _submit(arguments: argparse.Namespace) -> None:
    from dlcourse import homework

    if not arguments.student:
        named = f"{arguments.notebook} " if arguments.notebook else ""
        raise ValueError(
            f"say who you are: dlcourse submit {named}--student YOUR-ID (or set DLCOURSE_STUDENT)"
        )
    check = not arguments.no_check
    print(homework.submit(arguments.student, arguments.notebook, arguments.to, check))


def _reset(arguments: argparse.Namespace) -> None:
    from dlcourse import homework

    notebook, copy = homework.reset(arguments.part, arguments.notebook)
    print(f"{arguments.part} in {notebook} is as released; your version is in {copy}.")


def _update(arguments: argparse.Namespace) -> None:
    from dlcourse import publication

    written, kept = publication.update(Path(), arguments.source)
    for copy in kept:
        print(f"Kept yours: {copy}")
    print(f"{len(written)} files brought in." if written else "Nothing new.")


def _publish(arguments: argparse.Namespace) -> None:
    from dlcourse.grading.release import publish

    files = publish.publish(Path(), Path(arguments.folder))
    print(
        f"Published {len(files)} files to {arguments.folder}; no solution or hidden test is in "
        "them."
    )


def _release(arguments: argparse.Namespace) -> None:
    from dlcourse.grading.release import release

    print(f"Released without leaks: {', '.join(release.release(Path()))}")


def _grade(arguments: argparse.Namespace) -> int:
    from dlcourse.grading import grade

    lines, postponed = grade.run(
        Path(),
        arguments.assignment,
        jobs=arguments.jobs,
        dask=arguments.dask,
        students=arguments.student,
        unsafe=arguments.unsafe,
        again=arguments.again,
    )
    print("\n".join(lines))
    return 1 if postponed else 0


def _new_assignment(arguments: argparse.Namespace) -> None:
    from dlcourse.grading.release import new_assignment

    name = arguments.name
    files = new_assignment.create(Path(), name)
    print(*files, sep="\n")
    print(
        f"It works as it stands: make prove NAME={name}. Then change what CHANGE is written beside."
    )


def _roster(arguments: argparse.Namespace) -> None:
    from dlcourse.grading.records import class_list

    path = Path(arguments.file)
    print(*class_list.import_list(Path(), path, arguments.encoding), sep="\n")


def _similarity(arguments: argparse.Namespace) -> None:
    from dlcourse.grading.similarity import compare

    print("\n".join(compare.run(Path(), arguments.assignment)))


if __name__ == "__main__":
    sys.exit(main())
