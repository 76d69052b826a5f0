"""Style sheets written into the elements they are for, since many mail programs look nowhere else.

Nothing is fetched: a template's style sheets are in the template. How much a mail may grow by it is foreseen: elements
nested without end, or styles times elements, would take the process down. Such a mail stays as it was written.
"""

import re

import css_inline

from notification.rendering.sandbox import OUTPUT_LIMIT

TAGS = 1_000
"""Tags of a mail whose styles are inlined; each may be an element within the one before."""
GROWTH = 50_000_000
"""Most elements times the size of the style sheets. A formatting element left open is made again in each paragraph."""

_BLOCK = re.compile(r"{%.*?%}", re.DOTALL)
_SHEET = re.compile(r"<style\b.*?(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_FORMATTING = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s/>]", re.IGNORECASE)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


def styled(source: str) -> str:
    """A template of ours whose styles are written into its elements before it is filled, once for all messages.

    Its `if` and `for` stand between elements or in their texts, where they pass as comments meanwhile.
    """
    blocks: list[str] = []

    def kept(found: re.Match[str]) -> str:
        blocks.append(found[0])
        return f"<!--{len(blocks) - 1}-->"

    written = _INLINER.inline(_BLOCK.sub(kept, source.rstrip()))
    return re.sub(r"<!--(\d+)-->", lambda found: blocks[int(found[1])], written)


def inlined(html: str) -> str:
    """The mail with its styles in its elements, or as it is where that would be too much."""
    if not _foreseeable(html):
        return html
    written = _INLINER.inline(html)
    return written if len(written) <= OUTPUT_LIMIT else html


def _foreseeable(html: str) -> bool:
    tags = html.count("<")
    sheets = sum(len(found[0]) for found in _SHEET.finditer(html))
    return tags <= TAGS and tags * (1 + len(_FORMATTING.findall(html))) * max(sheets, 50) <= GROWTH
