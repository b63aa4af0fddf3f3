// The view: what is chosen (kept in the address after #, so that a link shows the same), and drawing it.

const element = (id) => document.getElementById(id);
const EMPTY = { project: "", channel: "", campaign: "", journey: "", from: "", to: "", rate: "", by: "", find: "", sort: "created", order: "down" };

let data;
let specs;
let state = { ...EMPTY };
let more = false;
let campaignBox;
let journeyBox;
let span;

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
        detail: `${row.project_id} · ${row.first_message_at.slice(0, 10)} – ${row.last_message_at.slice(0, 10)}`,
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
  element("docs").href = "docs/index.html";
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
    data.tables.channels.rows > 0 && `${dateOf(Math.max(chosen.from, span.first))} – ${dateOf(Math.min(chosen.to, span.last))}`,
  ]
    .filter(Boolean)
    .join(" · ");
  const wide = widened(chosen.table, chosen.from, chosen.to);
  element("widened").hidden = !wide;
  if (wide) element("widened").textContent = t(`widened.${wide.period}`, wide);
}

// The headline: what was created and reached, and each rate that the channels have, with its base.
function drawHeadline(byChannel) {
  const total = (stage) => [...byChannel.values()].reduce((sum, counts) => sum + counts[stage], 0);
  const tiles = [
    tile(nameOf("stage", "created"), number(total("created")), t("headline.created")),
    tile(nameOf("stage", "reached"), number(total("reached")), t("headline.reached")),
  ];
  const spoken = [];
  for (const id of ["delivery_rate", "open_rate", "click_rate"]) {
    const rate = rateNamed(data, id);
    const found = rateOf(rate, byChannel);
    const missing = [...byChannel.keys()].filter((channel) => !found.channels.includes(channel));
    const base = `${number(found.numerator)} / ${number(found.base)} · ${t("of", { base: baseName(rate, found.channels) })}`;
    const note = found.channels.length
      ? base + (missing.length ? ` · ${t("without", { channels: missing.map((channel) => nameOf("channel", channel)).join(", ") })}` : "")
      : byChannel.size
        ? t("not_reported", { channel: [...byChannel.keys()].map((channel) => nameOf("channel", channel)).join(", ") })
        : "";
    const made = tile(nameOf("rate", id), found.value === null ? "–" : percent(found.value), note);
    made.dataset.rate = id;
    tiles.push(made);
    if (found.value !== null) spoken.push(`${nameOf("rate", id)} ${percent(found.value)} ${t("of", { base: baseName(rate, found.channels) })}`);
  }
  element("headline").replaceChildren(...tiles);
  element("spoken").textContent = byChannel.size
    ? [element("subject").textContent, t("spoken.created", { n: number(total("created")) }), t("spoken.reached", { n: number(total("reached")) }), ...spoken].join("; ")
    : t("nothing");
}

