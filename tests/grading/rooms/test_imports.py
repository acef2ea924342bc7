import os
import pkgutil
import subprocess
import sys

from dlcourse import checks


def test_the_checks_of_every_assignment_are_loaded_before_a_room_is_forked():
    """Later, an edited check would be computed under the key of the one before."""
    script = (
        "import sys\nfrom dlcourse.grading.rooms.inside.imports import load\nload()\n"
        "print(*(name for name in sys.modules if name.startswith('dlcourse.checks.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    wanted = {module.name for module in pkgutil.iter_modules(checks.__path__, "dlcourse.checks.")}
    assert wanted <= set(done.stdout.split()), done.stderr
