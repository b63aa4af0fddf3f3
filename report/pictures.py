"""Take the picture of the report that the README shows: docs/report.png, of a campaign of the sample.

Usage: python -m report.pictures, after `make site`; `make pictures` does both.
"""

from pathlib import Path

from report.browser import ARGUMENTS, NO_BROWSER, find_browser

REPOSITORY = Path(__file__).parents[1]
PICTURE = REPOSITORY / "docs" / "report.png"
CAMPAIGN = "Weekly deals"
# The morning after the sample's last day, so that the page does not warn that its data is old.
NOW = "2026-10-16T08:00:00Z"


def main():
    """Open the report, choose a campaign, and take the picture."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if not path:
        raise SystemExit(f"No picture: {NO_BROWSER}.")
    PICTURE.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1180, "height": 925}, locale="en-GB", reduced_motion="reduce")
        page.clock.set_fixed_time(NOW)
        page.goto((REPOSITORY / "target" / "site" / "index.html").as_uri())
        page.wait_for_selector("body[data-drawn=yes]")
        page.get_by_role("combobox", name="Campaign", exact=True).fill(CAMPAIGN)
        page.locator("#campaign-list [role=option]").first.click()
        page.wait_for_selector(f"#subject:has-text('{CAMPAIGN}')")
        page.wait_for_selector("body[data-drawn=yes]")
        page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
