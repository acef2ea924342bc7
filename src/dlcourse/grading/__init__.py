"""What an instructor adds to nbgrader: grading in isolation, plug-ins, the roster, publishing."""

import sys

# jsonschema tries this module to check addresses, which no notebook has; its import takes three
# seconds of every process that reads notebooks. Without it jsonschema skips the check.
sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType]
