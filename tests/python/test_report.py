"""`python -m report` prints what the warehouse holds, and says what to do where there is none."""

import json
import re
import shutil
import subprocess
import sys

import duckdb
import pytest
from conftest import REPOSITORY, write_rows
from environments import clean_environment, dbt_environment
from forked_dbt import ForkedDbt
from rich.cells import cell_len

from codegen.facts import read_facts
from report.warehouse import open_warehouse
from sample_export import Record


def report(warehouse=None, *arguments, columns=None):
    """Run python -m report on a warehouse, as a process of its own (subprocess.CompletedProcess).

    columns: width of the terminal; without, that of a file.
    """
    environment = clean_environment(**({"FLARELANE_WAREHOUSE": warehouse} if warehouse else {}))
    environment.pop("COLUMNS", None)
    if columns:
        environment["COLUMNS"] = str(columns)
    return subprocess.run(
        [sys.executable, "-m", "report", *map(str, arguments)],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.fixture(scope="module")
def printed(sample_build):
    """The lines that the report prints of the sample's warehouse, runs of spaces made one (list of str)."""
    run = report(sample_build.warehouse)
    assert run.returncode == 0, run.stderr
    return [" ".join(line.split()) for line in run.stdout.splitlines()]


def test_the_report_opens_with_the_totals(sample_build, printed):
    [totals] = sample_build.rows(
        "select sum(event_rows)::int as events, sum(source_rows)::int as rows, sum(duplicate_rows)::int as duplicates,"
        " sum(rejected_rows)::int as rejected from export_reconciliation"
    )
    [files] = sample_build.rows("select count(*) as n from export_files where state = 'loaded'")
    text = " ".join(printed)
    assert (
        f"{totals['events']:,} events of 2 projects, 2026-09-01 to 2026-10-10, from {totals['rows']:,} source" in text
    )
    assert f"({totals['duplicates']:,} duplicates, {totals['rejected']:,} rejected)" in text
    assert f"{files['n']} loaded" in text


def test_channels_reasons_and_rules_are_listed_with_their_numbers(sample_build, printed):
    """The three tables stand side by side, so a row of one is a part of a line."""
    expected = [
        f"{row['name']} {row['n']:,}"
        for query in (
            "select channel as name, count(*) as n from stg_flarelane__crm_events group by 1",
            "select rejection_reason as name, count(*) as n from stg_flarelane__rejected_crm_events group by 1",
        )
        for row in sample_build.rows(query)
    ]
    assert len(expected) == 6 + 8
    rules = sample_build.rows("""
        select
            rule,
            count(distinct (channel, column_name)) filter (where violations > 0) as broken,
            count(distinct (channel, column_name)) as rules,
            sum(violations)::int as events
        from column_rule_results group by rule
    """)
    assert sum(row["rules"] for row in rules) == len(read_facts(REPOSITORY / "seeds").column_rules())
    expected += [f"{row['rule']} {row['broken']} {row['rules']} {row['events']:,}" for row in rules]
    assert [text for text in expected if not any(text in line for line in printed)] == []


def test_the_funnel_shows_the_largest_campaigns_of_each_channel(sample_build, printed):
    start = next(number for number, line in enumerate(printed) if line.startswith("Campaign funnel"))
    assert printed[start + 1] == "channel project campaign created sent reached opened clicked"
    funnel = printed[start + 2 :]
    largest = sample_build.rows(
        "select * from campaign_funnel"
        " qualify row_number() over (partition by channel order by messages desc, campaign_id) = 1"
    )
    assert len(largest) == 6
    for row in largest:
        [line] = [line for line in funnel if line.startswith(f"{row['channel']} ")]
        assert row["campaign_name"][:29] in line
        for count in ("created", "sent", "reached", "clicked"):
            number = row[f"{count}_messages"]
            assert number is None or f" {number:,}" in line
        # A channel that cannot report a stage shows a dash for it, and the email channel reports them all.
        unreported = [row[f"{stage}_messages"] for stage in ("sent", "opened", "clicked")].count(None)
        assert line.split().count("–") == unreported
        if row["click_rate"] is not None:
            assert f"{row['click_rate']:.1%}" in line


def test_each_goal_has_a_line_with_its_events_revenue_and_rate(sample_build, printed):
    start = printed.index("Conversions by goal")
    assert printed[start + 1] == "goal credited events last-touch revenue converted people"
    goals = sample_build.rows("""
        select goals.*, revenue, people, converted
        from (
            select goal, sum(goal_events)::int as events, sum(credited_events)::int as credited, currency
            from goal_conversions_daily group by goal, currency
        ) as goals
        left join (
            select goal, sum(last_touch_revenue) as revenue from campaign_conversions group by goal
        ) as revenues using (goal)
        left join (
            select goal, count(*) as converted
            from (select distinct goal, project_id, person_key from fct_conversions) group by goal
        ) as converted using (goal)
        left join (
            select goals.goal, count(distinct (messages.project_id, messages.person_key)) as people
            from fct_messages as messages
            inner join conversion_goals as goals on coalesce(goals.project_id, '') in ('', messages.project_id)
            where not messages.is_test and case
                when messages.channel = 'iam' then messages.clicked_at
                when messages.channel in ('push', 'email') and goals.basis = 'clicked' then messages.clicked_at
                else messages.sent_at
            end is not null
            group by goals.goal
        ) as people using (goal)
        order by goal
    """)
    assert len(goals) == 5
    lines = printed[start + 2 : start + 7]
    for line, row in zip(lines, goals, strict=True):
        expected = f"{row['goal']} {row['credited']:,} of {row['events']:,} "
        revenue = f"{row['revenue']:,.2f} {row['currency']}".replace(".00 ", " ") if row["currency"] else "–"
        assert line == expected + revenue + f" {row['converted'] / row['people']:.1%} of {row['people']:,}"


def test_a_warehouse_without_goals_has_no_table_of_them(sample_build, tmp_path):
    path = shutil.copyfile(sample_build.warehouse, tmp_path / "no-goals.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from goal_conversions_daily; delete from conversion_goals")
    run = report(path)
    assert run.returncode == 0, run.stderr
    assert "Campaign funnel" in run.stdout and "Conversions" not in run.stdout


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("times", [1, 1000])
def test_a_narrow_terminal_shortens_names_and_no_number(columns, times, sample_build, tmp_path):
    """Also with a thousand times the messages: at 80 columns stages are rates, and the project gives way."""
    path = shutil.copyfile(sample_build.warehouse, tmp_path / "large.duckdb")
    with duckdb.connect(str(path)) as connection:
        counts = [f"{stage}_messages" for stage in ("created", "sent", "reached", "opened", "clicked")]
        connection.execute("update campaign_funnel set " + ", ".join(f"{name} = {name} * {times}" for name in counts))
        connection.execute("update campaign_funnel set campaign_name = 'The same long name for them all'")
        connection.execute(
            "update campaign_funnel set first_message_at = timestamp '2026-01-01' + to_days((rowid % 365)::int);"
            "update campaign_funnel set first_message_at = '2026-09-01' where channel in ('email', 'iam');"
            f"update goal_conversions_daily set credited_revenue = credited_revenue * {times};"
            f"update column_rule_results set checked_events = checked_events * {times}"
        )
        shown = connection.execute("""
            select channel, project_id, campaign_id, created_messages, sent_rate, click_rate, clicked_messages
            from campaign_funnel
            qualify row_number() over (partition by channel order by messages desc, campaign_id) <= 3
            order by channel, messages desc, campaign_id
        """).fetchall()
        revenues = connection.execute(
            "select sum(credited_revenue), currency from goal_conversions_daily"
            " where currency is not null group by goal, currency"
        ).fetchall()
        events = connection.execute(
            f"select channel, {times} * count(*) from stg_flarelane__crm_events group by channel"
        ).fetchall()
    run = report(path, columns=columns)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert max(map(cell_len, lines)) <= columns

    start = next(number for number, line in enumerate(lines) if line.startswith("Campaign funnel"))
    funnel = lines[start + 2 : start + 2 + len(shown)]
    for line, (*_, created, sent_rate, click_rate, clicked) in zip(funnel, shown, strict=True):
        numbers = [f"{created:,}"] + [f"{rate:.1%}" for rate in (sent_rate, click_rate) if rate is not None]
        if columns == 120 and times == 1 and clicked is not None:
            numbers.append(f"{clicked:,}")
        assert [number for number in numbers if number not in line.split()] == []
    # No two look alike: they have another channel or project beside them, else their first date or the end of their id.
    has_project = columns == 120
    assert ("project" in lines[start + 1]) == has_project
    beside = [row[:2] if has_project else row[:1] for row in shown]
    names = [re.search(r"The .*?(?=  )", line)[0] for line in funnel]
    assert len(set(zip(beside, names, strict=True))) == len(shown)
    for place, name, (channel, _, campaign_id, *_) in zip(beside, names, shown, strict=True):
        if beside.count(place) > 1 and channel in ("email", "iam"):
            assert campaign_id.endswith(name.rstrip(")").split("…")[-1])
        elif beside.count(place) > 1:
            assert re.search(r"\(\d\d-\d\d\)$", name)
    assert any("(…" in name for name in names) and any(re.search(r"\(\d\d-", name) for name in names)

    text = " ".join(run.stdout.split())
    for revenue, currency in revenues:
        assert f" {revenue:,.2f} {currency} ".replace(".00 ", " ") in text
    assert [channel for channel, count in events if f"{channel} {count:,} " not in text + " "] == []


def test_names_are_printed_as_they_stand(sample_build, tmp_path):
    """No markup of rich, and nothing that a terminal obeys or that turns the line around."""
    names = {
        "[/bold]": "[/bold]",
        "[x] name": "[x] name",
        "[red]sale[/red] :smile:": "[red]sale[/red] :smile:",
        "\x1b[2J\x1b]0;title\x07clear": "\\x1b[2J\\x1b]0;title\\x07clear",
        "\x9b31m red\x7f": "\\x9b31m red\\x7f",
        "two\nlines\tand\rmore": "two\\nlines\\tand\\rmore",
        "sale \u202egnp.exe\u2066": "sale \\u202egnp.exe\\u2066",
        "=1+1 봄 세일 👩\u200d💻": "=1+1 봄 세일 👩\u200d💻",
    }
    path = shutil.copyfile(sample_build.warehouse, tmp_path / "odd.duckdb")
    with duckdb.connect(str(path)) as connection:
        for number, name in enumerate(names):
            connection.execute(
                "insert into campaign_funnel by name (select $1 as campaign_name, $2 as project_id,"
                " * exclude (campaign_name, project_id) replace (1000000 - $3::int as messages)"
                " from campaign_funnel limit 1)",
                [name, f"[/]{name[:4]}", number % 3],
            )
            channel = list(["push", "sms", "email"])[number // 3]
            connection.execute("update campaign_funnel set channel = $1 where campaign_name = $2", [channel, name])
    run = report(path)
    assert run.returncode == 0, run.stderr
    assert [shown for shown in names.values() if f" {shown} " not in run.stdout] == []
    assert run.stdout.count("[/]") == len(names)
    assert set(re.findall("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069]", run.stdout)) == {"\n"}


def test_a_warehouse_named_on_the_command_line_goes_before_the_environment(sample_build, tmp_path):
    assert report(tmp_path / "none.duckdb", sample_build.warehouse).returncode == 0


def test_no_warehouse_is_said_in_one_sentence(tmp_path):
    run = report(tmp_path / "none.duckdb")
    assert run.returncode == 1
    assert run.stderr.strip() == (
        f"No warehouse at {tmp_path / 'none.duckdb'}: run `dbt build` first, or set FLARELANE_WAREHOUSE."
    )


def test_an_unfinished_warehouse_is_named(tmp_path):
    path = tmp_path / "unfinished.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table seeds_only (id int)")
    run = report(path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"{path} lacks a model: ") and "Traceback" not in run.stderr


def test_a_warehouse_that_a_build_has_open_is_named(tmp_path):
    path = tmp_path / "busy.duckdb"
    with duckdb.connect(str(path)):
        run = report(path)
    assert run.returncode == 1
    assert run.stderr.startswith(f"{path} is in use by another process") and "Traceback" not in run.stderr


# ------------------------------------------------------------------------------------------ what failed, and where


def failures_of(sample_build, folder, statements, *tests):
    """Run data tests on a copy of the sample's warehouse that SQL statements have changed; return dbt's output."""
    warehouse = shutil.copyfile(sample_build.warehouse, folder / "warehouse.duckdb")
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)
    dbt = ForkedDbt(folder)
    process = dbt.start(sample_build.export_root, warehouse, command="test", arguments=["--select", *tests])
    process.join()
    assert process.exitcode == (1 if statements else 0), dbt.output()[-6000:]
    return dbt.output()


