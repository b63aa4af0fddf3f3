"""The semantic models and metrics of the funnels, for MetricFlow."""

from codegen.facts import REACHED
from codegen.funnel_files import COUNTS
from codegen.property_files import count_in_words, doc, listed, paragraphs, property_file

# The counts of a funnel that may be added up over its rows. People may not: one can be in several rows.
ADDITIVE_COUNTS = COUNTS

# Credit that is shared out over messages, and so may be added up over them.
SHARED_CONVERSIONS = ["first_touch_conversions", "last_touch_conversions", "linear_conversions"]
SHARED_REVENUE = ["first_touch_revenue", "last_touch_revenue", "linear_revenue"]

# Ids are unique within a project.
CAMPAIGN_KEY = "project_id || '/' || campaign_id"


def label(name):
    return name.replace("_", " ").capitalize()


def dimension(name, block=None):
    return {"name": name, "type": "categorical", "description": doc(block or name)}


def shared_entities():
    """What every semantic model with metrics can be grouped by, under the same names."""
    return [
        {"name": "project", "type": "foreign", "expr": "project_id", "description": doc("project_id")},
        {"name": "channel", "type": "foreign", "description": doc("channel")},
        {"name": "campaign", "type": "foreign", "expr": CAMPAIGN_KEY, "description": doc("campaign_id")},
    ]


def goal_entity():
    return {"name": "goal", "type": "foreign", "description": doc("goal")}


def message_date():
    return {
        "name": "message_date",
        "type": "time",
        "type_params": {"time_granularity": "day"},
        "description": doc("message_date"),
    }


def measure(name, expression, description, agg="sum", is_metric=True):
    found = {"name": name, "label": label(name), "description": description, "agg": agg}
    if expression != name:
        found["expr"] = expression
    return {**found, "create_metric": True} if is_metric else found


def metric(facts, name, description, parameters, without):
    """A metric over the channels that can report it."""
    kind = "ratio" if "denominator" in parameters else "simple"
    found = {"name": name, "label": label(name), "description": description, "type": kind, "type_params": parameters}
    if without:
        channels = texts(channel for channel in facts.channels if channel not in without)
        found["filter"] = f"{{{{ Entity('channel') }}}} in ({channels})"
    return found


def sum_of(stages):
    return " + ".join(f"{stage}_messages" for stage in stages)


def texts(values):
    return ", ".join(f"'{value}'" for value in values)


def base_expression(facts, rate):
    """What a rate is a share of, as SQL over a funnel's counts."""
    without_sent = [channel for channel in facts.channels if "sent" not in facts.stages(channel)]
    if not rate["base_without_sent"]:
        return sum_of(rate["base"])
    other = sum_of(rate["base_without_sent"])
    return f"case when channel in ({texts(without_sent)}) then {other} else {sum_of(rate['base'])} end"


def base_description(facts, rate):
    text = f"What `{rate['rate']}` is a share of: {count_in_words(rate['base'])}"
    others = [channel for channel in facts.channels if facts.rate_base(rate, channel) != rate["base"]]
    return text + (f"; for {listed(others)} {count_in_words(rate['base_without_sent'])}." if others else ".")


def terms_of_rates(facts):
    """The measures that only rates need, and by rate the names of its numerator and base."""
    measures, terms = [], {}
    for rate in facts.rates():
        name = rate["rate"]
        numerator, base = sum_of(rate["numerator"]), base_expression(facts, rate)
        if numerator not in ADDITIVE_COUNTS:
            measures.append(measure(f"{name}_numerator", numerator, f"What `{name}` counts."))
            numerator = f"{name}_numerator"
        if base not in ADDITIVE_COUNTS:
            measures.append(measure(f"{name}_base", base, base_description(facts, rate)))
            base = f"{name}_base"
        terms[name] = (numerator, base)
    return measures, terms


def rate_metric(facts, rate, numerator, base):
    """A rate over the channels that have it: the others would add to its base, or to its numerator, alone."""
    parameters = {"numerator": numerator, "denominator": base}
    return metric(facts, rate["rate"], doc(rate["rate"]), parameters, facts.channels_without_rate(rate))


def people_measure(name, condition=None, is_metric=False):
    """Distinct people: two projects may use the same user id for different ones."""
    expression = "project_id || '/' || person_key"
    if condition:
        expression = f"case when {condition} then {expression} end"
    return measure(name, expression, doc(name), agg="count_distinct", is_metric=is_metric)


