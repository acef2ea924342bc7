"""How nbgrader works in this course: run its commands in this folder."""

import os
import sys
from pathlib import Path

import nbgrader

import dlcourse
from dlcourse.grading.records import gradebook

c = get_config()  # noqa: F821 - nbgrader's configuration loader provides it
load_subconfig("course_roster.py")  # noqa: F821 - and this: roster and deadlines

ROOT = Path(__file__).resolve().parent

# nbgrader calls `alembic` by name when it makes a gradebook: let it find the one beside this Python
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])

# Where things are. Everything about students is under grading/, which git ignores.
c.CourseDirectory.course_id = "dlcourse"
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.source_with_tests_directory = "grading/source_with_tests"
c.CourseDirectory.ignore.append("*.md")  # the text that a notebook is built from stays here

# Release: what stands in the place of a solution.
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("your code here")'}
c.ClearSolutions.text_stub = "*Your answer here.*"
c.GenerateAssignment.preprocessors.extend(
    ["dlcourse.grading.records.roster.Roster", "dlcourse.grading.preprocessors.KeepStubs"]
)

# Collecting: the archives that `dlcourse submit` writes hold <student>/<UTC time>/<notebook>.ipynb,
# so that it does not matter what a learning platform calls the archive.
c.ZipCollectApp.downloaded_directory = "grading/downloaded"
c.ZipCollectApp.extractor_plugin = "dlcourse.grading.intake.extractor.Extractor"
c.ZipCollectApp.collector_plugin = "dlcourse.grading.lms.claims.RosterCollector"
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?P<student_id>[A-Za-z0-9][\w@.-]*)"
    r"[/\\](?P<timestamp>\d{8}T\d{6}Z)"
    r"[/\\](?P<file_id>[^/\\]+)\.ipynb$"
)

# Grading: by hand with `nbgrader autograde`, for a whole class with `dlcourse grade`. Both isolate
# students' code from this machine and from the checks, and refuse to grade where that cannot be.
# Limits of one submission; whoever breaks one loses that part. The others: grading/rooms/limits.py
c.JailedExecute.timeout = 60  # seconds a cell
c.JailedExecute.limits = {"notebook_seconds": 600}
c.Autograde.sanitize_preprocessors.insert(0, "dlcourse.grading.records.roster.Roster")
c.Autograde.sanitize_preprocessors.insert(1, "dlcourse.grading.autograde.Repair")
c.Autograde.autograde_preprocessors = [
    "dlcourse.grading.autograde.JailedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    # After the marks: it may change the text of an answer.
    "dlcourse.grading.pages.neutralise.Neutralise",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Late work: the rule is in course_roster.py. It counts again before feedback, since marks given by
# hand come after grading; so do `dlcourse grade` and the export.
c.AssignLatePenalties.plugin_class = "dlcourse.grading.records.late.LatePenalty"
c.GenerateFeedback.preprocessors.insert(0, "dlcourse.grading.records.late.Penalties")

# Feedback shows what a check said, not the hidden tests. Formgrader, for instructors, shows both.
c.GenerateFeedback.preprocessors.insert(2, "dlcourse.grading.preprocessors.HideTests")

# A submission that could not be graded is exported without a mark, not with 0.
c.ExportApp.plugin_class = "dlcourse.grading.records.export.Export"

# Formgrader takes MathJax from its own server, shows deadlines on the course's own clock, and does
# not show this configuration: the address of a gradebook may hold a password.
c.HTMLExporter.extra_template_basedirs = [
    str(Path(dlcourse.__file__).parent / "grading/pages/templates"),
    str(Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates"),
]
c.FormgradeExtension.debug = False
c.NbGraderAPI.timezone = c.Exchange.timezone = c.Roster.timezone

# The gradebook, in grading/ unless course_roster.py says where; and a look at what that file says.
gradebook.settle(c, ROOT)
