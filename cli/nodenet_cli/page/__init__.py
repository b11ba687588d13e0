"""The plan as one page of HTML with charts, which needs nothing but a browser: no network, no server.

`page` the whole · `words` the answer · `courses`, `growth`, `holdings`, `blocks`, `what_ifs` the charts ·
`tables` · `advice` · `chart` what charts share · `elements` HTML as a tree · `library` plotly.js and the policy.
"""

from nodenet_cli.page.page import page

__all__ = ["page"]
