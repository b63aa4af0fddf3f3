// Conversions: what people did after a message, by goal. Who counts how often depends on what is chosen, as distinct people
// and events do not add up over days and campaigns; the panel says which it is.

const SHOWN_BY_CAMPAIGN = 10;
const FULL_SUMS = ["basis", "basis_recipients", "converted_recipients", "conversions", "last_touch_conversions", "revenue", "last_touch_revenue"];

// An amount in its currency. amount: a whole number with data.revenue_decimals decimals.
function money(data, amount, currency) {
  const value = amount / 10 ** data.revenue_decimals;
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(value);
  } catch {
    return `${number(value)} ${currency}`;
  }
}

// Which time opens a channel's window: as in macros/conversions/basis_of_channel.sql.
function basisOf(data, goal, channel) {
  const stages = data.stagesOf.get(channel);
  return !stages.has("clicked") ? "sent" : !stages.has("sent") ? "clicked" : goal.basis;
}

// The table that knows the chosen conversions best, and how people are counted in it.
//   chosen: { campaign, journey, keys, from, to }; whole: all dates are chosen.
function conversionSource(data, chosen, whole) {
  const { project_id, channel, campaign_id, journey_id } = chosen.keys;
  if (journey_id !== undefined) return { table: data.tables.journey_conversions, keys: { project_id, channel, journey_id }, people: "journey", once: true };
  if (campaign_id !== undefined) {
    const keys = { project_id, channel, campaign_id };
    return whole
      ? { table: data.tables.campaign_conversions, keys, people: "once", once: true }
      : { table: data.tables.conversions, keys, people: "by_day" };
  }
  const keys = { project_id, channel };
  return whole
    ? { table: data.tables.channel_conversions, keys, people: "once", once: true }
    : { table: data.tables.channel_conversions_daily, keys, people: "by_campaign_day" };
}

// Sums by a group of series. Tables of whole periods have one date for all, so days do not matter there.
function conversionSums(source, goal, from, to, group) {
  const days = source.once ? [-Infinity, Infinity] : [from, to];
  return sums({ ...source.table, period: source.once ? "all" : source.table.period }, { ...source.keys, goal }, ...days, group);
}

// The goal that is shown: the chosen one, else the one with the most conversions.
function goalOf(data, state, source, from, to, project) {
  const known = data.goals.map((goal, place) => ({ ...goal, place })).filter((goal) => !goal.project_id || !project || goal.project_id === project);
  const named = known.find((goal) => goal.id === state.goal);
  if (named) return { known, goal: named };
  const found = conversionSums(source, undefined, from, to, (series) => source.table.keys.goal[series]);
  return { known, goal: known.reduce((most, goal) => ((found.get(goal.place)?.conversions ?? 0) > (most ? (found.get(most.place)?.conversions ?? 0) : -1) ? goal : most), null) };
}

// One row's cells: the rate with its base in words, conversions, revenue, and the time it took.
function conversionCells(data, goal, channel, sum, before, last, source) {
  const basis = basisOf(data, goal, channel);
  const numerator = last ? sum.last_touch_conversions : sum.converted_recipients;
  const base = last ? sum.basis : sum.basis_recipients;
  const rate = { numerator, base, value: base ? numerator / base : null };
  const count = last ? "last_touch_conversions" : "conversions";
  // undefined: nothing is compared; null: there was nothing before.
  const old = before === null ? Object.fromEntries(FULL_SUMS.map((name) => [name, 0])) : before;
  const oldNumerator = old && (last ? old.last_touch_conversions : old.converted_recipients);
  const oldBase = old && (last ? old.basis : old.basis_recipients);
  const oldRate = old && { numerator: oldNumerator, base: oldBase, value: oldBase ? oldNumerator / oldBase : null };
  const revenue = sum[last ? "last_touch_revenue" : "revenue"];
  return {
    rate: comparedRateCell("conversion_rate", rate, oldRate, t(`conversions.${last ? "messages" : "people"}.${basis}`, { n: number(numerator), base: number(base), how: source.once || last ? "" : t(`people.how.${source.people}`) }), { "data-rate": "conversion_rate" }, sum.settled),
    conversions: countCell(sum[count], old?.[count]),
    revenue: goal.currency ? money(data, revenue, goal.currency) : "–",
    // A median is of one group: those of several campaigns or projects do not add up.
    time: source.once && sum.rows === 1 && sum.median_seconds >= 0 ? duration(sum.median_seconds) : "–",
  };
}