def test_a_count_that_is_off_is_named_with_mart_project_and_campaign(sample_build, tmp_path):
    [row] = sample_build.rows("select * from campaign_funnel where channel = 'email' order by messages desc limit 1")
    where = f"project_id = '{row['project_id']}' and campaign_id = '{row['campaign_id']}' and channel = 'email'"
    output = failures_of(
        sample_build,
        tmp_path,
        [f"update campaign_funnel set messages = messages + 7 where {where}"],
        "campaign_funnel_counts_every_message",
        "campaign_funnel_daily_adds_up_to_campaign_funnel",
    )
    place = f"project_id {row['project_id']}, campaign_id {row['campaign_id']}, channel email, count_name messages"
    n = row["messages"]
    assert "campaign_funnel_counts_every_message fails in:" in output
    assert f"  mart campaign_funnel, {place}, expected {n}, found {n + 7}\n" in output
    assert f"  mart campaign_funnel_daily, {place}, expected {n + 7}, found {n}\n" in output


def test_the_first_rows_of_many_are_shown_without_people(sample_build, tmp_path):
    output = failures_of(
        sample_build,
        tmp_path,
        [
            "insert into person_weeks from person_weeks",
            "update campaign_funnel set campaign_id = '+82 10-1234-567' || (rowid % 10) || ' 2026-03-01 [x]\x1b[2J'",
            "update campaign_funnel set project_id = 'kim.minji@example.co.kr' where channel = 'sms'",
        ],
        "campaign_funnel_counts_every_message",
        "person_weeks_has_one_row_per_person_and_week",
    )
    shown = output[output.index("fails, to begin with, in:") :]
    assert len(re.findall(r"  mart campaign_funnel, project_id \S+, campaign_id ", shown)) == 5
    assert "campaign_id [number] 2026-03-01 [x]\\x1b[2J" in shown
    assert shown.count("[personal data]") == 5
    people = {str(row["person_key"]) for row in sample_build.rows("select person_key from person_weeks")}
    assert [person for person in people if person in shown] == []
    assert "1234-567" not in shown and "kim.minji" not in shown and "\x1b" not in shown


