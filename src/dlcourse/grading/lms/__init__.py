"""What comes from a platform and goes back: zips of `dlcourse submit`, downloads and tables of Canvas and Moodle."""

from dlcourse.grading.lms.collect import CanvasCollector, MoodleCollector
from dlcourse.grading.lms.export import CanvasExport, MoodleExport

__all__ = ["CanvasCollector", "CanvasExport", "MoodleCollector", "MoodleExport"]
