"""Find a browser of the Chromium family, for the tests of the site and for its picture.

Usage: python -m report.browser; `make browser` calls it. It prints the browser's path; where there is none it tries to
install one, first Playwright's own, then Debian's as root. Without a browser it says so and the tests are skipped.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"]
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Nothing in the background: no update, no account, no look at the network.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "no Chromium or Chrome: install one, or name it in FLARELANE_CHROMIUM (`make browser` tries to)"
LONGEST_INSTALL_SECONDS = 300


def playwrights_own():
    """Return the path of the browser that Playwright installs (Path), there or not."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def find_browser():
    """Return the path of a browser (str), or None. FLARELANE_CHROMIUM goes first, and `none` there means none."""
    named = os.environ.get("FLARELANE_CHROMIUM")
    if named:
        return shutil.which(named)
    for name in NAMES:
        if found := shutil.which(name):
            return found
    for path in (ON_A_MAC, playwrights_own()):
        if path.is_file():
            return str(path)
    return None


def install_browser():
    """Try to install a browser; what fails is printed and is no error."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways += [["sh", "-c", "apt-get -qq update && apt-get -qq install --yes chromium fonts-nanum"]]
    for command in ways:
        print(f"No browser yet. Trying: {command[-1] if command[0] == 'sh' else ' '.join(command[2:])}", flush=True)
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            print("  took too long")
            continue
        if run.returncode == 0 and find_browser():
            return
        print("  " + ((run.stderr or run.stdout).strip().splitlines() or ["failed"])[-1])


def main():
    """Print the browser's path, after an attempt to install one if need be."""
    named = os.environ.get("FLARELANE_CHROMIUM")
    if not find_browser() and named is None:
        install_browser()
    print(
        f"Browser: {find_browser() or (f'FLARELANE_CHROMIUM is {named}, which is no program' if named else NO_BROWSER)}"
    )


if __name__ == "__main__":
    main()