async function drawTrends(chosen, byChannel) {
  const possible = data.rates.filter((rate) => [...byChannel.keys()].some((channel) => rate.base[channel]));
  const rate = possible.find(({ id }) => id === state.rate) ?? possible.find(({ id }) => id === "click_rate") ?? possible.find(({ id }) => id === "delivery_rate") ?? possible[0];
  element("trend").hidden = !rate || chosen.table.period === "all";
  if (element("trend").hidden) return;
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
  const rows = trendRows(data, rate, byPeriod, period);
  const channels = [...new Set(rows.map((row) => row.channel))];
  const base = baseName(rate, channels);
  element("trend-base-title").textContent = t("trend.base_of", { base });
  element("trend-rate-title").textContent = `${nameOf("rate", rate.id)}: ${t("share_of", { numerator: rate.numerator.map((stage) => nameOf("of_stage", stage)).join(t("and")), base })}`;
  const missing = [...byChannel.keys()].filter((channel) => !channels.includes(channel));
  element("trend-missing").textContent = missing.length ? t("not_reported", { channel: missing.map((channel) => nameOf("channel", channel)).join(", ") }) : "";
  element("unsettled").hidden = rows.every((row) => row.settled);
  element("legend").replaceChildren(
    ...channels.map((channel) => make("li", {}, channelName(channel))),
  );
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
  const domain = [periodStart(from, period) * 86400000, nextPeriod(periodStart(to, period), period) * 86400000];
  await Promise.all([
    drawTrend(element("trend-base"), specs.base, rate, rows, period, domain),
    drawTrend(element("trend-rate"), specs.rate, rate, rows, period, domain),
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
  const whole = chosen.from <= span.first && chosen.to >= span.last;
  element("journeys").hidden = !data.journeys.length;
  if (chosen.journey !== undefined) {
    const found = sums(steps, chosen.keys, chosen.from, chosen.to, (series) => `${steps.keys.journey_step_id[series] ?? ""} ${channelOf(steps, series)}`);
    element("journeys-note").textContent = t(whole ? "steps.note_runs" : "steps.note_messages");
    element("journeys-body").replaceChildren(
      makeSteps(data, chosen.journey, found, whole),
      make("button", { type: "button", class: "quiet", onclick: () => choose("journey", "") }, t("all_journeys")),
    );
    return;
  }
  const found = sums(steps, { project_id, channel }, chosen.from, chosen.to, (series) => `${steps.keys.journey_id[series]} ${channelOf(steps, series)}`);
  const wide = widened(steps, chosen.from, chosen.to);
  element("journeys-note").textContent = [t("journeys.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  element("journeys-body").replaceChildren(makeJourneys(data, nested(found), (place) => choose("journey", place)));
}

function drawCampaigns(chosen) {
  const { campaigns } = data.tables;
  const { project_id, channel } = chosen.keys;
  const found = sums(campaigns, { project_id, channel }, chosen.from, chosen.to, (series) => series);
  const rows = [...found].map(([series, counts]) => ({
    campaign: campaigns.keys.campaign_id[series],
    channel: channelOf(campaigns, series),
    counts,
  }));
  const wide = widened(campaigns, chosen.from, chosen.to);
  element("campaigns-note").textContent = [t("campaigns.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  const view = { find: state.find, sort: state.sort, down: state.order === "down", more };
  element("find").value = state.find;
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
    ).filter(Boolean),
  );
  if (focused) document.querySelector(`[data-sort="${focused}"]`)?.focus();
}

function drawFailures(chosen) {
  const { failures } = data.tables;
  const found = sums(failures, chosen.keys, chosen.from, chosen.to, (series) => `${failures.keys.stage[series]} ${failures.keys.error[series]}`);
  const wide = widened(failures, chosen.from, chosen.to);
  element("failures-note").textContent = [t("failures.note"), wide && t(`widened.${wide.period}`, wide)].filter(Boolean).join(" ");
  element("failures-body").replaceChildren(makeFailures(data, found));
}

function drawQuality(chosen) {
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
  const newest = data.newest_events
    .filter((row) => !state.project || row.project_id === state.project)
    .map((row) => row.newest)
    .sort()
    .at(-1);
  element("freshness").replaceChildren(
    make("span", { id: "loaded-at" }, t("loaded_at", { time: data.loaded_at ? minute(data.loaded_at) : "–" })),
    " · ",
    make("span", { id: "newest-event" }, t("newest_event", { time: newest ? minute(newest) : "–" })),
  );
}

function draw() {
  const chosen = selection();
  const byChannel = sums(chosen.table, chosen.keys, chosen.from, chosen.to, (series) => channelOf(chosen.table, series));
  const inOrder = new Map(data.channels.filter(({ id }) => byChannel.has(id)).map(({ id }) => [id, byChannel.get(id)]));
  drawControls(chosen);
  drawFreshness();
  drawTitle(chosen, inOrder);
  drawHeadline(inOrder);
  element("funnels").replaceChildren(
    inOrder.size ? makeFunnels(data, inOrder, (channel) => change({ channel }, true)) : make("p", { class: "empty card" }, t("nothing")),
  );
  element("funnel-note").hidden = inOrder.size < 2;
  const periods = chosen.campaign !== undefined ? data.campaign_periods : chosen.journey !== undefined ? data.journey_periods : [];
  const own = data.channels.flatMap(({ id }) =>
    periods.filter(
      (row) => row.channel === id && row.project_id === state.project && row.id === (state.campaign || state.journey) && (!state.channel || id === state.channel),
    ),
  );
  // A chosen journey is about its steps: they follow the funnel.
  (chosen.journey === undefined ? element("campaigns") : element("result")).after(element("journeys"));
  element("whole").replaceChildren(...(own.length ? [makeWholePeriod(own)] : []));
  drawFailures(chosen);
  drawJourneys(chosen);
  drawCampaigns(chosen);
  drawQuality(chosen);
  document.body.dataset.drawn = "no";
  drawTrends(chosen, inOrder).then(() => {
    document.body.dataset.drawn = "yes";
  });
}

// -------------------------------------------------------------------------------------------------------------- starting

function connect() {
  campaignBox = combobox(element("campaign"), element("campaign-list"), options("campaign"), (place) => choose("campaign", place));
  journeyBox = combobox(element("journey"), element("journey-list"), options("journey"), (place) => choose("journey", place));
  for (const name of ["project", "channel", "rate", "by"]) {
    element(name).addEventListener("change", (event) => {
      const changes = { [name]: event.target.value };
      // Another project has other campaigns.
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
  element("reset").addEventListener("click", () => change({ ...EMPTY }));
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
  for (const link of document.querySelectorAll('a[href^="#"]')) {
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
