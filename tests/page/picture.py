"""Makes docs/pictures/plan-page.png anew, from the example of this folder.

python -m tests.page.picture
"""

import tempfile
from pathlib import Path
from typing import Final

from tests.page.browser import browser, show
from tests.page.fleets import case, prod

PICTURE: Final = Path(__file__).parents[2] / "docs" / "pictures" / "plan-page.png"
LAST: Final = "#nodes-part + figure"
"""Where the picture ends: after the chart of what a node holds."""


def main() -> None:
    """The page from its top to that chart, as wide as a document shows it."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder) / "profile") as chrome:
        shown = show(chrome, Path(folder) / "plan.html", case(prod()).html, width=1080)
        end = shown.ask(f"Math.ceil(document.querySelector('{LAST}').getBoundingClientRect().bottom + scrollY)")
        PICTURE.write_bytes(shown.picture(end + 12))


if __name__ == "__main__":
    main()
