// The view: what is chosen (kept in the address after #, so that a link shows the same), and drawing it.

const element = (id) => document.getElementById(id);
const EMPTY = {
  tab: "", project: "", channel: "", campaign: "", journey: "", from: "", to: "", rate: "", by: "", goal: "", credit: "", show: "", platform: "",
  least: String(LEAST_BASE), find: "", sort: "created", order: "down",
};
const TABS = ["report", "content", "quality", "files"];
// Hours after which the newest event is old: an export comes a day late at most.
const OLD_AFTER_HOURS = 48;

let data;
let specs;
let state = { ...EMPTY };
let more = false;
let campaignBox;
let journeyBox;
let span;
let labels;

// ------------------------------------------------------------------------------------------------ the address and memory

function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const read = { ...EMPTY };
  for (const name of Object.keys(EMPTY)) if (parameters.has(name)) read[name] = parameters.get(name);
  const spoken = parameters.get("lang");
  if (spoken && spoken in window.pageTexts) useLanguage(spoken);
  state = checked(read);
}

// A link can be old or mistyped: what the data does not have is dropped.
function checked(wanted) {
  const known = { ...wanted };
  const isDate = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (!data.projects.includes(known.project)) known.project = "";
  if (!data.channels.some((channel) => channel.id === known.channel)) known.channel = "";
  for (const kind of ["campaign", "journey"]) {
    const found = data[`${kind}s`].filter(
      (row) => row.id === known[kind] && (!known.project || row.project_id === known.project),
    );
    if (found.length) known.project = found[0].project_id;
    else known[kind] = "";
  }
  if (known.campaign) known.journey = "";
  for (const end of ["from", "to"]) if (!isDate(known[end])) known[end] = "";
  if (known.from && known.to && known.from > known.to) [known.from, known.to] = [known.to, known.from];
  if (!data.rates.some((rate) => rate.id === known.rate)) known.rate = "";
  if (!PERIODS.includes(known.by)) known.by = "";
  if (!TABS.includes(known.tab)) known.tab = "";
  if (!data.goals.some((goal) => goal.id === known.goal)) known.goal = "";
  if (known.credit !== "last") known.credit = "";
  if (known.show !== "reached") known.show = "";
  if (!data.tables.platform_hours.keys.platform.includes(known.platform)) known.platform = "";
  if (!LEAST_BASES.includes(Number(known.least))) known.least = EMPTY.least;
  return known;
}

function addressOf(view) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) if (value !== EMPTY[name]) parameters.set(name, value);
  return `#${parameters}`;
}

// Some browsers keep nothing for pages from a file; the page works all the same.
function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {}
}

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function change(changes, focus) {
  state = checked({ ...state, ...changes });
  history.replaceState(null, "", addressOf(state));
  draw();
  if (focus) {
    element("result").focus();
    element("result").scrollIntoView({ block: "start" });
  }
}

// ------------------------------------------------------------------------------------------------- language and colours

function useLanguage(name) {
  language = name;
  texts = window.pageTexts;
  document.documentElement.lang = name;
}

function useTheme(name) {
  if (name === "light" || name === "dark") document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
}

// Texts of the page itself: data-text names the key; data-label that of a label for screen readers.
function writeTexts() {
  document.title = t("title");
  for (const part of document.querySelectorAll("[data-text]")) part.textContent = t(part.dataset.text);
  for (const part of document.querySelectorAll("[data-label]")) part.setAttribute("aria-label", t(part.dataset.label));
  for (const part of document.querySelectorAll("[data-hint]")) part.placeholder = t(part.dataset.hint);
}

function fillSelect(select, options, chosen) {
  select.replaceChildren(...options.map(([value, name]) => make("option", { value, selected: value === chosen }, name)));
  select.value = chosen;
}

// --------------------------------------------------------------------------------------------------------- what is chosen

const placeOf = (list, id) => (id ? list.indexOf(id) : undefined);

function chosenPlace(kind) {
  if (!state[kind]) return undefined;
  return data[`${kind}s`].findIndex((row) => row.id === state[kind] && row.project_id === state.project);
}

// The table that holds what is chosen, the keys that its series must have, and the days.
function selection() {
  const campaign = chosenPlace("campaign");
  const journey = chosenPlace("journey");
  const channel = state.channel ? data.channels.findIndex((row) => row.id === state.channel) : undefined;
  const project_id = placeOf(data.projects, state.project);
  const name = campaign !== undefined ? "campaigns" : journey !== undefined ? "steps" : "channels";
  const keys = { project_id, channel };
  if (campaign !== undefined) keys.campaign_id = campaign;
  if (journey !== undefined) keys.journey_id = journey;
  return {
    table: data.tables[name],
    keys,
    campaign,
    journey,
    from: state.from ? dayOf(state.from) : span.first,
    to: state.to ? dayOf(state.to) : span.last,
  };
}

