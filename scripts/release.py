"""Release every assignment from solutions/ to assignments/, and prove that nothing leaks."""

import sys
from pathlib import Path

from dlcourse.grading.release.release import release

if __name__ == "__main__":
    try:
        print(f"Released without leaks: {', '.join(release(Path()))}")
    except (ValueError, OSError) as error:
        sys.exit(f"release: {error}")
