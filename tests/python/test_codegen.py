"""The generated files agree with the seeds, and the seeds say what the documentation says."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from codegen.__main__ import generated_files, main
from codegen.facts import read_facts

PROJECT = Path(__file__).parents[2]
CHANNELS = read_facts(PROJECT / "seeds").channels


@pytest.fixture
def project_copy(tmp_path):
    """What files are generated from and the generated files, where a test may edit them."""
    for folder in ("seeds", "macros", "tests/generic", "tests/fixtures", "report/page/texts"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    for name in generated_files(PROJECT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    return tmp_path


def check(project_dir):
    return main(["--check", "--project-dir", str(project_dir)])


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_generated_files_are_in_step_with_the_seeds(capsys):
    assert check(PROJECT) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("seed", "old", "new", "stale"),
    [
        (
            "channel_columns.csv",
            "email,sender,required,",
            "email,sender,optional,",
            {
                "macros/documented/documented_facts.sql",
                "models/quality/_column_rule_results.yml",
                "models/staging/_stg_flarelane__email_events.yml",
                "tests/fixtures/column_rule_results_of_bad_events.csv",
            },
        ),
        (
            "column_value_rules.csv",
            "push,accepted_values,provider,fcm|apns|webpush,",
            "push,accepted_values,provider,fcm|apns|webpush|hms,",
            {
                "macros/documented/documented_facts.sql",
                "models/staging/_stg_flarelane__push_events.yml",
            },
        ),
        (
            "source_columns.csv",
            "Campaign name.",
            "The campaign's name.",
            {"models/staging/columns.md"}
            | {f"models/staging/_stg_flarelane__{channel}_events.yml" for channel in CHANNELS},
        ),
        (
            "event_types.csv",
            "iam.displayed,iam,delivered,",
            "iam.displayed,iam,opened,",
            {
                "assets/stages.svg",
                "macros/documented/documented_facts.sql",
                "models/marts/funnel_rates.md",
                "models/marts/funnel_stages.md",
                "models/overview.md",
                "models/overview.ko.md",
                "models/semantic/_semantic_models.yml",
                "models/staging/columns.md",
                "models/staging/_stg_flarelane__iam_events.yml",
            },
        ),
        (
            "channels.csv",
            "iam,in-app message,",
            "iam,message in the app,",
            {
                "assets/stages.svg",
                "models/overview.md",
                "models/staging/_stg_flarelane__iam_events.yml",
                "models/staging/stg_flarelane__iam_events.sql",
            },
        ),
        (
            "funnel_rates.csv",
            "failure_rate,failed,sent|failed,",
            "failure_rate,failed,sent,",
            {
                "macros/documented/documented_facts.sql",
                "models/marts/funnel_rates.md",
                "models/overview.md",
                "models/overview.ko.md",
                "models/semantic/_semantic_models.yml",
            },
        ),
    ],
)
def test_an_edited_seed_names_the_files_out_of_step(project_copy, capsys, seed, old, new, stale):
    edit(project_copy / "seeds" / seed, old, new)

    assert check(project_copy) == 1
    named = {line.split()[6] for line in capsys.readouterr().out.splitlines()}
    assert named == stale

    assert main(["--project-dir", str(project_copy)]) == 0
    assert check(project_copy) == 0


def test_a_generated_file_edited_by_hand_is_out_of_step(project_copy, capsys):
    edited = "models/staging/columns.md"
    edit(project_copy / edited, "Campaign identifier.", "Campaign number.")

    assert check(project_copy) == 1
    assert edited in capsys.readouterr().out


def test_a_missing_generated_file_is_out_of_step(project_copy, capsys):
    missing = "macros/documented/documented_facts.sql"
    (project_copy / missing).unlink()

    assert check(project_copy) == 1
    assert missing in capsys.readouterr().out


def test_a_macro_with_an_argument_that_its_comment_leaves_out_is_refused(project_copy):
    edit(project_copy / "macros/staging/row_key.sql", "file_id: export_files.file_id", "export_files.file_id")

    with pytest.raises(SystemExit, match="row_key.sql: the comment above row_key lacks file_id"):
        check(project_copy)


def test_the_docs_of_a_macro_are_the_comment_above_it(project_copy):
    (project_copy / "macros/staging/row_key.sql").write_text(
        """{#-
    Half of it.

    whole: expression of a number; part, share: names. Of what follows
    on a line more is said here.
    Null for null.
-#}
{% macro half(whole, part='a', share=none) -%}
    {{ whole }} / 2
{%- endmacro %}
""",
        encoding="utf-8",
    )
    macros = yaml.safe_load(generated_files(project_copy)["macros/_macros.yml"])["macros"]

    assert [macro for macro in macros if macro["name"] == "half"] == [
        {
            "name": "half",
            "description": "Half of it. Null for null.",
            "arguments": [
                {"name": "whole", "description": "Expression of a number."},
                {"name": "part", "description": "Names. Of what follows on a line more is said here."},
                {"name": "share", "description": "Names. Of what follows on a line more is said here."},
            ],
        }
    ]


# The channels of the documentation that the numbers below are taken from. One that is added is not in it.
DOCUMENTED = ["push", "sms", "kakaoalimtalk", "kakaobrandmessage", "email", "iam"]


def documented_facts():
    """The facts of those channels alone."""
    facts = read_facts(PROJECT / "seeds")
    for seed in ("channel_rows", "event_types", "channel_columns", "column_value_rules"):
        setattr(facts, seed, [row for row in getattr(facts, seed) if row["channel"] in DOCUMENTED])
    return facts


def test_the_seeds_give_the_documented_number_of_rules():
    rules = documented_facts().column_rules()

    assert Counter(rule["rule"] for rule in rules) == {
        "required": 22,
        "always_null": 64,
        "accepted_values": 14,
        "only_on": 9,
        "range": 1,
        "format": 6,
    }
    keys = {(rule["channel"], rule["rule"], rule["column_name"]) for rule in rules}
    assert len(keys) == len(rules) == 116


def test_the_seeds_give_the_stages_of_each_channel():
    facts = documented_facts()
    text_message = ["created", "aborted", "sent", "failed", "delivered", "undelivered"]

    assert len(facts.event_types) == 35
    assert {channel: facts.stages(channel) for channel in facts.channels} == {
        "push": ["created", "aborted", "sent", "failed", "clicked"],
        "sms": text_message,
        "kakaoalimtalk": text_message,
        "kakaobrandmessage": text_message,
        "email": [
            "created",
            "aborted",
            "sent",
            "failed",
            "delivered",
            "opened",
            "clicked",
            "complained",
        ],
        "iam": ["created", "delivered", "clicked", "closed"],
    }


def test_the_seeds_give_the_rates_and_the_channels_that_have_them():
    facts = documented_facts()
    text_messages = ["sms", "kakaoalimtalk", "kakaobrandmessage"]
    all_but_email = ["push", *text_messages, "iam"]

    assert [
        (rate["rate"], rate["numerator"], rate["base"], rate["base_without_sent"], facts.channels_without_rate(rate))
        for rate in facts.rates()
    ] == [
        ("sent_rate", ["sent"], ["created"], None, ["iam"]),
        ("abort_rate", ["aborted"], ["created"], None, ["iam"]),
        ("failure_rate", ["failed"], ["sent", "failed"], None, ["iam"]),
        ("delivery_rate", ["delivered"], ["sent"], ["created"], ["push"]),
        ("open_rate", ["opened"], ["delivered"], None, all_but_email),
        ("click_rate", ["clicked"], ["reached"], None, text_messages),
        ("click_to_open_rate", ["clicked"], ["opened"], None, all_but_email),
        ("complaint_rate", ["complained"], ["delivered"], None, all_but_email),
    ]


def test_a_rate_of_an_unknown_stage_is_refused(project_copy):
    edit(project_copy / "seeds/funnel_rates.csv", "open_rate,opened,", "open_rate,seen,")

    with pytest.raises(SystemExit, match="seen"):
        check(project_copy)


# The four seeds that a new channel needs a row in, with the rows of one that has the stages of SMS.
NEW_CHANNEL = {
    "channels": ["line,LINE,라인,#3b6e22,#a5d68c"],
    "event_types": [
        f"line.{stage},line,{stage},A LINE message was {stage}."
        for stage in ("created", "sent", "aborted", "failed", "delivered", "undelivered")
    ],
    "channel_columns": [
        "line,campaign_id,required,Campaign identifier.",
        "line,trigger_type,optional,What started the sending.",
        "line,recipient,optional,Phone number.",
        "line,error,optional,Why it failed.",
    ],
    "column_value_rules": [
        "line,format,id,,,,,^[0-7][0-9A-HJKMNP-TV-Z]{25}$",
        "line,only_on,error,,event_stage,aborted|failed|undelivered,,",
    ],
}


def add_channel(project_dir, without=None):
    """Add the channel to the seeds but for one of them."""
    for seed, rows in NEW_CHANNEL.items():
        if seed != without:
            with (project_dir / "seeds" / f"{seed}.csv").open("a", encoding="utf-8") as file:
                file.write("".join(row + "\n" for row in rows))


def test_a_channel_is_added_by_rows_of_four_seeds(project_copy):
    add_channel(project_copy)

    assert main(["--project-dir", str(project_copy)]) == 0
    files = generated_files(project_copy)
    assert "{{ channel_events('line') }}" in files["models/staging/stg_flarelane__line_events.sql"]
    assert "LINE" in files["assets/stages.svg"] and "LINE" in files["models/overview.md"]
    assert "라인" in files["models/overview.ko.md"]
    assert "`line`, which cannot" in files["models/marts/funnel_stages.md"]
    facts = read_facts(project_copy / "seeds")
    assert facts.channel_name("line", "ko") == "라인"
    assert facts.colours("dark")["line"] == "#a5d68c"


@pytest.mark.parametrize("left_out", NEW_CHANNEL)
def test_a_step_left_out_of_a_new_channel_is_named(project_copy, left_out):
    add_channel(project_copy, without=left_out)

    with pytest.raises(SystemExit, match=rf"line.*{left_out}\.csv lacks: add "):
        check(project_copy)


def test_a_channel_without_a_name_in_a_language_is_refused(project_copy):
    edit(project_copy / "seeds/channels.csv", "문자", "")

    with pytest.raises(SystemExit, match=r"channels\.csv: sms has no name_ko"):
        check(project_copy)


def test_the_docs_say_at_each_column_which_rules_hold():
    facts = read_facts(PROJECT / "seeds")
    files = generated_files(PROJECT)
    for rule in facts.column_rules():
        document = files[f"models/staging/_stg_flarelane__{rule['channel']}_events.yml"]
        if rule["rule"] == "always_null":
            left_out = document.split("Left out, because")[1].split("columns:")[0]
            assert f"`{rule['column_name']}`" in left_out
        else:
            column = document.split(f"- name: {rule['model_column']}\n")[1].split("- name:")[0]
            assert rule["rule"].replace("_", " ") in column.split("Rules:")[1]


def test_every_rule_has_a_test_of_its_own():
    tests = generated_files(PROJECT)["models/quality/_column_rule_results.yml"]
    for rule in read_facts(PROJECT / "seeds").column_rules():
        name = f"{rule['channel']}__{rule['column_name']}__{rule['rule']}"
        assert tests.count(f"name: {name}\n") == 1
