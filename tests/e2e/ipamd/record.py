"""Records what ipamd does, for tests where it cannot be built: `python -m tests.e2e.ipamd.record`.

Only lives are kept in which chance has no part: a dozen runs went the same way.
"""

import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from tests.e2e.ipamd import daemon
from tests.e2e.ipamd.test_ipamd import RECORDED
from tests.ipamd_scenarios import Scenario, changed

RUNS: Final = 12
KEPT: Final = 80


def main() -> None:
    random = Random(20261120)
    scenarios = [Scenario.drawn(random) for _ in range(KEPT * 2)]
    with TemporaryDirectory() as folder:
        seen = daemon.run(daemon.build(), [each for each in scenarios for _ in range(RUNS)], Path(folder))
    kept = [
        {"scenario": scenario.said, "rows": changed(runs[0])}
        for number, scenario in enumerate(scenarios)
        if (runs := seen[number * RUNS : (number + 1) * RUNS]) and all(run == runs[0] for run in runs)
    ][:KEPT]
    lines = ",\n  ".join(json.dumps(each) for each in kept)
    source = f"{daemon.MODULE} {daemon.VERSION}, pkg/ipamd, run by tests/e2e/ipamd/record.py"
    RECORDED.write_text(f'{{\n "source": "{source}",\n "runs": [\n  {lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