const channelOf = (table, series) => data.channels[table.keys.channel[series]].id;

// The days that a table's periods really cover, for the note that says so.
function widened(table, from, to) {
  if (table.period === "day") return null;
  if (table.period === "all") return { period: "all", from: dateOf(span.first), to: dateOf(span.last) };
  return {
    period: table.period,
    from: dateOf(periodStart(from, table.period)),
    to: dateOf(nextPeriod(periodStart(to, table.period), table.period) - 1),
  };
}

// Names that stand more than once, with what tells them apart: channels, first date, end of the id.
function makeLabels() {
  const times = new Map();
  for (const { name } of data.campaigns) times.set(name, (times.get(name) ?? 0) + 1);
  const channels = data.campaigns.map(() => new Set());
  data.tables.campaigns.keys.campaign_id.forEach((place, series) => channels[place]?.add(channelOf(data.tables.campaigns, series)));
  return data.campaigns.map(({ id, name, first_message_at: first }, place) => ({
    name: name ?? id,
    apart: () =>
      name && times.get(name) > 1
        ? [[...channels[place]].map((channel) => nameOf("channel", channel)).join(", "), t("since", { date: first.slice(0, 10) }), `…${id.slice(-6)}`].join(" · ")
        : "",
  }));
}

function campaignLabel(place) {
  const apart = labels[place].apart();
  return apart ? `${labels[place].name} · ${apart}` : labels[place].name;
}

function options(kind) {
  return (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return data[`${kind}s`]
      .map((row, place) => ({ ...row, place }))
      .filter((row) => {
        const known = `${row.name ?? ""} ${row.id} ${row.project_id}`.toLowerCase();
        return words.every((word) => known.includes(word));
      })
      // The chosen project's first, then the newest.
      .sort((a, b) => (b.project_id === state.project) - (a.project_id === state.project) || b.last_message_at.localeCompare(a.last_message_at))
      .map((row) => ({
        key: row.place,
        name: row.name ?? row.id,
        detail: [
          row.project_id,
          `${row.first_message_at.slice(0, 10)} – ${row.last_message_at.slice(0, 10)}`,
          kind === "campaign" && labels[row.place].apart(),
        ]
          .filter(Boolean)
          .join(" · "),
      }));
  };
}

function choose(kind, place) {
  const row = place === "" ? null : data[`${kind}s`][place];
  change({ campaign: "", journey: "", [kind]: row ? row.id : "", ...(row ? { project: row.project_id, channel: "" } : {}) }, Boolean(row));
}

// -------------------------------------------------------------------------------------------------------------- drawing

