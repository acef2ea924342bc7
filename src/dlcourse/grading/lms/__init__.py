"""To and from a platform: zips of `dlcourse submit`, Canvas's and Moodle's downloads and tables."""

from dlcourse.grading.lms.collect import CanvasCollector, MoodleCollector
from dlcourse.grading.lms.export import CanvasExport, MoodleExport

__all__ = ["CanvasCollector", "CanvasExport", "MoodleCollector", "MoodleExport"]
