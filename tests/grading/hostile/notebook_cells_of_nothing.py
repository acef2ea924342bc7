"""Has cells that are no cells."""

# earns: all
import json


def damage(nb):
    broken = json.loads(json.dumps(nb))
    broken["cells"] += [None, 3, {"cell_type": "code"}, {"source": 5}]
    return json.dumps(broken).encode()