def conversions_model():
    """What messages are credited with. People are counted once, whatever a query groups by."""
    full_credit = (
        "An event counts once per campaign and channel that it is credited to, as in `campaign_conversions`: over "
        "several of them use {others}, which add up."
    )
    return {
        "name": "goal_messages",
        "label": "Conversions",
        "description": paragraphs(
            "The messages that conversions of a goal can be credited to, with what they are credited with. Ask by "
            "`goal`: conversions of two goals are no sum of anything, and amounts can be in two currencies. A period "
            "is that of the messages, not of the events after them. Test sends are left out."
        ),
        "model": "ref('int_goal_messages')",
        "defaults": {"agg_time_dimension": "message_date"},
        "primary_entity": "goal_message",
        "entities": [goal_entity(), *shared_entities()],
        "dimensions": [message_date()],
        "measures": [
            measure("basis_messages", "1", doc("basis_messages")),
            people_measure("basis_recipients", is_metric=True),
            people_measure("converted_recipients", "is_converted", is_metric=True),
            measure(
                "conversions",
                "conversions",
                paragraphs(
                    "Customer events that are credited to messages. "
                    + full_credit.format(
                        others="`first_touch_conversions`, `last_touch_conversions` or `linear_conversions`"
                    )
                ),
            ),
            *(measure(name, name, doc(name)) for name in SHARED_CONVERSIONS),
            measure(
                "revenue",
                "revenue",
                paragraphs(
                    "Sum of the amounts of `conversions`, in the currency of the goal (`goal__currency`). "
                    + full_credit.format(others="`first_touch_revenue`, `last_touch_revenue` or `linear_revenue`")
                ),
            ),
            *(measure(name, name, doc(name)) for name in SHARED_REVENUE),
        ],
    }


def goals_model():
    return {
        "name": "conversion_goals",
        "label": "Goals",
        "description": "The goals of conversions, for their currencies.",
        "model": "ref('int_conversion_goals')",
        "entities": [{"name": "goal", "type": "primary"}],
        "dimensions": [dimension("currency", "goal_currency")],
    }


def conversion_rate():
    text = paragraphs(
        "`converted_recipients` / `basis_recipients`, of all messages that the query asks for. People are counted "
        "from the messages, once however many days or campaigns they are in, so the rate of several is no mean of "
        "theirs. By goal, project, campaign and channel it is that of `campaign_conversions`."
    )
    return {
        "name": "conversion_rate",
        "label": label("conversion_rate"),
        "description": text,
        "type": "ratio",
        "type_params": {"numerator": "converted_recipients", "denominator": "basis_recipients"},
    }


def semantic_file(facts):
    own_measures, terms = terms_of_rates(facts)
    funnel = {
        "name": "campaign_funnel_daily",
        "label": "Messages by stage",
        "description": paragraphs(
            "The daily funnel of campaigns. Its counts add up over days, campaigns and channels, and its rates "
            "are divided after adding up."
        ),
        "model": "ref('campaign_funnel_daily')",
        "defaults": {"agg_time_dimension": "message_date"},
        "primary_entity": "campaign_day",
        "entities": shared_entities(),
        "dimensions": [message_date(), dimension("is_settled")],
        "measures": [
            *(measure(name, name, doc(name)) for name in ADDITIVE_COUNTS),
            *own_measures,
        ],
    }
    people = {
        "name": "funnel_messages",
        "label": "People",
        "description": paragraphs(
            "The messages that the funnels count, to count their people. A person who is in several days or "
            "campaigns is one, which no sum of the funnels' rows can say."
        ),
        "model": "ref('int_funnel_messages')",
        "defaults": {"agg_time_dimension": "message_date"},
        "primary_entity": "message",
        "entities": shared_entities(),
        "dimensions": [message_date()],
        "measures": [
            people_measure("reached_recipients", f"{REACHED}_at is not null"),
            people_measure("clicked_recipients", "clicked_at is not null"),
        ],
    }
    campaigns = {
        "name": "dim_campaigns",
        "label": "Campaigns",
        "description": "The campaigns, for their names.",
        "model": "ref('dim_campaigns')",
        "entities": [{"name": "campaign", "type": "primary", "expr": CAMPAIGN_KEY}],
        "dimensions": [dimension("campaign_id"), dimension("campaign_name", "latest_campaign_name")],
    }
    return property_file(
        ["event_types", "funnel_rates"],
        {
            "semantic_models": [funnel, people, campaigns, conversions_model(), goals_model()],
            "metrics": [
                metric(facts, "reached_recipients", doc("reached_recipients"), {"measure": "reached_recipients"}, []),
                metric(
                    facts,
                    "clicked_recipients",
                    doc("clicked_recipients"),
                    {"measure": "clicked_recipients"},
                    [channel for channel in facts.channels if "clicked" not in facts.stages(channel)],
                ),
                *(rate_metric(facts, rate, *terms[rate["rate"]]) for rate in facts.rates()),
                conversion_rate(),
            ],
        },
    )