def test_nothing_is_shown_of_tests_that_pass(sample_build, tmp_path):
    assert "fails" not in failures_of(sample_build, tmp_path, [], "campaign_funnel_counts_every_message")


# ------------------------------------------------------------------------------------------ a line a layer


def test_the_adapter_has_no_complaint(sample_build):
    """It would stand among what a build says, and be of no use to whoever reads that."""
    assert "DuckDB adapter" not in sample_build.output


def test_dbt_is_told_of_by_layer_and_what_is_no_routine_in_full(tmp_path):
    """A row of customer data is no JSON, which warns; a forget list is missing, which stops the build."""
    row = {"id": "e1", "type": "bought", "time": "2026-03-01T10:00:00Z", "userid": "u", "data": "{'n': 1}"}
    write_rows(tmp_path / "export", "customer_events", "shop", "2026-03-01", [row])

    def run(**more):
        environment = dbt_environment(
            tmp_path,
            tmp_path / "export",
            FLARELANE_WAREHOUSE=tmp_path / "warehouse.duckdb",
            DBT_INDIRECT_SELECTION="empty",
            **more,
        )
        command = [sys.executable, "-m", "report.layers", "build", "--select", "+assert_customer_data_is_json"]
        return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)

    built = run()
    assert built.returncode == 0, built.stdout
    results = json.loads((tmp_path / "target" / "run_results.json").read_text())["results"]
    nodes = [result["unique_id"].split(".")[0] for result in results]
    lines = [line.split() for line in built.stdout.splitlines()]
    table = {" ".join(line[:-4]): line[-4:-2] for line in lines if line[-1:] == ["s"]}
    assert table["seeds"][0] == str(nodes.count("seed")) and table["data tests"][0] == "1"
    assert sum(int(count) for count, _ in table.values()) == len(nodes) - nodes.count("operation")
    assert table["staging"][1] == "1", "the one row"
    assert "Warning in test assert_customer_data_is_json" in built.stdout
    assert "START" not in built.stdout and "PASS=" in built.stdout

    refused = run(FLARELANE_FORGET_LIST=tmp_path / "no list")
    assert refused.returncode == 2
    assert "cannot be read: No such file" in refused.stdout


