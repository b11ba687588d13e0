"""msgspec's first meeting with a type, in several threads at once: a crash of the process, so tried in others."""

import os
import subprocess
import sys
import textwrap

_MEETING = """
    import sys, threading
    from lightkube.core import decoders
    from lightkube.resources.apps_v1 import DaemonSet
    from nodenet.kubernetes.kinds import Node, Pod
    from nodenet.kubernetes.rehearsal import rehearse

    rehearse([DaemonSet, Node, Pod])
    sys.setswitchinterval(1e-6)
    pod = b'{"spec":{"containers":[{"name":"a"}]}}'
    daemon = b'{"spec":{"selector":{},"template":{"spec":{"containers":[{"name":"a"}]}}}}'
    calls = (
        lambda: decoders.decode_list(b'{"items":[' + pod + b']}', Pod),
        lambda: decoders.decode_list(b'{"items":[{"spec":{}}]}', Node),
        lambda: decoders.decode_object(daemon, DaemonSet),
        lambda: decoders.decode_status(b'{"code":404}'),
    )
    together = threading.Barrier(len(calls))
    threads = [threading.Thread(target=lambda call=call: (together.wait(), call())) for call in calls]
    [each.start() for each in threads]
    [each.join() for each in threads]
"""


def test_kinds_that_were_rehearsed_may_be_met_by_many_threads() -> None:
    """Without the rehearsal this ends a process in four: eight of them all live in a tenth of the tries."""
    program = [sys.executable, "-c", textwrap.dedent(_MEETING)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    tries = [subprocess.Popen(program, env=environment, stderr=subprocess.PIPE) for _ in range(8)]
    ends = [(each.communicate()[1], each.returncode) for each in tries]
    assert [code for _, code in ends] == [0] * 8, ends
