"""What axe finds on a page (WCAG 2.1, levels A and AA), and a walk through it by Tab."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

# Laid there by the same `npm ci` that builds the assets.
SCRIPT = Path("frontend/node_modules/axe-core/axe.min.js")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """
async ([levels, within]) => {
  const found = await axe.run(within || document, {
    runOnly: {type: 'tag', values: levels}, resultTypes: ['violations']});
  return found.violations.map((one) => ({
    id: one.id, help: one.help, nodes: one.nodes.map((node) => [node.html, node.failureSummary])}));
}
"""
# What Tab can come to, by the browser's own rules, as far as our pages use them: of a group of
# radios one, of a closed <details> its summary alone.
REACHABLE = """
() => {
  const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';
  const radios = new Set();
  return [...document.querySelectorAll(wanted)].filter((one) => {
    if (one.matches(':disabled, :disabled *') || one.tabIndex < 0
      || !one.checkVisibility({visibilityProperty: true}))
      return false;
    if (one.type !== 'radio') return true;
    const group = (one.form ? one.form.id : '') + one.name;
    return !radios.has(group) && radios.add(group);
  }).length;
}
"""
# Writes down what gets the focus, as it is at that moment.
WATCH = """
() => {
  document.activeElement.blur();
  const numbers = new Map();
  window.walked = [];
  window.walking?.abort();
  window.walking = new AbortController();
  document.addEventListener('focusin', ({target: one}) => {
    if (!numbers.has(one)) numbers.set(one, numbers.size);
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    window.walked.push({number: numbers.get(one), html: one.outerHTML.slice(0, 160),
      shown: box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0,
      // the part of a date that has the focus is marked inside, where no script looks
      marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none'
        || one.matches('[type=date], [type=datetime-local], [type=time]')});
  }, {capture: true, signal: window.walking.signal});
}
"""


@cache
def _script() -> str:
    return SCRIPT.read_text()


def violations(page: Page, within: str = "") -> list[str]:
    """One line for each rule and element; empty where the page is in order."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    found: list[dict[str, Any]] = page.evaluate(RUN, [LEVELS, within])
    return [
        f"{page.url}: {one['id']}: {one['help']}: {html[:200]}: {' '.join(why.split())[:300]}"
        for one in found
        for html, why in one["nodes"]
    ]


def is_accessible(page: Page, within: str = "") -> None:
    """Fails with what axe finds on the page (or within the selector)."""
    found = violations(page, within)
    assert found == [], "\n".join(found)


def can_be_walked(page: Page) -> None:
    """Tab comes to everything that can be acted on, each seen and marked, and held by none."""
    page.evaluate(WATCH)
    wanted = page.evaluate(REACHABLE)
    walked: list[dict[str, Any]] = []
    for _ in range(4):
        for _ in range(wanted + 5):
            page.keyboard.press("Tab")
        walked = page.evaluate("() => window.walked")
        if len({one["number"] for one in walked}) < len(walked):  # round once, to the first again
            break
    hidden = [one["html"] for one in walked if not one["shown"] or not one["marked"]]
    assert hidden == [], f"{page.url}: reached, but not to be seen: {hidden}"
    reached = {one["number"] for one in walked}
    assert len(reached) >= wanted, f"{page.url}: Tab reaches {len(reached)} of {wanted}"