# ------------------------------------------------------------------------------------------ the first page


def test_the_readme_shows_what_make_build_prints(sample_build):
    """Of the warehouse that make builds before it tests."""
    warehouse, record = REPOSITORY / "warehouse" / "flarelane.duckdb", REPOSITORY / "sample/export/.sample_export.json"
    if not (warehouse.exists() and record.exists()):
        pytest.skip("make build has not made its warehouse")
    shown = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("```\n")[1]
    made = json.loads(record.read_text())["record"]
    printed = " ".join(report(warehouse).stdout.split())
    manifest = json.loads((sample_build.warehouse.parent / "target" / "manifest.json").read_text())
    kinds = [node["resource_type"] for node in manifest["nodes"].values()]
    total = len(manifest["unit_tests"]) + len(manifest["exposures"]) + len(kinds) - kinds.count("analysis")
    for line in filter(None, shown.splitlines()):
        if line.startswith("Done."):
            counts = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line.replace("-", ""))}
            assert counts.pop("TOTAL") == sum(counts.values()) == total
        elif " CRM rows in " in line:
            assert line == Record(**made).summary()
        elif line != "…":
            assert " ".join(line.split()) in printed


def test_models_are_found_in_schemas_of_their_own(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema "main_a b"; create table "main_a b".counts as select 1 as n;
            create table marts as select 2 as n; create view "main_a b".twice as select n from main.marts;
            create table counts as select 3 as n
        """)
    with open_warehouse(path) as connection:
        # Where a name stands twice, what is in main was left behind when the model got a schema of its own.
        found = [connection.execute(f"select n from {name}").fetchall() for name in ("counts", "marts", "twice")]
    assert found == [[(1,)], [(2,)], [(2,)]]
