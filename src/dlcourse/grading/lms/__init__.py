"""Canvas and Moodle: collect what they let you download, and fill in the tables that they take back."""

from dlcourse.grading.lms.collect import CanvasCollector, MoodleCollector
from dlcourse.grading.lms.export import CanvasExport, MoodleExport

__all__ = ["CanvasCollector", "CanvasExport", "MoodleCollector", "MoodleExport"]
