"""The student's side of a check: run by the worker's request in the student's kernel.

Nothing here is trusted. A student may replace all of it; what comes back is data at the worst.
"""

from typing import Any

from IPython import get_ipython

from dlcourse.checks import student
from dlcourse.grading.rooms import wire


def answer() -> None:
    """Perform what the current request asks and publish the reply as a message of type `answer`."""
    shell: Any = get_ipython()
    kernel, channel = shell.kernel, shell.kernel.iopub_socket
    request = kernel.get_parent("shell")
    question: Any = wire.unpack(bytes(request["buffers"][0]))
    reply = student.reply(kernel.shell.user_ns, *question)
    try:
        message = wire.pack(reply)
    except wire.Garbled as error:
        message = wire.pack(student.Error("not data", str(error)))
    kernel.session.send(channel, "answer", {}, parent=request, ident=b"answer", buffers=[message])
