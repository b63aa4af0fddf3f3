"""The site works as its readers use it: in a browser, offline, by mouse and keyboard, with the numbers of the marts.

A page is opened from the disk and from a server on this machine. Any error on the console, and any request beyond the
site, fails the test. Tests marked `pictured` keep a screenshot in target/screenshots.
"""

import base64
import csv
import gzip
import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import duckdb
import pytest
from conftest import REPOSITORY
from environments import dbt_environment

from codegen.facts import STAGES, read_facts
from report.browser import ARGUMENTS, NO_BROWSER, find_browser
from report.page_file import PARTS, make_page, read_texts
from report.site import FOR_SPREADSHEETS, write_spreadsheets
from report.site_data import masked, pack, read_zone

FACTS = read_facts(REPOSITORY / "seeds")
SCREENSHOTS = REPOSITORY / "target" / "screenshots"
MEGABYTE = 1_000_000
# What a reader sees of a number that is not there.
DASH = "–"


# -------------------------------------------------------------------------------------------------- the site and a page


def run_site(arguments, folder):
    """Run python -m report.site as a process of its own, dbt's files in a folder (subprocess.CompletedProcess)."""
    return subprocess.run(
        [sys.executable, "-m", "report.site", *map(str, arguments)],
        cwd=REPOSITORY, env=dbt_environment(folder, folder / "export"),
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(sample_build, tmp_path_factory):
    """The site of the small, dirty sample (path)."""
    folder = tmp_path_factory.mktemp("site")
    run = run_site([sample_build.warehouse, "--site", folder / "site"], folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def server(site):
    """The address of a web server that hands out the site."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


@pytest.fixture(scope="module")
def browser():
    """A browser, or a skip that says what is missing. On CI a missing browser is an error: nothing is left untested."""
    path = find_browser()
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser, site, request):
    """A function that opens a page of the site; at the end nothing may have gone wrong on it, and nobody been asked."""
    contexts, faults = [], []

    def opened(view=None, base=None, width=1280, path="index.html", now=None, **options):
        base = base or f"{site.as_uri()}/"
        context = browser.new_context(viewport={"width": width, "height": 900}, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(45_000)
        page.on(
            "console", lambda said: said.type in ("error", "warning") and faults.append(f"{said.text} {said.location}")
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith((base, "data:", "blob:")) or faults.append(asked.url))
        if now:
            page.clock.set_fixed_time(now)
        page.goto(f"{base}{path}" + (f"#{urlencode(view)}" if view else ""))
        if path == "index.html":
            drawn(page)
        return page

    yield opened
    if request.node.get_closest_marker("pictured"):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w]+", "-", request.node.name.removeprefix("test_")).strip("-")
        contexts[-1].pages[-1].screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    for context in contexts:
        context.close()
    # The docs page asks for pictures by the names that stand in its templates; that is dbt's, and harmless.
    assert [fault for fault in faults if "%7B" not in fault] == []


def drawn(page):
    """Wait until the page has drawn what was chosen."""
    page.wait_for_selector("body[data-drawn=yes]")


@contextmanager
def redrawn(page):
    """Do something on the page that draws it again, and wait until it is drawn."""
    page.evaluate("document.body.dataset.drawn = 'no'")
    yield
    drawn(page)


def control(page, name):
    """Return the chooser of a name, as a screen reader finds it."""
    return page.get_by_role("combobox", name=name, exact=True)


def as_number(text):
    """Return the number that a cell shows, or None for a dash."""
    text = text.strip().replace("−", "").replace(",", "")
    return None if text.startswith(DASH) else int(text)


def funnel_on(page, channel):
    """Return what a channel's funnel shows: dict of stage to number or None, and dict of rate to text."""
    shown = page.evaluate(
        """channel => {
            const table = document.querySelector(`table.funnel[data-channel=${channel}]`);
            const rows = [...table.querySelectorAll("tr[data-stage]")];
            return {
                counts: Object.fromEntries(rows.map(
                    row => [row.dataset.stage, row.querySelector(".number").textContent])),
                rates: Object.fromEntries([...table.querySelectorAll("[data-rate]")].map(
                    rate => [rate.dataset.rate, rate.textContent])),
            };
        }""",
        channel,
    )
    return {stage: as_number(text) for stage, text in shown["counts"].items()}, shown["rates"]


def channels_on(page):
    return page.eval_on_selector_all("table.funnel", "tables => tables.map(table => table.dataset.channel)")


def as_percent(value):
    """Return a rate as the page writes it: halves are rounded up, and small rates keep a digit more."""
    step = Decimal("0.01") if value and abs(value) < 0.01 else Decimal("0.1")
    return f"{(Decimal(repr(value)) * 100).quantize(step, ROUND_HALF_UP)}%"


def assert_shows(page, rows):
    """The funnels on the page are those of the rows: list of dict with channel, counts, and rates if they have them."""
    assert set(channels_on(page)) == {row["channel"] for row in rows}
    for row in rows:
        counts, rates = funnel_on(page, row["channel"])
        reported = FACTS.stages(row["channel"])
        for stage, number in counts.items():
            assert number == (row[f"{stage}_messages"] if stage in reported else None), (row["channel"], stage)
        # Each stage that the channel reports is there, and each rate says its share and its base.
        assert set(reported) <= set(counts)
        for rate in FACTS.rates():
            if row["channel"] in FACTS.channels_without_rate(rate):
                assert rate["rate"] not in rates
                continue
            # The mart's own rate, else sums over sums: a rate of several days is no mean of rates.
            base = FACTS.rate_base(rate, row["channel"])
            total = sum(row[f"{stage}_messages"] for stage in base)
            value = row.get(rate["rate"], row[f"{rate['numerator'][0]}_messages"] / total if total else None)
            words = " and ".join(base)
            expected = f"no {words}" if value is None else f"{as_percent(value)} of {words}"
            assert rates[rate["rate"]] == expected, (row["channel"], rate["rate"])


SUMS = ", ".join(f"sum({stage}_messages)::bigint as {stage}_messages" for stage in [*STAGES, "reached"])


# ---------------------------------------------------------------------------------------------------------- the files


def test_a_folder_that_holds_something_else_stays_as_it_is(sample_build, tmp_path):
    notes = tmp_path / "folder" / "notes.txt"
    notes.parent.mkdir()
    notes.touch()
    run = run_site([sample_build.warehouse, "--site", notes.parent], tmp_path)
    assert run.returncode == 1 and "holds something else than a site: it stays as it is" in run.stderr
    assert list(notes.parent.iterdir()) == [notes]


def test_every_link_of_the_site_leads_somewhere(site):
    page = (site / "index.html").read_text("utf-8")
    links = {link.split("#")[0] for link in re.findall(r'(?:href|src)="([^"#][^"]*)"', page.split("<script")[0])}
    assert {f"data/{model}.{kind}" for model in FOR_SPREADSHEETS for kind in ("csv", "parquet")} < links
    assert "docs/index.html" in links
    assert [link for link in links if not (site / link).is_file()] == []


def test_the_spreadsheets_hold_the_marts(site, sample_build):
    with duckdb.connect(str(sample_build.warehouse), read_only=True) as connection:
        for model in FOR_SPREADSHEETS:
            mart = connection.execute(f"select * from {model} order by all").fetchall()
            assert mart
            parquet = connection.execute(f"select * from '{site}/data/{model}.parquet' order by all").fetchall()
            assert parquet == mart, model
            assert (site / "data" / f"{model}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
            types = connection.execute(f"select column_name, column_type from (describe {model})").fetchall()
            columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in types) + "}"
            cells = connection.execute(
                f"select * from read_csv('{site}/data/{model}.csv', header = true, columns = {columns}) order by all"
            ).fetchall()
            assert cells == mart, model


FORMULAS = ["=1+1", "+1", "-1", "@now()", "\t=1", "\r=1", "＝1", '=cmd|" /C calc"!A0']


def test_no_cell_is_a_formula_and_parquet_has_the_names_as_they_are(sample_build, tmp_path):
    warehouse = shutil.copyfile(sample_build.warehouse, tmp_path / "odd.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        for model, column in (("campaign_funnel", "campaign_name"), ("campaign_failures", "error")):
            connection.execute(f"create table copied as from {model}")
            connection.execute(f"drop {'table' if model == 'campaign_funnel' else 'view'} {model}")
            for text in [*FORMULAS, "a = b", "봄-세일"]:
                row = f"select * replace ($1 as {column}, -5 as messages) from copied where messages >= 0 limit 1"
                connection.execute(f"insert into copied by name ({row})", [text])
            connection.execute(f"alter table copied rename to {model}")
        site = tmp_path / "it's a site"
        site.mkdir()
        write_spreadsheets(connection, site)
        for model, column in (("campaign_funnel", "campaign_name"), ("campaign_failures", "error")):
            path = site / "data" / f"{model}.csv"
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = [row for row in csv.DictReader(file) if row["messages"] == "-5"]
            expected = {f"'{text}" for text in FORMULAS} | {"a = b", "봄-세일"}
            assert {row[column] for row in rows} == expected, model
            kept = connection.execute(
                f"select {column} from read_parquet($path) where messages = -5",
                {"path": str(path.with_suffix(".parquet"))},
            ).fetchall()
            assert {text for (text,) in kept} == {*FORMULAS, "a = b", "봄-세일"}, model


def test_nobody_is_in_the_site(site, sample_build):
    """No phone number or email address of the export is in any file, packed or not."""
    with duckdb.connect() as connection:
        people = connection.execute(f"""
            select distinct recipient from read_parquet('{sample_build.export_root}/crm_events/*/*/*.parquet',
                union_by_name = true) where length(recipient) >= 8
        """).fetchall()
        assert len(people) > 100
        texts = [path.read_text("utf-8-sig") for path in site.rglob("*") if path.suffix in (".html", ".csv", ".svg")]
        packed = re.search(r'id="data">([^<]+)<', (site / "index.html").read_text("utf-8"))[1]
        texts.append(gzip.decompress(base64.b64decode(packed)).decode("utf-8", "replace"))
        for path in (site / "data").glob("*.parquet"):
            texts.append(str(connection.execute(f"select * from '{path}'").fetchall()))
    # One search over all: the texts as a set of words, in which an address or number would stand whole.
    words = {word for text in texts for word in re.findall(r"[\w.+@-]{8,}", text)}
    assert [person for (person,) in people if person in words] == []


def test_errors_lose_what_looks_like_a_person():
    cases = {
        "mailbox kim.minji+1@example.co.kr unknown": "mailbox [email] unknown",
        "no such number +82 10-1234-5678": "no such number [number]",
        "01012345678 is not in service": "[number] is not in service",
        "code 5503: quota of 1000 exceeded": "code 5503: quota of 1000 exceeded",
        "invalid_token": "invalid_token",
    }
    shown = {text: duckdb.execute(f"select {masked('$1')}", [text]).fetchone()[0] for text in cases}
    assert shown == cases


def test_every_text_is_there_in_every_language():
    languages = read_texts()
    assert {"en", "ko"} <= set(languages)
    keys = set(languages["en"])
    assert {language: set(texts) ^ keys for language, texts in languages.items() if set(texts) != keys} == {}
    html = (PARTS / "page.html").read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in PARTS.glob("*.js"))
    used = set(re.findall(r'data-(?:text|label|hint)="([^"{]+)"', html)) | set(re.findall(r'\bt\("([^"]+)"', code))
    used |= {f"model.{model}" for model in FOR_SPREADSHEETS} | {f"period.{name}" for name in ("day", "week", "month")}
    used |= {f"channel.{channel}" for channel in FACTS.channels} | {f"rate.{rate['rate']}" for rate in FACTS.rates()}
    used |= {f"{kind}.{stage}" for kind in ("stage", "of_stage") for stage in (*STAGES, "reached")}
    used |= {f"rule.{rule['rule']}" for rule in FACTS.column_rules()}
    assert sorted(used - keys) == []
    placeholders = {
        language: {key: set(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}
        for language, texts in languages.items()
    }
    assert all(own == placeholders["en"] for own in placeholders.values())


def test_no_warehouse_is_said_in_one_sentence(tmp_path):
    run = run_site([tmp_path / "none.duckdb", "--site", tmp_path / "site"], tmp_path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"No warehouse at {tmp_path / 'none.duckdb'}: run `make build`")
    assert not (tmp_path / "site").exists()


# ------------------------------------------------------------------------------------------------ numbers in a browser


@pytest.mark.parametrize("way", ["file", "server"])
def test_numbers_are_those_of_the_marts(way, open_page, sample_build, request):
    page = open_page(base=request.getfixturevalue("server") if way == "server" else None)
    assert_shows(page, sample_build.rows(f"select channel, {SUMS} from channel_funnel_daily group by channel"))

    with redrawn(page):
        control(page, "Project").select_option("hanbit-mart")
    by_project = f"select channel, {SUMS} from channel_funnel_daily where project_id = 'hanbit-mart'"
    assert_shows(page, sample_build.rows(f"{by_project} group by channel"))

    with redrawn(page):
        control(page, "Channel").select_option("email")
    with redrawn(page):
        page.get_by_label("From").fill("2026-09-10")
    with redrawn(page):
        page.get_by_label("To", exact=True).fill("2026-09-20")
    some_days = "message_date between '2026-09-10' and '2026-09-20'"
    assert_shows(page, sample_build.rows(f"{by_project} and channel = 'email' and {some_days} group by channel"))

    # A shared link shows the same, and going back to no choice shows all.
    again = open_page(view=dict(part.split("=") for part in page.url.split("#")[1].split("&")))
    assert funnel_on(again, "email") == funnel_on(page, "email")
    with redrawn(page):
        page.get_by_role("button", name="Reset").click()
    assert page.url.endswith("#")
    assert len(channels_on(page)) == 6


@pytest.mark.pictured
def test_a_campaign_shows_its_row_of_the_mart(open_page, sample_build):
    rows = sample_build.rows("select * from campaign_funnel order by campaign_id, channel")
    several = next(
        row
        for row in rows
        if row["channel"] == "iam" and sum(row["campaign_id"] == other["campaign_id"] for other in rows) > 1
    )
    email = max((row for row in rows if row["channel"] == "email"), key=lambda row: row["messages"])
    page = open_page()
    for campaign in (email, several):
        with redrawn(page):
            control(page, "Campaign").fill(campaign["campaign_id"])
            page.locator("#campaign-list [role=option]").first.click()
        assert page.locator("#subject").text_content() == campaign["campaign_name"]
        assert_shows(page, [row for row in rows if row["campaign_id"] == campaign["campaign_id"]])
        if campaign is email:
            click_rate = page.locator("#headline [data-rate=click_rate]").text_content()
            assert as_percent(campaign["click_rate"]) in click_rate
        # The campaign is the page: nothing of the others.
        assert not page.locator("#campaigns").is_visible() and not page.locator("#journeys").is_visible()
    # Distinct people come from the mart, whatever the dates are.
    with redrawn(page):
        page.get_by_role("button", name="Last 7 days").click()
    people = page.locator("#whole-period tbody tr", has_text="In-app").locator("td").first.text_content()
    assert as_number(people) == several["reached_recipients"]


@pytest.mark.pictured
def test_a_journey_shows_its_steps_in_order(open_page, sample_build):
    [journey] = sample_build.rows("select * from dim_journeys order by messages desc limit 1")
    page = open_page(view={"journey": journey["journey_id"]})
    own = f"where journey_id = '{journey['journey_id']}'"
    assert_shows(page, sample_build.rows(f"select * from journey_funnel {own}"))
    steps = sample_build.rows(f"select * from journey_step_funnel {own} order by first_message_at, channel")
    shown = page.eval_on_selector_all(
        ".step-row",
        "rows => rows.map(row => [row.dataset.step, row.dataset.channel,"
        " row.querySelector('.number').firstChild.textContent])",
    )
    assert [(step, channel) for step, channel, _ in shown] == [
        (row["journey_step_id"] or "", row["channel"]) for row in steps
    ]
    # Over all dates the bars are runs of the journey; over some, messages, as runs do not add up over days.
    assert [text for *_, text in shown] == [f"{row['enrollments']:,} runs" for row in steps]
    with redrawn(page):
        page.get_by_label("To", exact=True).fill("2026-09-20")
    days = f"{own} and message_date <= '2026-09-20'"
    assert_shows(page, sample_build.rows(f"select channel, {SUMS} from journey_step_funnel_daily {days} group by 1"))
    created = sample_build.rows(f"select sum(created_messages)::int as n from journey_step_funnel_daily {days}")[0]["n"]
    texts = page.eval_on_selector_all(".step-row .number", "cells => cells.map(cell => cell.firstChild.textContent)")
    assert sum(as_number(text.removesuffix(" created")) for text in texts) == created


def test_failures_count_what_the_mart_counts(open_page, sample_build):
    [campaign] = sample_build.rows(
        "select campaign_id from campaign_failures_daily group by all order by sum(messages) desc, 1 limit 1"
    )
    for view, where in (
        ({}, "true"),
        ({"campaign": campaign["campaign_id"]}, f"campaign_id = '{campaign['campaign_id']}'"),
    ):
        page = open_page(view=view)
        shown = page.eval_on_selector_all(
            "#failures [data-error]",
            "items => items.map(item => [item.closest('[data-stage]').dataset.stage, item.dataset.error,"
            " item.querySelector('.number').textContent.split(' ')[0]])",
        )
        assert {(stage, error): as_number(number) for stage, error, number in shown} == {
            (row["stage"], row["error"] or "no reason given"): row["n"]
            for row in sample_build.rows(
                f"select stage, error, sum(messages)::int as n from campaign_failures where {where} group by 1, 2"
            )
        }


def test_the_trend_has_a_row_a_day_and_marks_what_can_change(open_page, sample_build):
    page = open_page(view={"channel": "push", "project": "hanbit-mart", "rate": "failure_rate"})
    page.locator("#trend-rows summary").click()
    shown = page.eval_on_selector_all(
        "#trend-rows tbody tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    rows = sample_build.rows(
        "select * from channel_funnel_daily where channel = 'push' and project_id = 'hanbit-mart' order by message_date"
    )
    assert shown == [
        [
            str(row["message_date"]), "Push", f"{row['sent_messages'] + row['failed_messages']:,}",
            f"{row['failed_messages']:,}", as_percent(row["failure_rate"]),
            "" if row["is_settled"] else "can still change",
        ]
        for row in rows
    ]  # fmt: skip
    assert {row["is_settled"] for row in rows} == {True, False}
    # The picture has a bar a day, and is shaded from the first day that can still change; the words say which it is.
    assert page.locator("#trend-base .layer_1_marks path").count() == len(rows)
    assert page.locator("#trend-base .layer_0_marks path").count() == 1
    first = min(row["message_date"] for row in rows if not row["is_settled"])
    assert (
        page.locator("#unsettled").text_content().startswith(f"From {first} on (shaded) the numbers can still change")
    )
    # Each label stands below the middle of its bar.
    middles = page.eval_on_selector_all(
        "#trend-base .layer_1_marks path, #trend-rate .role-axis-label text:not([opacity='0'])",
        """marks => marks.filter(mark => !/%/.test(mark.textContent)).map(mark => mark.getBoundingClientRect()).map(
            box => box.x + box.width / 2)""",
    )
    bars, labels = middles[: len(rows)], middles[len(rows) :]
    assert len(labels) > 5 and all(min(abs(label - bar) for bar in bars) < 1 for label in labels)
    with redrawn(page):
        control(page, "By").select_option("week")
    weeks = page.locator("#trend-rows tbody tr").count()
    assert 5 <= weeks <= 7
    # Of the last week every day can still change: no picture that is shaded all over, but words.
    with redrawn(page):
        page.get_by_role("button", name="Last 7 days").click()
    assert page.locator("#unsettled").text_content().startswith("All of these days can still change")
    assert page.locator("#trend-base .layer_0_marks path").count() == 0
    # Bars are of all channels, whatever the rate; channels without it are named.
    with redrawn(page):
        control(page, "By").select_option("day")
    with redrawn(page):
        control(page, "Channel").select_option("")
    created = sample_build.rows(
        "select count(*)::int as n from channel_funnel_daily where project_id = 'hanbit-mart' and message_date >"
        " (select max(message_date) - 7 from channel_funnel_daily)"
    )[0]["n"]
    assert page.locator("#trend-base .layer_1_marks path").count() == created
    assert page.locator("#trend-missing").text_content() == "Failure rate is not reported by In-app message."
    # Stacked: what stands in one place is as high as its bars together.
    heights = page.evaluate(
        """() => {
            const days = {};
            for (const bar of document.querySelectorAll("#trend-base .layer_1_marks path")) {
                const { x, top, bottom } = bar.getBoundingClientRect();
                const day = (days[Math.round(x)] ??= { top, bottom, sum: 0 });
                day.top = Math.min(day.top, top);
                day.bottom = Math.max(day.bottom, bottom);
                day.sum += bottom - top;
            }
            return Object.values(days).map(({ top, bottom, sum }) => Math.abs(bottom - top - sum));
        }"""
    )
    assert heights and max(heights) < 1


def campaign_rows(page):
    """Return the rows of the table of campaigns: id, channel, and what stands in each column of numbers (dict)."""
    rows = page.eval_on_selector_all(
        "#campaign-table tbody tr",
        """rows => rows.map(row => [row.dataset.campaign, row.dataset.channel, Object.fromEntries(
            [...row.querySelectorAll("td[data-column]")].map(
                cell => [cell.dataset.column, cell.querySelector("b")?.textContent ?? "–"]))])""",
    )
    return [(campaign, channel, cells) for campaign, channel, cells in rows]


CAMPAIGN_COUNTS = ("created", "reached", "clicked")
CAMPAIGN_RATES = ("delivery_rate", "failure_rate", "open_rate", "click_rate")


def test_the_table_of_campaigns_is_the_mart_sorted(open_page, sample_build):
    page = open_page()
    page.get_by_role("button", name="Show all").click()

    def shown(value, is_rate=False):
        return DASH if value is None else as_percent(value) if is_rate else f"{value:,}"

    expected = [
        (row["campaign_id"], row["channel"],
         {stage: shown(row[f"{stage}_messages"]) for stage in CAMPAIGN_COUNTS}
         | {rate: shown(row[rate], True) for rate in CAMPAIGN_RATES})
        for row in sample_build.rows("select * from campaign_funnel")
    ]  # fmt: skip
    assert sorted(campaign_rows(page), key=lambda row: row[:2]) == sorted(expected, key=lambda row: row[:2])
    # Sorted by a rate, the best leads of those that have messages enough; 7 of 17 comes later.
    page.get_by_role("button", name="Click rate").click()
    drawn(page)
    assert page.locator("#campaign-table th[aria-sort=descending]").text_content().startswith("Click rate")
    for least in (30, 0):
        with redrawn(page):
            control(page, "Rates of at least").select_option(str(least))
        [best] = sample_build.rows(
            f"select max(click_rate) as rate from campaign_funnel where reached_messages >= {least}"
        )
        assert campaign_rows(page)[0][2]["click_rate"] == as_percent(best["rate"])
    with redrawn(page):
        page.get_by_label("Find in the campaigns").fill("push hanbit")
    assert {row[1] for row in campaign_rows(page)} == {"push"}
    # Columns are those that the shown channels report, and without the project where one is chosen.
    assert columns_of(page) == ["created", "reached", "failure_rate", "clicked", "click_rate"]
    page = open_page(view={"channel": "sms", "project": "hanbit-mart"})
    assert columns_of(page) == ["created", "reached", "delivery_rate", "failure_rate"]
    headings = page.eval_on_selector_all(
        "#campaign-table th [data-sort]", "parts => parts.map(part => part.dataset.sort)"
    )
    assert headings == ["name", *columns_of(page)]


def columns_of(page):
    return page.eval_on_selector_all(
        "#campaign-table tbody tr:first-child td[data-column]", "cells => cells.map(cell => cell.dataset.column)"
    )


def test_names_that_stand_twice_are_told_apart(open_page, sample_build):
    [twice] = sample_build.rows(
        "select campaign_name as name, list(campaign_id order by campaign_id) as ids,"
        " list(first_message_at::date::varchar order by campaign_id) as dates"
        " from dim_campaigns group by 1 having count(*) > 1 order by 1 limit 1"
    )
    page = open_page(view={"find": twice["name"]})
    shown = page.eval_on_selector_all(
        "#campaign-table tbody tr",
        "rows => rows.map(row => [row.dataset.campaign, row.querySelector('.told-apart').textContent])",
    )
    shown = [(campaign, apart) for campaign, apart in shown if campaign in twice["ids"]]
    assert {campaign for campaign, _ in shown} == set(twice["ids"])
    for campaign, apart in shown:
        date = twice["dates"][twice["ids"].index(campaign)]
        assert apart.endswith(f"since {date} · …{campaign[-6:]}")
    control(page, "Campaign").fill(twice["name"])
    details = page.eval_on_selector_all(".option-detail", "details => details.map(detail => detail.textContent)")
    assert all(any(detail.endswith(f"…{campaign[-6:]}") for detail in details) for campaign in twice["ids"])


# ------------------------------------------------------------------------------------------ the period before, changes


# Tables that have to be scrolled sideways.
CUT_OFF = """[...document.querySelectorAll(".scroll")].filter(box => box.scrollWidth > box.clientWidth + 1).map(
    box => box.ariaLabel)"""
HALVES = ("2026-09-15", "2026-09-27"), ("2026-09-02", "2026-09-14")


def test_each_number_stands_beside_that_of_the_period_before(open_page, sample_build):
    (first, last), (before_first, before_last) = HALVES
    now, before = (
        {row["channel"]: row for row in sample_build.rows(
            f"select channel, {SUMS} from channel_funnel_daily"
            f" where message_date between '{since}' and '{until}' group by channel")}
        for since, until in HALVES
    )  # fmt: skip
    page = open_page(view={"from": first, "to": last})
    assert (
        page.locator("#compared")
        .text_content()
        .startswith(f"Compared with the period before, {before_first} – {before_last}.")
    )
    # Counts add up over channels; rates do not, so no tile has one.
    assert page.locator("#headline [data-rate]").count() == 0
    for stage in ("created", "reached"):
        tile = page.locator(f"#headline [data-stage={stage}]").text_content()
        total, old = (sum(row[f"{stage}_messages"] for row in half.values()) for half in (now, before))
        change = (total - old) / old
        assert f"{total:,}" in tile and f"before {old:,}" in tile
        way = "up" if change > 0 else "down"
        assert page.locator(f"#headline [data-stage={stage}] .delta").get_attribute("data-way") == way
        assert f"{abs(change) * 100:.1f}%" in tile
    for channel in now:
        cell = page.locator(f"#channel-table tr[data-channel={channel}] td:has([data-rate=failure_rate])")
        if channel == "iam":
            assert cell.count() == 0
            continue
        bases = [half[channel]["sent_messages"] + half[channel]["failed_messages"] for half in (now, before)]
        failed = [half[channel]["failed_messages"] for half in (now, before)]
        text = cell.text_content()
        assert as_percent(failed[0] / bases[0]) in text
        assert f"{failed[0]:,} of {bases[0]:,}before {failed[1]:,} of {bases[1]:,}" in text
    # The table of campaigns too.
    for campaign, channel, _ in campaign_rows(page)[:3]:
        text = page.locator(f'#campaign-table tr[data-campaign="{campaign}"][data-channel={channel}]').text_content()
        [old] = sample_build.rows(
            f"select coalesce(sum(created_messages), 0)::int as n from campaign_funnel_daily"
            f" where campaign_id = '{campaign}' and channel = '{channel}'"
            f" and message_date between '{before_first}' and '{before_last}'"
        )
        assert f"before {old['n']:,}" in text
    # One channel has rates of its own in the tiles, with both bases.
    with redrawn(page):
        control(page, "Channel").select_option("push")
    counts = [(half["push"]["clicked_messages"], half["push"]["reached_messages"]) for half in (now, before)]
    tile = page.locator("#headline [data-rate=click_rate]").text_content()
    assert f"{counts[0][0]:,} of {counts[0][1]:,} reached" in tile
    assert f"before {as_percent(counts[1][0] / counts[1][1])} ({counts[1][0]:,} of {counts[1][1]:,})" in tile
    # Where the data does not reach back, nothing is compared, and the page says so.
    with redrawn(page):
        page.get_by_label("From").fill("2026-09-10")
    assert page.locator("#compared").text_content().startswith("Not compared: the data begins on 2026-09-01")
    assert page.locator(".delta, .was").count() == 0 and page.locator("#changes [data-rate]").count() == 0


def changes(rows, days, first):
    """Return the rates that differ by more than chance from those of the days before.

    rows: of channel_funnel_daily and campaign_funnel_daily, campaign "" in the former. first, days: of the period.
    Returns a dict of (campaign, channel, rate) to the distance in standard deviations and what the page says, and how
    many more lie just below.
    """
    groups = {}
    for row in rows:
        place = (row["message_date"] - first).days // days
        if place in (0, -1):
            half = groups.setdefault((row["campaign"], row["channel"]), ({}, {}))[-place]
            for name in [*STAGES, "reached"]:
                half[name] = half.get(name, 0) + (row[f"{name}_messages"] or 0)
    told, below = {}, 0
    for (campaign, channel), (now, before) in groups.items():
        for rate in FACTS.rates():
            base = FACTS.rate_base(rate, channel)
            if (
                rate["rate"] not in CAMPAIGN_RATES
                or channel in FACTS.channels_without_rate(rate)
                or not (now and before)
            ):
                continue
            bases = [sum(half[stage] for stage in base) for half in (now, before)]
            parts = [half[rate["numerator"][0]] for half in (now, before)]
            share = sum(parts) / max(1, sum(bases))
            if 0 in bases or share in (0, 1):
                continue
            deviation = (share * (1 - share) * (1 / bases[0] + 1 / bases[1])) ** 0.5
            distance = abs(parts[0] / bases[0] - parts[1] / bases[1]) / deviation
            below += 2 <= distance < 2.5
            if distance >= 2.5:
                words = f"{as_percent(parts[0] / bases[0])} ({parts[0]:,} of {bases[0]:,})"
                told[(campaign, channel, rate["rate"])] = distance, words
    return told, below


def test_what_changed_is_more_than_chance(open_page, sample_build):
    rows = [
        row
        for model, campaign in (("channel_funnel_daily", "''"), ("campaign_funnel_daily", "campaign_id"))
        for row in sample_build.rows(f"select {campaign} as campaign, * from {model}")
    ]
    # The first period of the sample with a change that is told, and one that is not.
    first, days, told = next(
        (date(2026, 9, day), days, told)
        for days in range(3, 16)
        for day in range(1 + days, 31 - days)
        for told, below in [changes(rows, days, date(2026, 9, day))]
        if told and below
    )
    last = first + timedelta(days=days - 1)
    page = open_page(view={"from": first, "to": last, "least": 0})
    shown = page.eval_on_selector_all(
        "#changes li[data-rate]",
        "items => items.map(item => [item.dataset.campaign ?? '', item.dataset.channel, item.dataset.rate,"
        " item.querySelector('.what').textContent])",
    )
    assert told and {tuple(key) for *key, _ in shown} <= told.keys()
    assert all(told[tuple(key)][1] in text for *key, text in shown)
    # The surest is among them, of whatever kind it is.
    assert max(told, key=lambda key: told[key][0]) in {tuple(key) for *key, _ in shown}


# ---------------------------------------------------------------------------------------------------------- conversions


def conversions_on(page):
    """Return what the panel says by channel: dict of channel to texts of the rate, words, conversions and the rest."""
    rows = page.eval_on_selector_all(
        "#conversion-table tbody tr:has([data-channel])",
        """rows => rows.map(row => [row.querySelector("[data-channel]").dataset.channel, {
            rate: row.querySelector("[data-rate]").textContent,
            words: row.querySelector(".base").textContent,
            rest: [...row.querySelectorAll("td.number")].map(
                cell => cell.querySelector("b")?.textContent ?? cell.textContent),
        }])""",
    )
    return dict(rows)


def won(value):
    return "–" if value is None else f"₩{round(value):,}"


BASIS_WORDS = {"sent": "who were sent a message", "clicked": "who clicked"}


def assert_conversions(page, rows, how="", basis="sent"):
    """The panel has these rows by channel: list of dict with the columns of campaign_conversions."""
    shown = conversions_on(page)
    assert set(shown) == {row["channel"] for row in rows} and rows
    for row in rows:
        own = "clicked" if row["channel"] == "iam" else basis if row["channel"] in ("push", "email") else "sent"
        got = shown[row["channel"]]
        assert got["words"] == (
            f"{row['converted_recipients']:,} of {row['basis_recipients']:,} people{how} {BASIS_WORDS[own]}"
        ), row
        rate = row["converted_recipients"] / row["basis_recipients"]
        assert got["rate"] == as_percent(rate)
        assert got["rest"][:2] == [f"{row['conversions']:,}", won(row["revenue"] or 0)]
        if "median_seconds_to_conversion" in row:
            seconds = row["median_seconds_to_conversion"]
            number, unit = (got["rest"][2].split(" ") + [""])[:2] if seconds is not None else (None, None)
            size = {"s": 1, "min": 60, "h": 3600, None: 1}[unit]
            assert seconds is None or abs(int(number.replace(",", "")) - seconds / size) <= 0.51


# Counts that may be added up over days and campaigns as they are, and those that the page says it adds up.
CONVERSION_SUMS = ", ".join(
    f"sum({column})::bigint as {column}"
    for column in (
        "basis_messages", "basis_recipients", "converted_recipients", "conversions", "last_touch_conversions"
    )
) + ", sum(revenue) as revenue, sum(last_touch_revenue) as last_touch_revenue"  # fmt: skip


@pytest.mark.pictured
@pytest.mark.parametrize(
    ("name", "basis", "hours"), [("purchase", "sent", 72), ("purchase_after_click", "clicked", 24)]
)
def test_conversions_are_those_of_the_marts(name, basis, hours, open_page, sample_build):
    goal = f"goal = '{name}' and project_id = 'hanbit-mart'"
    page = open_page(view={"project": "hanbit-mart", "goal": name})
    clicked = "'push', 'email', 'iam'" if basis == "clicked" else "'iam'"
    # Of a channel, distinct people and events by the messages themselves: those of campaigns do not add up.
    of_channels = sample_build.rows(f"""
        with basis as (
            select channel, count(distinct person_key) as basis_recipients from fct_messages
            where project_id = 'hanbit-mart' and not is_test
                and if(channel in ({clicked}), clicked_at, sent_at) is not null
            group by 1
        ),
        credited as (
            select channel, count(distinct person_key) as converted_recipients,
                count(distinct event_id) as conversions, median(seconds_to_conversion) as median_seconds_to_conversion,
                (select sum(amount) from (select distinct event_id, amount from fct_conversions as other
                    where {goal} and other.channel = own.channel)) as revenue
            from fct_conversions as own where {goal} group by 1
        )
        select basis.*, coalesce(converted_recipients, 0) as converted_recipients,
            coalesce(conversions, 0) as conversions, median_seconds_to_conversion, revenue
        from basis left join credited using (channel)
    """)
    assert_conversions(page, of_channels, basis=basis)
    [events] = sample_build.rows(
        "select sum(goal_events)::int as n, sum(credited_events)::int as credited, sum(goal_revenue) as revenue,"
        f" sum(credited_revenue) as credited_revenue from goal_conversions_daily where {goal}"
    )
    said = page.locator("#goal-events").text_content()
    assert f"there were {events['n']:,} such events, and {events['credited']:,} of them" in said
    assert f"amounts: {won(events['revenue'])}, and {won(events['credited_revenue'])} after a message" in said
    assert f"within {hours} hours" in page.locator("#goal-in-words").text_content()
    # By campaign, the most conversions first.
    page.locator("#conversions-by-campaign summary").click()
    top = page.locator("#conversions-by-campaign tbody tr").first
    [most] = sample_build.rows(f"select max(conversions) as n from campaign_conversions where {goal}")
    assert top.locator("td.number b").first.text_content() == f"{most['n']:,}"

    # Last touch: the share is of messages, and the rows add up to what was credited at all.
    with redrawn(page):
        control(page, "Credit").select_option("last")
    last = sample_build.rows(f"select channel, {CONVERSION_SUMS} from campaign_conversions where {goal} group by 1")
    shown = conversions_on(page)
    assert set(shown) == {row["channel"] for row in last}
    for row in last:
        assert shown[row["channel"]]["words"].startswith(
            f"{row['last_touch_conversions']:,} for {row['basis_messages']:,} messages "
        )
        assert shown[row["channel"]]["rest"] == [
            f"{row['last_touch_conversions']:,}", won(row["last_touch_revenue"] or 0)
        ]  # fmt: skip
    total = page.locator("#conversion-table tbody tr:last-child td.number").all_text_contents()
    assert total == [f"{events['credited']:,}", won(events["credited_revenue"])]
    full = sum(row["conversions"] for row in of_channels)
    note = page.locator("#credit-note").text_content()
    assert f"Here: {full:,} by full credit, {events['credited']:,} by last touch." in note
    assert full > events["credited"] or basis == "clicked"

    # Some days of all campaigns, then of one: people once a campaign and day, and the page says so.
    with redrawn(page):
        control(page, "Credit").select_option("")
    with redrawn(page):
        page.get_by_label("From").fill("2026-09-20")
    days = f"{goal} and message_date >= '2026-09-20'"
    daily = f"select channel, {CONVERSION_SUMS} from campaign_conversions_daily where"
    assert_conversions(page, sample_build.rows(f"{daily} {days} group by 1"), ", counted by campaign and day,", basis)
    assert "once a campaign and day" in page.locator("#people-note").text_content()
    [campaign] = sample_build.rows(
        f"select campaign_id as id from campaign_conversions_daily where {days} and channel = 'push'"
        " group by 1 order by sum(conversions) desc, 1 limit 1"
    )
    with redrawn(page):
        control(page, "Campaign").fill(campaign["id"])
        page.locator("#campaign-list [role=option]").first.click()
    own = f"campaign_id = '{campaign['id']}'"
    with redrawn(page):
        page.get_by_label("From").fill("2026-09-20")
    assert_conversions(page, sample_build.rows(f"{daily} {days} and {own} group by 1"), ", counted by day,", basis)
    # All dates of one campaign: the mart's own row.
    with redrawn(page):
        page.get_by_role("button", name="All dates").click()
    assert_conversions(
        page, sample_build.rows(f"select * from campaign_conversions where {goal} and {own}"), basis=basis
    )


def test_conversions_of_a_journey_are_of_all_dates(open_page, sample_build):
    [journey] = sample_build.rows(
        "select journey_id as id, project_id from journey_conversions where goal = 'purchase'"
        " group by all order by sum(conversions) desc, 1 limit 1"
    )
    page = open_page(view={"journey": journey["id"], "goal": "purchase", "from": "2026-09-20"})
    assert_conversions(
        page,
        sample_build.rows(
            f"select * from journey_conversions where goal = 'purchase' and journey_id = '{journey['id']}'"
        ),
    )
    assert page.locator("#people-note").text_content().startswith("Of all dates, whatever is chosen above")
    # The goals of another project are not offered.
    assert "booking" not in page.eval_on_selector_all("#goal option", "options => options.map(({ value }) => value)")


# -------------------------------------------------------------------------------------------------- timing and content


@pytest.mark.pictured
def test_timing_and_content_are_those_of_the_marts(open_page, sample_build):
    page = open_page(view={"tab": "content", "project": "hanbit-mart", "from": "2026-09-10", "least": 30})
    own = "project_id = 'hanbit-mart'"
    days = f"{own} and message_date >= '2026-09-10'"
    assert page.locator("#hours .hours").count() == 3
    hours = page.eval_on_selector_all(
        "[data-channel=push] .hour[title]", "cells => cells.map(cell => [cell.dataset.hour, cell.title])"
    )
    assert len(hours) == 7 * 24
    expected = {
        f"{row['message_weekday']} {row['message_hour']}": row
        for row in sample_build.rows(
            "select message_weekday, message_hour, sum(reached_messages)::int as reached,"
            f" sum(clicked_messages)::int as clicked from hour_funnel_daily where {days} and channel = 'push'"
            " group by all"
        )
    }
    for hour, title in hours:
        row = expected.get(hour)
        if row and row["reached"]:
            assert title.endswith(
                f"{as_percent(row['clicked'] / row['reached'])} ({row['clicked']:,} of {row['reached']:,})"
            )
        elif not row:
            assert title.endswith(f": {DASH}")

    # By platform: of the messages themselves, in UTC, which is the sample's zone.
    with redrawn(page):
        control(page, "Platform").select_option("android")
    most = page.locator("[data-channel=push].hours details tbody tr").all_text_contents()
    of_platform = sample_build.rows(
        "select isodow(message_date) as day, hour(message_at) as hour, count(clicked_at)::int as clicked,"
        " count(*) filter (where is_reached)::int as reached from fct_messages"
        f" where {days} and channel = 'push' and platform = 'android' and not is_test group by all order by 1, 2"
    )
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert most == [
        f"{names[row['day'] - 1]}{row['hour']:02}:00{row['reached']:,}{row['clicked']:,}" for row in of_platform
    ]

    def cells(table):
        return page.eval_on_selector_all(
            f"#{table} tbody tr",
            "rows => rows.map(row => [{...row.querySelector('th [data-platform], th [data-bucket], th [data-clickable],"
            " th [data-template]').dataset}, [...row.querySelectorAll('td.number')].map(cell => cell.textContent)])",
        )

    platforms = {
        (row["channel"], row["platform"]): row
        for row in sample_build.rows(
            "select channel, platform, sum(reached_messages)::int as reached, sum(clicked_messages)::int as clicked"
            f" from platform_funnel_daily where {days} and platform is not null group by all"
        )
    }
    shown = {(data["channel"], data["platform"]): texts for data, texts in cells("platform-table") if data["platform"]}
    assert platforms and shown.keys() == platforms.keys()
    for key, row in platforms.items():
        assert as_number(shown[key][0]) == row["reached"]
        assert f"{row['clicked']:,} of {row['reached']:,}" in shown[key][-1]

    pressure = sample_build.rows(
        "select reached_bucket as bucket, sum(people)::int as people, sum(reached_messages)::int as reached,"
        " sum(clicked_messages)::int as clicked, sum(clicked_people)::int as clicked_people"
        f" from message_pressure_weekly where {own} and week >= '2026-09-10' group by 1"
    )
    shown = {data["bucket"]: texts for data, texts in cells("pressure-table")}
    assert shown.keys() == {row["bucket"] for row in pressure}
    for row in pressure:
        people, clicked_people, rate = shown[row["bucket"]]
        assert as_number(people) == row["people"]
        assert clicked_people.endswith(f"{row['clicked_people']:,} of {row['people']:,}")
        words = f"{as_percent(row['clicked'] / max(1, row['reached']))} {row['clicked']:,} of {row['reached']:,}"
        assert rate == (words if row["reached"] else DASH)

    clicks = sample_build.rows(
        f"select * from in_app_clicks where {own}"
        " order by clicked_messages desc, campaign_id, iam_clickable_id limit 10"
    )
    assert [(data["clickable"], *texts) for data, texts in cells("in-app-table")] == [
        (
            row["iam_clickable_id"] or "", f"{row['clicked_messages']:,}", f"{row['click_events']:,}",
            f"{as_percent(row['click_rate'])} {row['clicked_messages']:,} of {row['displayed_messages']:,}",
        )
        for row in clicks
    ]  # fmt: skip
    templates = {
        (row["template_id"], row["channel"]): row
        for row in sample_build.rows(f"select * from template_funnel where {own}")
    }
    shown = cells("template-table")
    assert shown and len(shown) == min(10, len(templates))
    reached = sorted((row["reached_messages"] for row in templates.values()), reverse=True)
    assert max(as_number(texts[1]) for _, texts in shown) == reached[0]
    # A chosen campaign has its own buttons beside its funnel.
    page = open_page(view={"campaign": clicks[0]["campaign_id"]})
    shown = {data["clickable"]: texts[0] for data, texts in cells("in-app-table")}
    assert page.locator("#in-app").is_visible() and shown == {
        row["iam_clickable_id"] or "": f"{row['clicked_messages']:,}"
        for row in sample_build.rows(f"select * from in_app_clicks where campaign_id = '{clicks[0]['campaign_id']}'")
    }


def test_the_page_says_how_old_it_is_and_whose_days_it_shows(open_page, sample_build):
    [newest] = sample_build.rows(
        "select max(event_at) as at, max(event_at)::date as day from stg_flarelane__crm_events"
    )
    page = open_page(now=newest["at"] + timedelta(hours=30))
    assert not page.locator("#stale").is_visible()
    assert page.locator("#scope").text_content().endswith(" · days of UTC")
    page = open_page(now=newest["at"] + timedelta(days=40, hours=1), view={"from": "2027-01-01", "to": "2027-01-07"})
    assert page.locator("#stale").text_content().startswith("The newest event is 40 days old")
    # The dates are those that were asked for, and what the data has stands beside them.
    [span] = sample_build.rows("select min(message_date) as first, max(message_date) as last from channel_funnel_daily")
    assert "2027-01-01 – 2027-01-07" in page.locator("#scope").text_content()
    assert page.locator("#beyond").text_content().startswith(f"The data covers {span['first']} – {span['last']}.")
    assert page.locator("#newest-day").text_content() == f"to {span['last']}, the newest day with messages"


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul"])
def test_the_zone_is_that_of_the_warehouse(zone):
    at = "message_at" if zone == "UTC" else f"timezone('{zone}', timezone('UTC', message_at))"
    with duckdb.connect() as connection:
        connection.execute("create table int_messages (message_at timestamp)")
        connection.execute(
            f"create view int_funnel_messages as select extract(hour from {at}) as hour from int_messages"
        )
        assert read_zone(connection) == zone


def test_the_report_is_short(open_page):
    """All channels above the fold, and no longer than a reader scrolls; the rest is folded or on a page of its own."""
    page = open_page(now="2026-10-11")
    heights = [page.evaluate("document.documentElement.scrollHeight")]
    assert page.evaluate("document.querySelector('#channel-table').getBoundingClientRect().bottom") < 930
    page = open_page(width=390)
    heights.append(page.evaluate("document.documentElement.scrollHeight"))
    assert heights[0] < 4000 and heights[1] < 8000
    # What to choose is folded on a phone, and says what is chosen.
    assert not page.get_by_label("From").is_visible()
    assert "All projects" in page.locator("#filter-fold summary").text_content()
    # A channel opens in place.
    for channel in ("push", "email"):
        page.locator(f"[data-open={channel}]").click()
    bars = page.locator("table.funnel[data-channel=email] .step .fill").all()
    assert len(bars) == 5 and all(10 < bar.bounding_box()["height"] < 40 for bar in bars)
    # A wide screen is used, and cuts nothing off.
    page = open_page(width=1920, view={"from": HALVES[0][0], "to": HALVES[0][1]})
    places = page.evaluate(
        "['trend', 'conversions'].map(id => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert places[0] == places[1] and page.evaluate(CUT_OFF) == []
    # A closed in-app message is no failure.
    assert page.locator("[data-stage=closed]").first.get_attribute("class") == "beside"


@pytest.mark.pictured
def test_data_quality_is_told(open_page, sample_build):
    page = open_page(view={"project": "northwind-travel", "tab": "quality"})
    own = "project_id = 'northwind-travel'"
    [rows] = sample_build.rows(
        "select sum(source_rows)::int as source, sum(duplicate_rows)::int as duplicates,"
        f" sum(rejected_rows)::int as rejected from export_reconciliation where {own}"
    )
    tiles = page.eval_on_selector_all(
        "#quality .tile",
        "tiles => tiles.map(tile => [tile.querySelector('dt').textContent,"
        " tile.querySelector('dd').firstChild.textContent])",
    )
    tiles = {name: as_number(number) for name, number in tiles}
    assert tiles["Source rows"] == rows["source"] and tiles["Duplicates"] == rows["duplicates"]
    assert tiles["Rejected"] == rows["rejected"]
    reasons = page.eval_on_selector_all(
        "[data-reason]", "items => items.map(item => [item.dataset.reason, item.querySelector('.number').textContent])"
    )
    assert {reason: as_number(number) for reason, number in reasons} == {
        row["reason"]: row["n"]
        for row in sample_build.rows(
            "select rejection_reason as reason, count(*) as n from stg_flarelane__rejected_crm_events"
            " where projectid = 'northwind-travel' group by 1"
        )
    }
    broken = sample_build.rows(
        f"select sum(violations)::int as n from column_rule_results where {own} group by channel, rule, column_name"
        " having sum(violations) > 0"
    )
    shown = page.eval_on_selector_all("#rules tbody tr", "rows => rows.map(row => row.children[3].textContent)")
    assert sorted(map(as_number, shown)) == sorted(row["n"] for row in broken) and broken
    assert tiles["Broken rules"] == len(broken)
    [times] = sample_build.rows(
        f"select max(loaded_at) as loaded, (select max(event_at) from stg_flarelane__crm_events where {own}) as newest"
        " from export_files"
    )
    assert page.locator("#loaded-at").text_content() == f"Loaded {times['loaded']:%Y-%m-%d %H:%M} UTC"
    assert page.locator("#newest-event").text_content() == f"Newest event {times['newest']:%Y-%m-%d %H:%M} UTC"


# ------------------------------------------------------------------------------------------------------ ways to read it


def test_a_click_rate_is_found_with_the_keyboard_alone(open_page, sample_build):
    [campaign] = sample_build.rows(
        "select * from campaign_funnel where channel = 'email' order by messages desc limit 1"
    )
    page = open_page()
    for _ in range(12):
        page.keyboard.press("Tab")
        # Where the focus is can be seen.
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if page.evaluate("document.activeElement.id") == "campaign":
            break
    assert page.evaluate("document.activeElement.id") == "campaign"
    page.keyboard.type(campaign["campaign_name"][:8])
    page.wait_for_selector("#campaign-list [role=option]")
    places = page.eval_on_selector_all("#campaign-list .option-name", "names => names.map(name => name.textContent)")
    for _ in range(places.index(campaign["campaign_name"])):
        page.keyboard.press("ArrowDown")
    with redrawn(page):
        page.keyboard.press("Enter")
    # What was found is said aloud, with the base of the rate.
    said = page.locator("#spoken").text_content()
    assert page.locator("#spoken").get_attribute("aria-live") == "polite"
    assert campaign["campaign_name"] in said
    assert f"Click rate {as_percent(campaign['click_rate'])} of reached" in said


@pytest.mark.pictured
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_phone_shows_it_without_scrolling_sideways(language, open_page, sample_build):
    [campaign] = sample_build.rows(
        "select campaign_id as id from dim_campaigns order by length(campaign_name) desc limit 1"
    )
    [journey] = sample_build.rows("select journey_id as id from dim_journeys order by messages desc limit 1")
    days = {"from": "2026-09-15", "to": "2026-09-27"}
    for view in ({"tab": "content"}, {"campaign": campaign["id"]}, {"journey": journey["id"]}, days):
        page = open_page(view={"lang": language, **view}, width=360)
        for details in page.locator("summary:visible").all():
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate(CUT_OFF) == []


@pytest.mark.pictured
def test_korean_is_the_language_of_korean_readers(open_page, sample_build):
    page = open_page(locale="ko-KR")
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert page.title() == "메시지 퍼널"
    assert page.locator("[data-open]").first.text_content() == "푸시"
    texts = read_texts()
    for english in ("Created", "Delivered", "Click rate", "Campaigns"):
        assert page.get_by_text(english, exact=True).count() == 0
    with redrawn(page):
        page.get_by_label(texts["ko"]["language"]).select_option("en")
    assert page.locator("[data-open]").first.text_content() == "Push"
    # No key is left where a text should be.
    assert (
        page.evaluate(
            "document.body.innerText.match(/\\b(stage|rate|channel|section|quality|credit|people|delta)\\.\\w+/g)"
        )
        is None
    )


@pytest.mark.pictured
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_is_accessible_in_light_and_dark(colours, open_page, sample_build):
    from axe_playwright_python.sync_playwright import Axe

    [journey] = sample_build.rows("select journey_id as id from dim_journeys limit 1")
    views = (
        {"from": "2026-09-15", "to": "2026-09-27"}, {"tab": "content"}, {"tab": "quality"},
        {"journey": journey["id"], "lang": "ko"},
    )  # fmt: skip
    for view in views:
        page = open_page(view=view, color_scheme=colours, reduced_motion="reduce")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(part => part < 60)")
        assert dark == (colours == "dark")
        result = Axe().run(page)
        found = [
            (fault["id"], node["html"][:160], node["failureSummary"][:200])
            for fault in result.response["violations"]
            for node in fault["nodes"]
        ]
        assert found == []
    # The switch goes before the system.
    page.get_by_label(read_texts()["ko"]["theme"]).select_option("light" if colours == "dark" else "dark")
    switched = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(part => part < 60)")
    assert switched != dark


def test_it_prints_with_whole_funnels(open_page, site):
    page = open_page(color_scheme="dark", reduced_motion="reduce")
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    broken = page.evaluate(
        "[...document.querySelectorAll('.funnel-card, .tile, figure')].filter("
        "box => getComputedStyle(box).breakInside !== 'avoid').length"
    )
    assert broken == 0
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    printed = page.pdf(path=SCREENSHOTS / "printed.pdf", prefer_css_page_size=True)
    assert printed.startswith(b"%PDF") and 2 <= printed.count(b"/Type /Page\n") <= 4


def test_report_and_docs_lead_to_each_other(open_page, site):
    page = open_page(view={"tab": "files"})
    page.get_by_role("link", name="What it holds").first.click()
    page.wait_for_selector("h1:has-text('campaign_funnel')")
    assert "docs/index.html#!/model/model.flarelane.campaign_funnel" in page.url
    page = open_page(path="docs/index.html")
    page.get_by_role("link", name="Open the funnel report").click()
    drawn(page)
    assert page.url == f"{site.as_uri()}/index.html"


def test_the_docs_show_the_real_funnels(site, sample_build):
    picture = (site / "docs" / "assets" / "funnel.svg").read_text("utf-8")
    for row in sample_build.rows(f"select channel, {SUMS} from channel_funnel_daily group by channel"):
        assert f"{row['channel']}: created {row['created_messages']:,}, " in picture
    [email] = sample_build.rows(f"select {SUMS} from channel_funnel_daily where channel = 'email'")
    assert f"{100 * email['clicked_messages'] / email['reached_messages']:.1f} % of reached" in picture


def test_the_docs_of_each_mart_show_what_it_is_made_of(open_page, site):
    marts = {path.stem for path in (REPOSITORY / "models/marts").glob("*.sql")}
    assert {path.stem for path in (site / "docs/assets/lineage").glob("*.svg")} == marts
    page = open_page(path="docs/index.html#!/model/model.flarelane.campaign_funnel")
    picture = page.get_by_alt_text("What campaign_funnel is made of")
    picture.wait_for()
    assert page.evaluate("image => image.decode().then(() => image.naturalWidth)", picture.element_handle()) > 300


def test_no_test_is_in_the_picture_of_the_lineage(open_page):
    page = open_page(path="docs/index.html#!/overview?g_v=1")
    page.wait_for_selector("canvas")
    nodes = "angular.element(document.body).injector().get('graph').graph.pristine.nodes"
    kinds = page.evaluate(f"[...new Set(Object.values({nodes}).map(node => node.data.resource_type))]")
    assert {"model", "source", "seed"} <= set(kinds)
    assert {"test", "unit_test"} & set(kinds) == set()


@pytest.mark.pictured
@pytest.mark.parametrize("path", ["", "#!/overview/ko", "#!/model/model.flarelane.campaign_funnel"])
def test_the_docs_can_be_read_on_a_phone(path, open_page):
    page = open_page(path=f"docs/index.html{path}", width=390)
    page.wait_for_selector(".panel h1, .panel h6, h1")
    assert page.evaluate("[...document.querySelectorAll('.panel p, .column-row span')].every(part => "
                         "part.getBoundingClientRect().right <= innerWidth)")  # fmt: skip


def test_columns_are_described_in_full(open_page):
    page = open_page(path="docs/index.html#!/model/model.flarelane.campaign_funnel")
    page.wait_for_selector(".column-row")
    cells = ".column-row > td:nth-child(3)"
    assert page.locator(cells).count() > 20
    assert page.evaluate(
        f"[...document.querySelectorAll('{cells}')].every(cell => cell.scrollWidth <= cell.clientWidth)"
    )


# --------------------------------------------------------------------------------------------------------------- size


# Two years of a thousand campaigns that send on two channels every day, each a step of a journey: as large as it gets.
LARGE = """
    create table grain as
    select
        'project' as project_id,
        md5(campaign::varchar) as campaign_id,
        channel,
        message_date,
        hash(campaign, channel, message_date) as noise
    from range(1000) as campaigns (campaign), (values ('push'), ('email')) as channels (channel),
        (select unnest(generate_series(date '2024-01-01', date '2025-12-30', interval 1 day))::date as message_date);

    insert into campaign_funnel_daily by name
    select
        *,
        created_messages as messages,
        coalesce(delivered_messages, sent_messages) as reached_messages,
        message_date < date '2025-12-01' as is_settled
    from (
        select
            project_id, campaign_id, channel, message_date,
            500 + noise % 4000 as created_messages,
            noise // 7 % 50 as aborted_messages,
            noise // 11 % 30 as failed_messages,
            created_messages - aborted_messages - failed_messages as sent_messages,
            if(channel = 'email', sent_messages - noise // 13 % 40, null) as delivered_messages,
            if(channel = 'email', noise // 17 % 400, null) as opened_messages,
            noise // 19 % 100 as clicked_messages,
            if(channel = 'email', noise // 23 % 2, null) as complained_messages
        from grain
    );

    insert into channel_funnel_daily by name
    select project_id, channel, message_date, sum(messages) as messages, bool_and(is_settled) as is_settled, {sums}
    from campaign_funnel_daily group by all;

    insert into journey_step_funnel_daily by name
    select md5(campaign_id[1:2]) as journey_id, campaign_id as journey_step_id, * exclude (campaign_id, campaign_name)
    from campaign_funnel_daily;

    insert into campaign_failures_daily by name
    select project_id, campaign_id, channel, message_date, stage, error, 1 + noise % 9 as messages
    from grain, (values ('aborted', 'opted_out'), ('aborted', 'frequency_cap'), ('failed', 'timeout'))
        as reasons (stage, error);

    insert into campaign_failures by name
    select project_id, campaign_id, channel, stage, error, sum(messages) as messages
    from campaign_failures_daily group by all;

    insert into campaign_funnel by name
    select
        project_id, campaign_id, channel, min(message_date) as first_message_at, max(message_date) as last_message_at,
        12345 as reached_recipients, 2345.5 as median_seconds_to_click
    from campaign_funnel_daily group by all;

    insert into journey_step_funnel by name
    select project_id, journey_id, journey_step_id, channel, min(message_date) as first_message_at, 999 as enrollments
    from journey_step_funnel_daily group by all;

    insert into int_conversion_goals by name
    select goal, 'order' as event_type, 24 as window_hours, 'sent' as basis, 'KRW' as currency
    from (values ('purchase'), ('signup')) as goals (goal);

    -- Amounts far above 32 bits.
    insert into campaign_conversions_daily by name
    select
        goal, project_id, campaign_id, channel, message_date, true as is_settled, 'KRW' as currency,
        500 + noise % 4000 as basis_messages, 400 + noise % 4000 as basis_recipients,
        noise // 7 % 90 as converted_recipients, noise // 7 % 110 as conversions,
        noise // 7 % 60 as last_touch_conversions,
        noise % 90000000 * 1.25 as revenue, noise % 40000000 as last_touch_revenue
    from grain, (values ('purchase'), ('signup')) as goals (goal);

    insert into campaign_conversions by name
    select
        goal, project_id, campaign_id, channel, currency, sum(basis_messages) as basis_messages,
        sum(basis_recipients) as basis_recipients, sum(converted_recipients) as converted_recipients,
        sum(conversions) as conversions, sum(last_touch_conversions) as last_touch_conversions,
        sum(revenue) as revenue, sum(last_touch_revenue) as last_touch_revenue, 5000.5 as median_seconds_to_conversion
    from campaign_conversions_daily group by all;

    insert into hour_funnel_daily by name
    select
        project_id, channel, message_date, hour as message_hour, isodow(message_date) as message_weekday,
        1000 + hash(hour, message_date, channel) % 9000 as reached_messages,
        hash(hour, message_date, channel) // 7 % 500 as clicked_messages
    from channel_funnel_daily, range(24) as hours (hour);

    insert into platform_funnel_daily by name
    select project_id, channel, platform, message_date, created_messages, reached_messages, clicked_messages
    from channel_funnel_daily, (values ('android'), ('ios'), ('webDesktop'), ('webMobile')) as platforms (platform);

    insert into in_app_clicks by name
    select
        project_id, campaign_id, 'button-' || button as iam_clickable_id, 1000 as displayed_messages,
        90 as click_events, 70 as clicked_messages, 0.07 as click_rate
    from (select distinct project_id, campaign_id from grain), range(3) as buttons (button);

    insert into dim_campaigns by name
    select
        project_id, campaign_id, '<b>Campaign</b> & ' || campaign_id as campaign_name,
        min(first_message_at) as first_message_at, max(last_message_at) as last_message_at
    from campaign_funnel group by all;

    insert into dim_journeys by name
    select
        project_id, journey_id, journey_id as journey_name, min(message_date) as first_message_at,
        max(message_date) as last_message_at
    from journey_step_funnel_daily group by all;
"""


@pytest.fixture(scope="module")
def large(sample_build, tmp_path_factory):
    """A warehouse of very many campaigns, and the report of it: connection, page (path)."""
    folder = tmp_path_factory.mktemp("large")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample_build.warehouse}' as sample (read_only)")
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_catalog = 'sample'"
            " and table_name not like 'base_%'"
        ).fetchall():
            connection.execute(f"create table {name} as select * from sample.{name} limit 0")
        connection.execute(LARGE.replace("{sums}", SUMS))
        (folder / "index.html").write_text(make_page(pack(connection, FACTS), {}), "utf-8")
        yield connection, folder / "index.html"


def test_a_large_page_stays_small_and_its_sums_agree(large, open_page):
    connection, path = large
    print(path.stat().st_size)
    assert path.stat().st_size < 5 * MEGABYTE
    page = open_page(base=f"{path.parent.as_uri()}/")

    def rows(query):
        result = connection.execute(query)
        return [dict(zip([column[0] for column in result.description], row, strict=True)) for row in result.fetchall()]

    def assert_all_sums(where):
        assert_shows(page, rows(f"select channel, {SUMS} from campaign_funnel_daily where {where} group by channel"))

    # All channels: by day, so any dates are exact.
    assert_all_sums("true")
    with redrawn(page):
        page.get_by_label("From").fill("2025-02-11")
    assert_all_sums("message_date >= date '2025-02-11'")
    # Amounts are exact to the won, however large; over all campaigns and many days by last touch.
    with redrawn(page):
        control(page, "Credit").select_option("last")
    [money] = rows(
        "select sum(last_touch_revenue) as amount, sum(last_touch_conversions)::int as n"
        " from campaign_conversions_daily where goal = 'purchase' and message_date >= date '2025-02-11'"
    )
    total = page.locator("#conversion-table tbody tr:last-child td.number").all_text_contents()
    assert money["amount"] > 2**32 and total == [f"{money['n']:,}", won(money["amount"])]
    # Days on which a channel failed far more than on the others.
    days = {}
    for row in rows("select * from channel_funnel_daily where message_date >= date '2025-02-11'"):
        parts = {"failure_rate": (row["failed_messages"], row["sent_messages"] + row["failed_messages"])}
        if row["channel"] == "email" and row["is_settled"]:
            parts["delivery_rate"] = row["delivered_messages"], row["sent_messages"]
        days |= {(row["channel"], rate, str(row["message_date"])): part for rate, part in parts.items()}
    # The rates of the other days are of all of them, settled or not.
    totals = {
        (row["channel"], rate): (row[part], row[base])
        for row in rows(
            "select channel, sum(failed_messages)::int as failed, sum(sent_messages + failed_messages)::int as tried,"
            " sum(delivered_messages)::int as delivered, sum(sent_messages)::int as sent from channel_funnel_daily"
            " where message_date >= date '2025-02-11' group by 1"
        )
        for rate, part, base in (("failure_rate", "failed", "tried"), ("delivery_rate", "delivered", "sent"))
    }
    bad = {}
    for key, (part, base) in days.items():
        total, whole = totals[key[:2]]
        share = total / whole
        deviation = (share * (1 - share) * (1 / base + 1 / (whole - base))) ** 0.5
        distance = (part / base - (total - part) / (whole - base)) / deviation
        distance *= 1 if key[1] == "failure_rate" else -1
        if distance >= 4:
            bad[key] = distance
    shown = page.eval_on_selector_all(
        "#changes [data-day]",
        "items => items.map(item => [item.dataset.channel, item.dataset.dayRate, item.dataset.day])",
    )
    assert bad and [tuple(key) for key in shown] == sorted(bad, key=lambda key: -bad[key])[:5]
    # A campaign: by week, and the page says so, and to which dates that widens the choice.
    campaign = rows("select min(campaign_id) as id from grain")[0]["id"]
    with redrawn(page):
        control(page, "Campaign").fill(campaign)
        page.locator("#campaign-list [role=option]").first.click()
    # A name is a text, whatever it holds.
    assert page.locator("#subject").text_content() == f"<b>Campaign</b> & {campaign}"
    widened = page.locator("#widened").text_content()
    assert widened.startswith("Counted by week") and "2025-02-10 – 2026-01-04" in widened
    assert_all_sums(f"campaign_id = '{campaign}' and message_date >= date '2025-02-10'")
    with redrawn(page):
        page.get_by_role("button", name="All dates").click()
    assert_all_sums(f"campaign_id = '{campaign}'")
    failed = rows(
        f"select stage, sum(messages)::int as n from campaign_failures where campaign_id = '{campaign}' group by 1"
    )
    shown = page.eval_on_selector_all(
        "#failures .card", "cards => cards.map(card => [card.dataset.stage, card.querySelector('.count').textContent])"
    )
    assert {stage: as_number(number) for stage, number in shown} == {row["stage"]: row["n"] for row in failed}