function drawControls(chosen) {
  fillSelect(element("project"), [["", t("all_projects")], ...data.projects.map((id) => [id, id])], state.project);
  fillSelect(
    element("channel"),
    [["", t("all_channels")], ...data.channels.map(({ id }) => [id, nameOf("channel", id)])],
    state.channel,
  );
  const nameAt = (kind, place) => (place === undefined ? "" : (data[`${kind}s`][place].name ?? data[`${kind}s`][place].id));
  campaignBox.show(nameAt("campaign", chosen.campaign));
  journeyBox.show(nameAt("journey", chosen.journey));
  for (const end of ["from", "to"]) {
    const input = element(end);
    input.min = dateOf(span.first);
    input.max = dateOf(span.last);
    input.value = state[end] || (end === "from" ? input.min : input.max);
  }
  for (const button of document.querySelectorAll("[data-days]")) {
    const days = Number(button.dataset.days);
    const from = days ? dateOf(span.last - days + 1) : "";
    button.setAttribute("aria-pressed", String(state.from === from && state.to === ""));
  }
  element("newest-day").textContent = data.tables.channels.rows > 0 ? t("newest_day", { date: dateOf(span.last) }) : "";
  element("chosen").textContent = [element("subject").textContent, state.channel && nameOf("channel", state.channel), datesInWords(chosen)].filter(Boolean).join(" · ");
  element("docs").href = "docs/index.html";
  for (const link of document.querySelectorAll("nav [data-tab]")) {
    if (link.dataset.tab === state.tab) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// The dates as they were asked for, whether there is data or not.
const datesInWords = (chosen) => (data.tables.channels.rows > 0 ? `${dateOf(chosen.from)} – ${dateOf(chosen.to)}` : "");

// Whether all dates of the data are chosen.
const isWhole = (chosen) => chosen.from <= span.first && chosen.to >= span.last;

const tab = () => state.tab || "report";

// A section is seen on its page, if it has something to say.
function show(id, on) {
  element(id).hidden = !(on && element(id).classList.contains(`of-${tab()}`));
  return !element(id).hidden;
}

function drawTitle(chosen, byChannel) {
  const subject =
    chosen.campaign !== undefined
      ? (data.campaigns[chosen.campaign].name ?? state.campaign)
      : chosen.journey !== undefined
        ? (data.journeys[chosen.journey].name ?? state.journey)
        : state.project || t("all_projects");
  element("subject").textContent = subject;
  const channels = [...byChannel.keys()].map((channel) => nameOf("channel", channel)).join(", ");
  element("scope").textContent = [
    chosen.campaign !== undefined ? t("campaign") : chosen.journey !== undefined ? t("journey") : t("all_messages"),
    state.channel || chosen.campaign !== undefined || chosen.journey !== undefined ? channels : t("all_channels"),
    chosen.campaign !== undefined && labels[chosen.campaign].apart(),
    (chosen.campaign !== undefined || chosen.journey !== undefined) && state.project,
    datesInWords(chosen),
    t("zone", { zone: data.zone }),
  ]
    .filter(Boolean)
    .join(" · ");
  const wide = widened(chosen.table, chosen.from, chosen.to);
  element("widened").hidden = !wide;
  if (wide) element("widened").textContent = t(`widened.${wide.period}`, wide);
  element("beyond").hidden = !data.tables.channels.rows || (chosen.from >= span.first && chosen.to <= span.last);
  element("beyond").textContent = t("beyond", { first: dateOf(span.first), last: dateOf(span.last) });
  const one = chosen.campaign !== undefined ? "campaign" : chosen.journey !== undefined ? "journey" : "";
  element("leave").hidden = !one;
  element("leave").textContent = one ? t(`leave.${one}`) : "";
}

// What the numbers are compared with, in words.
function drawCompared(chosen, before, byChannel) {
  let text = "";
  if (before) {
    const open = [...byChannel.values()].some((sum) => !sum.settled);
    text = [t("compared", { from: dateOf(before.from), to: dateOf(before.to) }), open && t("compared.unsettled")].filter(Boolean).join(" ");
  } else if (data.tables.channels.rows && isWhole(chosen)) text = t("compared.all");
  else if (data.tables.channels.rows && chosen.from <= span.last) text = t("compared.none", { first: dateOf(span.first) });
  element("compared").textContent = text;
}

// The headline: counts, which add up over channels; rates only of one channel, as those of several say nothing together.
function drawHeadline(byChannel, before) {
  const total = (groups, stage) => [...groups].reduce((sum, [channel, counts]) => sum + (stage === "reached" || data.stagesOf.get(channel).has(stage) ? counts[stage] : 0), 0);
  const count = (stage, note) => {
    const made = tile(nameOf("stage", stage), number(total(byChannel, stage)), [note, before && countDelta(total(byChannel, stage), total(before, stage))]);
    made.dataset.stage = stage;
    return made;
  };
  const channels = [...byChannel.keys()];
  const those = (stage) => channels.filter((channel) => data.stagesOf.get(channel).has(stage));
  const missing = (stage) => channels.filter((channel) => !data.stagesOf.get(channel).has(stage));
  const names = (some) => some.map((channel) => nameOf("channel", channel)).join(", ");
  const tiles = [count("created", t("headline.created")), count("reached", t("headline.reached"))];
  if (channels.length > 1) {
    for (const stage of ["failed", "clicked"]) {
      if (those(stage).length) tiles.push(count(stage, missing(stage).length ? t("not_reported", { channel: names(missing(stage)) }) : ""));
    }
  }
  const spoken = [];
  for (const id of CHANNEL_RATES) {
    const rate = rateNamed(data, id);
    for (const [channel, counts] of byChannel) {
      const found = rateOf(rate, [[channel, counts]]);
      if (!found.channels.length) continue;
      const base = baseName(rate, [channel]);
      if (found.value !== null) spoken.push(`${channels.length > 1 ? `${nameOf("channel", channel)}: ` : ""}${nameOf("rate", id)} ${percent(found.value)} ${t("of", { base })}`);
      if (channels.length > 1) continue;
      const made = tile(nameOf("rate", id), found.value === null ? "–" : percent(found.value), [
        `${t("n_of", { n: number(found.numerator), base: number(found.base) })} ${base}`,
        before && rateDelta(id, found, rateOf(rate, [[channel, before.get(channel) ?? noCounts()]])),
      ]);
      made.dataset.rate = id;
      tiles.push(made);
    }
  }
  element("headline").replaceChildren(...tiles);
  element("spoken").textContent = byChannel.size
    ? [element("subject").textContent, t("spoken.created", { n: number(total(byChannel, "created")) }), t("spoken.reached", { n: number(total(byChannel, "reached")) }), ...spoken].join("; ")
    : t("nothing");
}

const noCounts = () => Object.fromEntries([...data.stages, "messages", "reached"].map((stage) => [stage, 0]));

async function drawTrends(chosen, byChannel) {
  const possible = data.rates.filter((rate) => [...byChannel.keys()].some((channel) => rate.base[channel]));
  const rate = possible.find(({ id }) => id === state.rate) ?? possible.find(({ id }) => id === "click_rate") ?? possible.find(({ id }) => id === "delivery_rate") ?? possible[0];
  if (!show("trend", rate && chosen.table.period !== "all")) return;
  fillSelect(element("rate"), possible.map(({ id }) => [id, nameOf("rate", id)]), rate.id);
  const from = Math.max(chosen.from, span.first);
  const to = Math.min(chosen.to, span.last);
  const period = trendPeriod(chosen.table, state.by, to - from);
  fillSelect(
    element("by"),
    PERIODS.filter((name) => PERIODS.indexOf(name) >= PERIODS.indexOf(chosen.table.period)).map((name) => [name, t(`period.${name}`)]),
    period,
  );
  const byPeriod = sums(chosen.table, chosen.keys, chosen.from, chosen.to, (series, day) => `${channelOf(chosen.table, series)} ${periodStart(day, period)}`);
  const rows = trendRows(data, rate, byPeriod);
  const bars = barRows(data, byPeriod);
  const channels = data.channels.map((channel) => channel.id).filter((channel) => rows.some((row) => row.channel === channel));
  const base = baseName(rate, channels);
  element("trend-base-title").textContent = t(byChannel.size > 1 ? "trend.created" : "trend.created_one");
  element("trend-rate-title").textContent = `${nameOf("rate", rate.id)}: ${t("share_of", { numerator: rate.numerator.map((stage) => nameOf("of_stage", stage)).join(t("and")), base })}`;
  const missing = [...byChannel.keys()].filter((channel) => !channels.includes(channel));
  element("trend-missing").textContent = missing.length ? t("trend.without", { rate: nameOf("rate", rate.id), channels: missing.map((channel) => nameOf("channel", channel)).join(", ") }) : "";
  const open = bars.filter((row) => !row.settled).map((row) => row.day);
  const firstOpen = open.length ? open.reduce((a, b) => Math.min(a, b)) : null;
  const all = firstOpen !== null && firstOpen === bars[0].day;
  element("unsettled").hidden = firstOpen === null;
  element("unsettled").textContent = firstOpen === null ? "" : t(all ? "unsettled.all" : "unsettled.from", { date: dateOf(firstOpen) });
  element("legend").replaceChildren(...[...byChannel.keys()].map((channel) => make("li", {}, channelName(channel))));
  const rates = rows.filter((row) => row.rate !== null);
  const lowest = rates.reduce((least, row) => (!least || row.rate < least.rate ? row : least), null);
  const highest = rates.reduce((most, row) => (!most || row.rate > most.rate ? row : most), null);
  const inWords = lowest
    ? t("trend.in_words", {
        rate: nameOf("rate", rate.id), from: dateOf(from), to: dateOf(to), low: percent(lowest.rate), low_date: dateOf(lowest.day),
        high: percent(highest.rate), high_date: dateOf(highest.day),
      })
    : t("nothing");
  element("trend-charts").setAttribute("aria-label", inWords);
  element("trend-rows").replaceChildren(make("summary", {}, t("as_table")), trendTable(rate, rows, period));
  const days = trendPeriods(bars[0].day, bars.at(-1).day, period);
  // A day without messages breaks the line.
  const known = new Set(rows.map((row) => `${row.channel} ${row.day}`));
  const gaps = channels.flatMap((channel) => days.filter((day) => !known.has(`${channel} ${day}`)).map((day) => ({ channel, day, rate: null, settled: true })));
  const drawnRates = inOrder(data, [...rows.map((row) => ({ ...row, tip: rateTip(rate, row) })), ...gaps]);
  const shaded = all ? null : firstOpen;
  await Promise.all([
    drawTrend(element("trend-base"), specs.base, bars.map((row) => ({ ...row, tip: barTip(row) })), days, period, shaded),
    drawTrend(element("trend-rate"), specs.rate, drawnRates, days, period, shaded),
  ]);
}

function nested(found) {
  const groups = new Map();
  for (const [key, counts] of found) {
    const [group, channel] = key.split(" ");
    if (!groups.has(Number(group))) groups.set(Number(group), new Map());
    groups.get(Number(group)).set(channel, counts);
  }
  return groups;
}

function drawJourneys(chosen) {
  const { steps } = data.tables;
  const { project_id, channel } = chosen.keys;
  const whole = isWhole(chosen);
  if (!show("journeys", data.journeys.length > 0 && chosen.campaign === undefined)) return;
  if (chosen.journey !== undefined) {
    const found = sums(steps, chosen.keys, chosen.from, chosen.to, (series) => `${steps.keys.journey_step_id[series] ?? ""} ${channelOf(steps, series)}`);
    element("journeys-note").textContent = t(whole ? "steps.note_runs" : "steps.note_messages");
    element("journeys-body").replaceChildren(makeSteps(data, chosen.journey, found, whole));
    return;
  }
  const found = sums(steps, { project_id, channel }, chosen.from, chosen.to, (series) => `${steps.keys.journey_id[series]} ${channelOf(steps, series)}`);
  const wide = widened(steps, chosen.from, chosen.to);
  element("journeys-note").textContent = [t("journeys.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  element("journeys-body").replaceChildren(makeJourneys(data, nested(found), state.project, (place) => choose("journey", place)));
}

function drawCampaigns(chosen) {
  if (!show("campaigns", chosen.campaign === undefined && chosen.journey === undefined)) return;
  const { campaigns } = data.tables;
  const { project_id, channel } = chosen.keys;
  const of = ({ from, to }) => sums(campaigns, { project_id, channel }, from, to, (series) => series);
  const period = isWhole(chosen) ? null : periodBefore(campaigns, chosen.from, chosen.to, span.first, span.last);
  const before = period && of(period);
  const rows = [...of(chosen)].map(([series, counts]) => ({
    campaign: campaigns.keys.campaign_id[series],
    channel: channelOf(campaigns, series),
    counts,
    before: before ? (before.get(series) ?? null) : undefined,
  }));
  const wide = widened(campaigns, chosen.from, chosen.to);
  element("campaigns-note").textContent = [t("campaigns.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  const view = { find: state.find, sort: state.sort, down: state.order === "down", more, least: Number(state.least), project: state.project };
  element("find").value = state.find;
  fillSelect(element("least"), LEAST_BASES.map((n) => [String(n), n ? t("least.messages", { n: number(n) }) : t("least.any")]), state.least);
  fillSelect(element("sort"), campaignColumns(data, [...new Set(rows.map((row) => row.channel))], state.project).map(({ id, name }) => [id, name]), state.sort);
  const focused = document.activeElement?.dataset?.sort;
  element("campaigns-body").replaceChildren(
    ...makeCampaigns(
      data,
      rows,
      view,
      ({ sort, down, more: all }) => {
        if (all) more = true;
        if (sort) change({ sort, order: down ? "down" : "up" });
        else drawCampaigns(selection());
      },
      (place) => choose("campaign", place),
      campaignLabel,
    ).filter(Boolean),
  );
  if (focused) document.querySelector(`[data-sort="${focused}"]`)?.focus();
}

function drawConversions(chosen) {
  const whole = isWhole(chosen);
  const source = conversionSource(data, chosen, whole);
  const { known, goal } = goalOf(data, state, source, chosen.from, chosen.to, state.project);
  if (!show("conversions", Boolean(goal))) return;
  fillSelect(element("goal"), known.map(({ id }) => [id, id]), goal.id);
  element("credit").value = state.credit;
  const { conversions, channel_conversions_daily: daily, goals, campaign_conversions: ofCampaigns } = data.tables;
  const byChannelOf = (from, to) => conversionSums(source, goal.place, from, to, (series) => channelOf(source.table, series));
  const before = source.once ? null : periodBefore(source.table, chosen.from, chosen.to, span.first, span.last);
  const { project_id, channel } = chosen.keys;
  const one = chosen.campaign !== undefined || chosen.journey !== undefined;
  const campaignSource = { table: whole ? ofCampaigns : conversions, keys: { project_id, channel }, once: whole };
  const wide = source.once ? null : widened(source.table, chosen.from, chosen.to);
  const byDay = chosen.keys.campaign_id === undefined ? daily : conversions;
  const settledKeys = { project_id, channel, campaign_id: chosen.keys.campaign_id, goal: goal.place };
  const wideCampaigns = widened(campaignSource.table, chosen.from, chosen.to);
  element("conversions-body").replaceChildren(
    ...makeConversions(
      data,
      {
        goal,
        source,
        credit: state.credit,
        byChannel: byChannelOf(chosen.from, chosen.to),
        before: before ? byChannelOf(before.from, before.to) : undefined,
        byCampaign: one ? null : conversionSums(campaignSource, goal.place, chosen.from, chosen.to, (series) => series),
        campaignTable: campaignSource.table,
        goalDays: one || channel !== undefined ? null : sums(goals, { project_id, goal: goal.place }, chosen.from, chosen.to, () => "all").get("all"),
        settled: sums(byDay, settledKeys, chosen.from, chosen.to, () => "all").get("all")?.settled ?? true,
        wide: wide && t(`widened.${wide.period}`, wide),
        wideCampaigns: whole ? null : wideCampaigns && t(`widened.${wideCampaigns.period}`, wideCampaigns),
      },
      (place) => choose("campaign", place),
      campaignLabel,
    ),
  );
}

function drawChanges(chosen, before, byChannel, beforeByChannel) {
  if (!show("changes", (byChannel.size > 0 || beforeByChannel?.size > 0) && chosen.table.period !== "all")) return;
  const least = Number(state.least);
  const groups = (now, then, more) => [...new Set([...now.keys(), ...then.keys()])].map((key) => ({ now: now.get(key), before: then.get(key), ...more(key) }));
  const channels = before ? groups(byChannel, beforeByChannel, (channel) => ({ channel })) : [];
  const { campaigns } = data.tables;
  const own = before && chosen.campaign === undefined && chosen.journey === undefined ? periodBefore(campaigns, chosen.from, chosen.to, span.first, span.last) : null;
  const { project_id, channel } = chosen.keys;
  const of = ({ from, to }) => sums(campaigns, { project_id, channel }, from, to, (series) => series);
  const ofCampaigns = own
    ? groups(of(chosen), of(own), (series) => ({ channel: channelOf(campaigns, series), campaign: campaigns.keys.campaign_id[series], label: campaignLabel(campaigns.keys.campaign_id[series]) }))
    : [];
  // Where the table has weeks, a bad day is not to be seen.
  const byDay = chosen.table.period === "day" ? sums(chosen.table, chosen.keys, chosen.from, chosen.to, (series, day) => `${channelOf(chosen.table, series)} ${day}`) : new Map();
  element("changes-note").textContent = [
    before && t("changes.note", { n: number(least), from: dateOf(before.from), to: dateOf(before.to) }),
    t("changes.note_days"),
  ]
    .filter(Boolean)
    .join(" ");
  element("changes-body").replaceChildren(makeChanges(data, channels, ofCampaigns, badDays(data, byDay, least), least, (place) => choose("campaign", place)));
}

// Hours, platforms and pressure are known by project and channel, not by campaign.
function drawContent(chosen) {
  const { platforms, pressure } = data.tables;
  const hours = state.platform ? data.tables.platform_hours : data.tables.hours;
  const { project_id, channel } = chosen.keys;
  const campaign = chosen.campaign === undefined ? null : data.campaigns[chosen.campaign];
  const one = campaign !== null || chosen.journey !== undefined;
  const note = (id, key, table) => {
    const wide = table && widened(table, chosen.from, chosen.to);
    element(`${id}-note`).textContent = [t(key, { zone: data.zone }), one && id !== "in-app" && t("not_by_campaign", { project: state.project }), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  };
  const ofOwn = (list) => list.filter((row) => (!state.project || row.project_id === state.project) && (!campaign || row.campaign_id === campaign.id));
  element("in-app").classList.toggle("of-report", campaign !== null);
  const clicks = ofOwn(data.in_app_clicks);
  const closes = ofOwn(data.in_app_closes);
  if (show("in-app", (!state.channel || state.channel === "iam") && (tab() === "content" || clicks.length + closes.length > 0))) {
    note("in-app", "in_app.note");
    element("in-app-body").replaceChildren(...makeInApp(data, clicks, closes, campaign !== null, campaignLabel, (place) => choose("campaign", place)));
  }
  if (show("hours", true)) {
    note("hours", "hours.note", hours);
    fillSelect(element("measure"), [["", nameOf("rate", "click_rate")], ["reached", nameOf("stage", "reached")]], state.show);
    const known = [...new Set(data.tables.platform_hours.keys.platform)].sort();
    fillSelect(element("platform"), [["", t("all_platforms")], ...known.map((name) => [name, name])], state.platform);
    const byHour = sums(hours, { project_id, channel, platform: state.platform || undefined }, chosen.from, chosen.to, (series) => `${channelOf(hours, series)} ${hours.keys.message_weekday[series]} ${hours.keys.message_hour[series]}`);
    element("hours-body").replaceChildren(makeHours(data, byHour, state.show || "click_rate", Number(state.least)));
  }
  if (show("platforms", true)) {
    note("platforms", "platforms.note", platforms);
    element("platforms-body").replaceChildren(...makePlatforms(data, sums(platforms, { project_id, channel }, chosen.from, chosen.to, (series) => series), platforms));
  }
  if (show("pressure", true)) {
    note("pressure", "pressure.note", pressure);
    // A week belongs to the dates that its Monday lies in.
    const byBucket = sums(pressure, { project_id }, chosen.from, chosen.to, (series) => pressure.keys.reached_bucket[series]);
    element("pressure-body").replaceChildren(makePressure(byBucket));
  }
  if (show("templates", true)) {
    note("templates", "templates.note");
    element("templates-body").replaceChildren(
      ...makeTemplates(data, data.templates.filter((row) => (!state.project || row.project_id === state.project) && (!state.channel || row.channel === state.channel))),
    );
  }
}

function drawFailures(chosen) {
  if (!show("failures", true)) return;
  const { failures } = data.tables;
  const found = sums(failures, chosen.keys, chosen.from, chosen.to, (series) => `${failures.keys.stage[series]} ${failures.keys.error[series]}`);
  const wide = widened(failures, chosen.from, chosen.to);
  element("failures-note").textContent = [t("failures.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  element("failures-body").replaceChildren(makeFailures(data, found));
}

function drawQuality(chosen) {
  if (!show("quality", true)) return;
  const { rows, rejected, rules, events } = data.tables;
  const { project_id, channel } = chosen.keys;
  const of = (table, keys, group) => sums(table, keys, chosen.from, chosen.to, group);
  const wide = widened(rows, chosen.from, chosen.to);
  element("quality-note").textContent = [t("quality.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  element("quality-body").replaceChildren(
    ...makeQuality(
      data,
      {
        rows: of(rows, { project_id }, () => "all").get("all"),
        reasons: of(rejected, { project_id }, (series) => rejected.keys.rejection_reason[series]),
        rules: of(rules, { project_id, channel }, (series) => `${channelOf(rules, series)} ${rules.keys.rule[series]} ${rules.keys.column_name[series]}`),
        events: of(events, { project_id }, (series) => channelOf(events, series)),
      },
      project_id,
    ),
  );
}

function drawFreshness() {
  const newest = data.newest_events.filter((row) => (!state.project || row.project_id === state.project) && row.newest);
  const last = newest.map((row) => row.newest).sort().at(-1);
  element("freshness").replaceChildren(
    make("span", { id: "loaded-at" }, t("loaded_at", { time: data.loaded_at ? minute(data.loaded_at) : "–" })),
    " · ",
    make("span", { id: "newest-event" }, t("newest_event", { time: last ? minute(last) : "–" })),
  );
  // What is old is said in words, by project where others are not.
  const hours = (time) => (Date.now() - Date.parse(`${time}Z`)) / 3600000;
  const days = (time) => number(Math.floor(hours(time) / 24));
  const old = newest.filter((row) => hours(row.newest) > OLD_AFTER_HOURS);
  element("stale").hidden = !old.length;
  element("stale").textContent = !old.length
    ? ""
    : old.length === newest.length
      ? t("stale.all", { days: days(last), time: minute(last) })
      : t("stale.some", { projects: old.map((row) => `${row.project_id} (${row.newest.slice(0, 10)})`).join(", ") });
}

function draw() {
  const chosen = selection();
  const of = (days) => {
    const found = sums(chosen.table, chosen.keys, days.from, days.to, (series) => channelOf(chosen.table, series));
    return new Map(data.channels.filter(({ id }) => found.has(id)).map(({ id }) => [id, found.get(id)]));
  };
  const byChannel = of(chosen);
  const before = isWhole(chosen) ? null : periodBefore(chosen.table, chosen.from, chosen.to, span.first, span.last);
  const beforeByChannel = before && of(before);
  drawFreshness();
  drawTitle(chosen, byChannel);
  drawControls(chosen);
  element("result").hidden = tab() === "files";
  element("filters").hidden = tab() === "files";
  for (const part of document.querySelectorAll("#result .of-report")) part.hidden = tab() !== "report";
  element("downloads").hidden = tab() !== "files";
  drawCompared(chosen, before, byChannel);
  drawHeadline(byChannel, beforeByChannel);
  if (show("funnel", true)) {
    element("funnels").replaceChildren(
      byChannel.size > 1
        ? makeChannels(data, byChannel, beforeByChannel, (channel) => change({ channel }, true))
        : byChannel.size
          ? makeFunnelCard(data, ...[...byChannel][0])
          : make("p", { class: "empty card" }, t("nothing")),
    );
  }
  const periods = chosen.campaign !== undefined ? data.campaign_periods : chosen.journey !== undefined ? data.journey_periods : [];
  const own = data.channels.flatMap(({ id }) =>
    periods.filter(
      (row) => row.channel === id && row.project_id === state.project && row.id === (state.campaign || state.journey) && (!state.channel || id === state.channel),
    ),
  );
  // A chosen journey is about its steps: they follow the funnel.
  (chosen.journey === undefined ? element("campaigns") : element("funnel")).after(element("journeys"));
  // A chosen campaign's buttons are part of its result.
  (chosen.campaign === undefined ? element("pressure") : element("failures")).after(element("in-app"));
  element("whole").replaceChildren(...(own.length ? [makeWholePeriod(own)] : []));
  drawConversions(chosen);
  drawChanges(chosen, before, byChannel, beforeByChannel);
  drawFailures(chosen);
  drawJourneys(chosen);
  drawCampaigns(chosen);
  drawContent(chosen);
  drawQuality(chosen);
  document.body.dataset.drawn = "no";
  drawTrends(chosen, byChannel).then(() => {
    document.body.dataset.drawn = "yes";
  });
}

// -------------------------------------------------------------------------------------------------------------- starting

function connect() {
  campaignBox = combobox(element("campaign"), element("campaign-list"), options("campaign"), (place) => choose("campaign", place));
  journeyBox = combobox(element("journey"), element("journey-list"), options("journey"), (place) => choose("journey", place));
  for (const name of ["project", "channel", "rate", "by", "goal", "credit", "least", "sort", "platform"]) {
    element(name).addEventListener("change", (event) => {
      const changes = { [name]: event.target.value };
      // Another project has other campaigns.
      if (name === "sort") changes.order = event.target.value === "name" ? "up" : "down";
      if (name === "project") Object.assign(changes, { campaign: "", journey: "" });
      change(changes);
    });
  }
  for (const end of ["from", "to"]) {
    element(end).addEventListener("change", (event) => {
      const outermost = dateOf(end === "from" ? span.first : span.last);
      change({ [end]: event.target.value === outermost ? "" : event.target.value });
    });
  }
  for (const button of document.querySelectorAll("[data-days]")) {
    button.addEventListener("click", () => {
      const days = Number(button.dataset.days);
      change({ from: days ? dateOf(span.last - days + 1) : "", to: "" });
    });
  }
  element("measure").addEventListener("change", (event) => change({ show: event.target.value }));
  element("reset").addEventListener("click", () => change({ ...EMPTY }));
  element("leave").addEventListener("click", () => change({ campaign: "", journey: "" }, true));
  // On a phone the fields are folded; elsewhere there is room for them.
  const phone = window.matchMedia("(max-width: 640px)");
  const fold = () => (element("filter-fold").open = !phone.matches);
  phone.addEventListener("change", fold);
  fold();
  for (const link of document.querySelectorAll("nav [data-tab]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      change({ tab: link.dataset.tab });
      scrollTo({ top: 0 });
    });
  }
  element("find").addEventListener("input", (event) => change({ find: event.target.value }));
  element("copy").addEventListener("click", async () => {
    const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    element("copied").textContent = t(done ? "copied" : "copy_by_hand");
  });
  element("language").addEventListener("change", (event) => {
    useLanguage(event.target.value);
    remember("language", language);
    writeTexts();
    draw();
  });
  element("theme").addEventListener("change", (event) => {
    useTheme(event.target.value);
    remember("theme", event.target.value);
  });
  window.addEventListener("hashchange", () => {
    readAddress();
    writeTexts();
    draw();
  });
  element("filters").addEventListener("submit", (event) => event.preventDefault());
  // The address after # holds the view, so links within the page jump without it.
  for (const link of document.querySelectorAll('a[href^="#"]:not([data-tab])')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const target = document.querySelector(link.getAttribute("href"));
      target.focus();
      target.scrollIntoView();
    });
  }
  const closed = [];
  window.addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.print:not([open])")) {
      details.open = true;
      closed.push(details);
    }
  });
  window.addEventListener("afterprint", () => closed.splice(0).forEach((details) => (details.open = false)));
}

async function start() {
  const read = (id) => JSON.parse(element(id).textContent);
  window.pageTexts = read("texts");
  specs = read("specs");
  const preferred = [remembered("language"), ...(navigator.languages ?? []), "en"]
    .map((name) => (name ?? "").slice(0, 2))
    .find((name) => name in window.pageTexts);
  useLanguage(preferred);
  useTheme(remembered("theme"));
  element("theme").value = document.documentElement.dataset.theme ?? "";
  data = await unpack(element("data").textContent.trim());
  const days = data.tables.channels.columns.period;
  span = { first: days.length ? days.reduce((a, b) => Math.min(a, b)) : 0, last: days.length ? days.reduce((a, b) => Math.max(a, b)) : 0 };
  labels = makeLabels();
  readAddress();
  element("language").value = language;
  connect();
  writeTexts();
  element("built-at").textContent = minute(data.built_at);
  element("loading").hidden = true;
  element("main").hidden = false;
  draw();
}

start().catch((error) => {
  element("loading").textContent = `${t("broken")} ${error}`;
  throw error;
});