//   view: { goals, goal, credit, byChannel, before, byCampaign, goalDays, settled, source, wide, chosen }.
function makeConversions(data, view, choose, label) {
  const { goal, source } = view;
  const last = view.credit === "last";
  const rows = data.channels.map(({ id }) => id).filter((id) => view.byChannel.has(id));
  const total = (name) => rows.reduce((sum, channel) => sum + view.byChannel.get(channel)[name], 0);
  const columns = [
    { name: t("channel"), key: "channel" },
    { name: t(last ? "conversions.rate_last" : "conversions.rate_full"), key: "rate" },
    { name: t("conversions.count"), key: "conversions", number: true },
    ...(goal.currency ? [{ name: t("conversions.revenue"), key: "revenue", number: true }] : []),
    ...(source.once && !last ? [{ name: t("conversions.time"), key: "time", number: true }] : []),
  ];
  const rowOf = (name, channel, sum, before) => {
    const cells = conversionCells(data, goal, channel, sum, before, last, source);
    return columns.map(({ key }) => (key === "channel" ? name : cells[key]));
  };
  const body = rows.map((channel) => rowOf(make("span", { "data-channel": channel }, channelName(channel)), channel, view.byChannel.get(channel), view.before && (view.before.get(channel) ?? null)));
  // Only last touch adds up over channels.
  if (last && rows.length > 1) {
    const cells = { channel: t("conversions.total"), rate: "", conversions: number(total("last_touch_conversions")), revenue: goal.currency && money(data, total("last_touch_revenue"), goal.currency) };
    body.push(columns.map(({ key }) => cells[key]));
  }
  const credit = [
    t(last ? "credit.last_note" : "credit.full_note"),
    rows.length > 0 && t("credit.difference", { full: number(total("conversions")), last: number(total("last_touch_conversions")) }),
    !last && rows.length > 1 && t("credit.full_channels"),
  ];
  const people = last ? t("people.messages") : t(`people.${source.people}`);
  const campaigns = view.byCampaign && [...view.byCampaign].filter(([, sum]) => sum[last ? "last_touch_conversions" : "conversions"] > 0);
  const count = last ? "last_touch_conversions" : "conversions";
  campaigns?.sort((a, b) => b[1][count] - a[1][count] || a[0] - b[0]);
  return [
    make("p", { id: "goal-in-words" }, t("goal.in_words", { event: goal.property_value ? `${goal.event_type} (${goal.property_value})` : goal.event_type, hours: number(goal.window_hours) }), goal.project_id ? ` ${t("goal.of_project", { project: goal.project_id })}` : ""),
    view.goalDays &&
      make(
        "p",
        { id: "goal-events" },
        t("goal.events", { events: number(view.goalDays.goal_events), credited: number(view.goalDays.credited_events), share: view.goalDays.goal_events ? percent(view.goalDays.credited_events / view.goalDays.goal_events) : "–" }),
        goal.currency ? ` ${t("goal.revenue", { all: money(data, view.goalDays.goal_revenue, goal.currency), credited: money(data, view.goalDays.credited_revenue, goal.currency) })}` : "",
      ),
    rows.length ? makeTable(t("section.conversions"), columns, body, { id: "conversion-table" }) : make("p", { class: "empty" }, t("conversions.none")),
    make("p", { class: "note", id: "credit-note" }, credit.filter(Boolean).join(" ")),
    make("p", { class: "note", id: "people-note" }, [people, !source.once && t("conversions.dates"), view.wide, !view.settled && t("conversions.unsettled", { hours: number(goal.window_hours) })].filter(Boolean).join(" ")),
    campaigns?.length > 0 &&
      make(
        "details",
        { id: "conversions-by-campaign" },
        make("summary", {}, t("conversions.by_campaign", { n: number(campaigns.length) })),
        make("p", { class: "note" }, [!last && t("credit.full_campaigns"), view.wideCampaigns].filter(Boolean).join(" ")),
        makeTable(
          t("conversions.by_campaign", { n: number(campaigns.length) }),
          [{ name: t("campaign") }, ...columns.slice(1)],
          campaigns.slice(0, SHOWN_BY_CAMPAIGN).map(([series, sum]) => {
            const { campaign_id: campaigns_, channel } = view.campaignTable.keys;
            const id = data.channels[channel[series]].id;
            return rowOf(
              [make("button", { class: "link", type: "button", "data-campaign": data.campaigns[campaigns_[series]].id, onclick: () => choose(campaigns_[series]) }, label(campaigns_[series])), make("small", {}, channelName(id))],
              id, sum, undefined,
            );
          }),
        ),
      ),
  ].filter(Boolean);
}
