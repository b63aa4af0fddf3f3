// The sections below the trend: failures, journeys and their steps, campaigns, what the export holds.

const SHOWN_FAILURES = 5;
// On a phone a row is a block of its own.
const SHOWN_CAMPAIGNS = window.innerWidth > 640 ? 10 : 5;

// ---------------------------------------------------------------------------------------------------------- failures

function errorName(data, place) {
  if (place === -1) return t("no_error");
  if (place === -2) return t("other_errors");
  return data.errors[place];
}

// Failures by stage and error: a bar each, the longest first.
//   byError: Map of "<stage> <place of the error>" to { messages }.
function makeFailures(data, byError) {
  const stages = new Map();
  for (const [key, { messages }] of byError) {
    const [stage, error] = key.split(" ");
    if (!stages.has(stage)) stages.set(stage, []);
    stages.get(stage).push({ name: errorName(data, Number(error)), messages });
  }
  if (!stages.size) return make("p", { class: "empty" }, t("no_failures"));
  const longest = Math.max(...[...byError.values()].map(({ messages }) => messages));
  return make(
    "div",
    { class: "columns" },
    data.stages
      .filter((stage) => stages.has(stage))
      .map((stage) => {
        const errors = stages.get(stage).sort((a, b) => b.messages - a.messages || a.name.localeCompare(b.name));
        const total = errors.reduce((sum, { messages }) => sum + messages, 0);
        const bars = (some) =>
          make(
            "ul",
            { class: "bars" },
            some.map(({ name, messages }) =>
              make(
                "li",
                { "data-error": name },
                make("span", { class: "name" }, name),
                make("span", { class: "number" }, `${number(messages)} · ${percent(messages / total)}`),
                make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: "fill", style: { width: `${(100 * messages) / longest}%` } })),
              ),
            ),
          );
        return make(
          "section",
          { class: "card", "data-stage": stage },
          make("h3", {}, nameOf("stage", stage), make("span", { class: "count" }, number(total))),
          bars(errors.slice(0, SHOWN_FAILURES)),
          errors.length > SHOWN_FAILURES &&
            make("details", {}, make("summary", {}, t("more_errors", { n: number(errors.length - SHOWN_FAILURES) })), bars(errors.slice(SHOWN_FAILURES))),
        );
      }),
  );
}

// ---------------------------------------------------------------------------------------------------------- journeys

const rateNamed = (data, id) => data.rates.find((rate) => rate.id === id);

function makeJourneys(data, found, project, choose) {
  if (!found.size) return make("p", { class: "empty" }, t("no_journeys"));
  const click = rateNamed(data, "click_rate");
  const rows = [...found].map(([journey, byChannel]) => {
    const { name, id, project_id: own } = data.journeys[journey];
    const total = (stage) => [...byChannel.values()].reduce((sum, counts) => sum + counts[stage], 0);
    return [
      make("button", { class: "link", type: "button", "data-journey": id, onclick: () => choose(journey) }, name ?? id),
      ...(project ? [] : [own]),
      [...byChannel.keys()].map((channel) => nameOf("channel", channel)).join(", "),
      number(total("created")),
      number(total("reached")),
      // Channels differ, so a journey has a rate for each.
      data.channels.map((channel) => channel.id).filter((channel) => byChannel.has(channel) && click.base[channel]).map((channel) => {
        const found = rateOf(click, [[channel, byChannel.get(channel)]]);
        return make("span", { class: "rate-of-channel" }, make("small", {}, `${nameOf("channel", channel)} `), found.value === null ? "–" : percent(found.value), " ", make("small", {}, t("n_of", { n: number(found.numerator), base: number(found.base) })));
      }),
    ];
  });
  return makeTable(
    t("section.journeys"),
    [
      { name: t("journey") },
      ...(project ? [] : [{ name: t("project") }]),
      { name: t("channel") },
      { name: nameOf("stage", "created"), number: true },
      { name: nameOf("stage", "reached"), number: true },
      { name: nameOf("rate", "click_rate"), number: true },
    ],
    rows,
  );
}

// Steps in the order of their first message: what each sent, and how much less than the step before.
//   byStep: Map of "<step id or empty> <channel>" to counts. whole: all dates are shown, so that runs can be told.
function makeSteps(data, journey, byStep, whole) {
  const { project_id: project, id } = data.journeys[journey];
  const steps = data.steps.filter((step) => step.project_id === project && step.journey_id === id);
  const shown = steps
    .map((step) => ({ ...step, counts: byStep.get(`${step.id ?? ""} ${step.channel}`) }))
    .filter((step) => step.counts);
  const size = (step) => (whole ? step.enrollments : step.counts.created);
  const largest = Math.max(1, ...shown.map(size));
  const click = rateNamed(data, "click_rate");
  // Channels of one step stand beside each other; the drop is to the largest of the step before.
  const order = [...new Set(shown.map((step) => step.id))];
  const sizeOf = (place) => Math.max(...shown.filter((step) => step.id === order[place]).map(size));
  const rows = shown.map((step) => {
    const place = order.indexOf(step.id);
    const kept = place > 0 && sizeOf(place - 1) > 0 ? size(step) / sizeOf(place - 1) : null;
    const clicks = rateOf(click, [[step.channel, step.counts]]);
    return make(
      "li",
      { class: "step-row", "data-step": step.id ?? "", "data-channel": step.channel, style: { "--bar": `var(--${step.channel}, var(--accent))` } },
      make(
        "div",
        { class: "step-name" },
        make("b", {}, t("step", { n: place + 1 })),
        " ",
        step.campaign ?? step.id ?? t("no_step"),
        make("small", {}, nameOf("channel", step.channel), step.campaigns > 1 && ` · ${t("and_campaigns", { n: number(step.campaigns - 1) })}`),
      ),
      make(
        "div",
        { class: "step-bar" },
        make("div", { class: "track", "aria-hidden": "true" }, make("div", { class: "fill", style: { width: `${(100 * size(step)) / largest}%` } })),
        make(
          "span",
          { class: "number" },
          t(whole ? "runs" : "created_messages", { n: number(size(step)) }),
          kept !== null && make("span", { class: "drop" }, ` · ${t("of_step_before", { share: percent(kept), n: place })}`),
        ),
      ),
      make(
        "dl",
        { class: "step-counts" },
        ["created", "reached", "clicked"].map((stage) => [
          make("dt", {}, nameOf("stage", stage)),
          make("dd", {}, data.stagesOf.get(step.channel).has(stage) ? number(step.counts[stage]) : notReported(step.channel)),
        ]),
        make("dt", {}, nameOf("rate", "click_rate")),
        make("dd", {}, clicks.value === null ? (clicks.channels.length ? "–" : notReported(step.channel)) : percent(clicks.value)),
      ),
    );
  });
  return make("ol", { class: "steps card" }, rows);
}

// --------------------------------------------------------------------------------------------------------- campaigns

// The columns that the table of campaigns can have: counts and rates of one campaign on one channel. Those that no shown
// channel reports are left out.
const CAMPAIGN_COLUMNS = ["created", "reached", "delivery_rate", "failure_rate", "open_rate", "clicked", "click_rate"];
const LEAST_BASES = [0, 30, 100, 1000];
const LEAST_BASE = 100;

const isRate = (column) => column.endsWith("_rate");

const reports = (data, column, channel) =>
  isRate(column) ? Boolean(rateNamed(data, column).base[channel]) : column === "reached" || data.stagesOf.get(channel).has(column);

// The columns of the campaigns' table for some channels, with the words that head them.
function campaignColumns(data, channels, project) {
  const own = CAMPAIGN_COLUMNS.filter((column) => channels.some((channel) => reports(data, column, channel)));
  return [
    { id: "name", name: t("campaign") },
    ...(project ? [] : [{ id: "project", name: t("project") }]),
    ...(channels.length > 1 ? [{ id: "channel", name: t("channel") }] : []),
    ...own.map((id) => ({ id, name: nameOf(isRate(id) ? "rate" : "stage", id), number: true })),
  ];
}

//   found: list of { campaign, channel, counts, before }, before undefined where nothing is compared.
//   view: { find, sort, down, more, least, project }; change: function of what changes; label: function of a campaign.
function makeCampaigns(data, found, view, change, choose, label) {
  const words = view.find.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = found
    .map((row) => {
      const { id, name, project_id: project } = data.campaigns[row.campaign];
      const values = {};
      const rates = {};
      for (const column of CAMPAIGN_COLUMNS) {
        if (!reports(data, column, row.channel)) continue;
        if (isRate(column)) rates[column] = rateOf(rateNamed(data, column), [[row.channel, row.counts]]);
        values[column] = isRate(column) ? rates[column].value : row.counts[column];
      }
      return { ...row, id, project, name: name ?? id, rates, ...values };
    })
    .filter((row) => {
      const text = `${row.name} ${row.id} ${row.project} ${nameOf("channel", row.channel)}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  const columns = campaignColumns(data, [...new Set(rows.map((row) => row.channel))], view.project);
  const sort = columns.some(({ id }) => id === view.sort) ? view.sort : "created";
  const direction = view.down ? -1 : 1;
  // What is not reported, has no base or too small a one, comes last either way.
  const rank = (row) => (row[sort] === undefined || row[sort] === null ? 2 : isRate(sort) && row.rates[sort].base < view.least ? 1 : 0);
  rows.sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    const [first, second] = [a[sort], b[sort]];
    if (rank(a) === 2 || first === second) return a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
    return direction * (typeof first === "string" ? first.localeCompare(second, language) : first - second);
  });
  const header = ({ id, name, number: isNumber }) => {
    const sorted = sort === id;
    return make(
      "th",
      { role: "columnheader", scope: "col", class: isNumber ? "number" : null, "aria-sort": sorted ? (view.down ? "descending" : "ascending") : null },
      make(
        "button",
        { type: "button", class: "sort", "data-sort": id, onclick: () => change({ sort: id, down: sorted ? !view.down : Boolean(isNumber) }) },
        name,
        make("span", { class: "arrow", "aria-hidden": "true" }, sorted ? (view.down ? "▼" : "▲") : "↕"),
      ),
    );
  };
  const none = Object.fromEntries([...data.stages, "messages", "reached"].map((stage) => [stage, 0]));
  const cell = (row, column) => {
    const value = row[column];
    if (value === undefined) return notReported(row.channel);
    const before = row.before === null ? none : row.before;
    if (!isRate(column)) return countCell(value, before && column === "created" ? before[column] : undefined);
    const rate = row.rates[column];
    const words = t("n_of", { n: number(rate.numerator), base: number(rate.base) });
    const few = rate.base < view.least;
    return comparedRateCell(column, rate, before && rate.base > 0 ? rateOf(rateNamed(data, column), [[row.channel, before]]) : undefined, before && words, { class: few ? "few" : null, title: words });
  };
  const shown = rows.slice(0, view.more ? rows.length : SHOWN_CAMPAIGNS);
  return [
    make("p", { class: "note", role: "status", id: "campaigns-found" }, t("campaigns_found", { n: number(rows.length) })),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": t("section.campaigns") },
      make(
        "table",
        { id: "campaign-table", class: "stacked", role: "table" },
        make("caption", { class: "unseen" }, t("section.campaigns")),
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, columns.map(header))),
        make(
          "tbody",
          { role: "rowgroup" },
          shown.map((row) =>
            make(
              "tr",
              { role: "row", "data-campaign": row.id, "data-channel": row.channel },
              columns.map(({ id, name, number: isNumber }) => {
                if (id === "name") return make("th", { role: "rowheader", scope: "row" }, make("button", { class: "link", type: "button", onclick: () => choose(row.campaign) }, row.name), label(row.campaign) !== row.name && make("small", { class: "below told-apart" }, label(row.campaign).slice(row.name.length + 3)));
                const content = id === "project" ? row.project : id === "channel" ? channelName(row.channel) : cell(row, id);
                return make("td", { role: "cell", class: isNumber ? "number" : null, "data-name": name, "data-column": isNumber ? id : null }, make("div", {}, content));
              }),
            ),
          ),
        ),
      ),
    ),
    shown.length < rows.length &&
      make("button", { type: "button", class: "quiet", id: "all-campaigns", onclick: () => change({ more: true }) }, t("show_all", { n: number(rows.length) })),
  ];
}

// ---------------------------------------------------------------------------------------------- what the export holds

function tile(name, value, note, state) {
  return make(
    "div",
    { class: `tile ${state ?? ""}` },
    make("dt", {}, name),
    make("dd", {}, value, [note].flat().filter(Boolean).map((part) => (part instanceof Node ? part : make("small", {}, part)))),
  );
}

//   rows: sums of the source's rows; reasons: Map of reason to { rejected_rows }; rules: Map of
//   "<channel> <rule> <column>" to { violations }; events: Map of channel to { checked_events }; project: place or none.
function makeQuality(data, { rows, reasons, rules, events }, project) {
  const id = project === undefined ? undefined : data.projects[project];
  const ofProject = (list) => list.filter((row) => id === undefined || row.project_id === id);
  const files = ofProject(data.files);
  const count = (list, column) => list.reduce((sum, row) => sum + row[column], 0);
  const unreadable = ofProject(data.unreadable_files);
  const unreadableCount = count(files.filter((row) => row.state === "unreadable"), "files");
  const source = rows ?? { source_rows: 0, event_rows: 0, duplicate_rows: 0, rejected_rows: 0 };
  const share = (part) => (source.source_rows ? percent(part / source.source_rows) : "");
  const broken = [...rules].sort((a, b) => b[1].violations - a[1].violations);
  const state = (bad) => (bad ? "warn" : "good");
  const rejected = [...reasons].sort((a, b) => b[1].rejected_rows - a[1].rejected_rows);
  const largest = Math.max(1, ...rejected.map(([, sum]) => sum.rejected_rows));
  return [
    make(
      "dl",
      { class: "tiles" },
      tile(t("quality.rows"), number(source.source_rows), t("quality.rows_note")),
      tile(t("quality.events"), number(source.event_rows), share(source.event_rows)),
      tile(t("quality.duplicates"), number(source.duplicate_rows), share(source.duplicate_rows)),
      tile(t("quality.rejected"), number(source.rejected_rows), share(source.rejected_rows), state(source.rejected_rows)),
      tile(t("quality.rules"), number(broken.length), t("quality.rules_note"), state(broken.length)),
      tile(t("quality.unreadable"), number(unreadableCount), t("quality.of_files", { n: number(count(files.filter((row) => row.state !== "ignored"), "files")) }), state(unreadableCount)),
      tile(t("quality.late"), number(count(files, "late_files")), t("quality.late_note")),
      tile(t("quality.unknown"), number(data.unknown_columns.length), t("quality.unknown_note"), state(data.unknown_columns.length)),
    ),
    make(
      "div",
      { class: "columns" },
      make(
        "section",
        { class: "card", id: "rejected" },
        make("h3", {}, t("quality.rejected_by_reason"), make("span", { class: "count" }, number(source.rejected_rows))),
        rejected.length
          ? make(
              "ul",
              { class: "bars" },
              rejected.map(([reason, sum]) =>
                make(
                  "li",
                  { "data-reason": reason },
                  make("span", { class: "name" }, nameOf("reason", reason)),
                  make("span", { class: "number" }, number(sum.rejected_rows)),
                  make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: "fill", style: { width: `${(100 * sum.rejected_rows) / largest}%` } })),
                ),
              ),
            )
          : make("p", { class: "empty" }, t("quality.none_rejected")),
      ),
      make(
        "section",
        { class: "card", id: "rules" },
        make("h3", {}, t("quality.broken_rules"), make("span", { class: "count" }, number(broken.length))),
        broken.length
          ? makeTable(
              t("quality.broken_rules"),
              [{ name: t("channel") }, { name: t("column.column") }, { name: t("column.rule") }, { name: t("column.violations"), number: true }, { name: t("column.of_events"), number: true }],
              broken.map(([key, { violations }]) => {
                const [channel, rule, column] = key.split(" ");
                const checked = events.get(channel)?.checked_events ?? 0;
                return [nameOf("channel", channel), column, nameOf("rule", rule), number(violations), checked ? percent(violations / checked) : "–"];
              }),
            )
          : make("p", { class: "empty" }, t("quality.no_broken_rule")),
      ),
      (unreadable.length > 0 || data.unknown_columns.length > 0) &&
        make(
          "section",
          { class: "card", id: "files" },
          unreadable.length > 0 && [
            make("h3", {}, t("quality.unreadable_files"), make("span", { class: "count" }, number(unreadableCount))),
            make("ul", { class: "plain" }, unreadable.map((file) => make("li", {}, make("code", {}, file.path), make("small", {}, file.reason)))),
          ],
          data.unknown_columns.length > 0 && [
            make("h3", {}, t("quality.unknown_columns"), make("span", { class: "count" }, number(data.unknown_columns.length))),
            make(
              "ul",
              { class: "plain" },
              data.unknown_columns.map((column) =>
                make("li", {}, make("code", {}, column.column_name), make("small", {}, t("quality.in_files", { table: column.source_table, n: number(column.files) }))),
              ),
            ),
          ],
        ),
    ),
  ];
}

// ------------------------------------------------------------------------------------------- what only a whole period has

// Distinct people and medians of a campaign or journey, by channel. They do not add up over days.
function makeWholePeriod(periods) {
  const first = periods.map((row) => row.first_message_at).sort()[0];
  const last = periods.map((row) => row.last_message_at).sort().at(-1);
  const counts = (value, channel) => (value === null ? notReported(channel) : number(value));
  const delays = (value) => (value === null ? "–" : duration(value));
  const runs = periods.some((row) => row.enrollments !== undefined);
  return make(
    "section",
    { class: "card", id: "whole-period" },
    make("h3", {}, t("whole.title")),
    make("p", { class: "note" }, t("whole.note", { from: first.slice(0, 10), to: last.slice(0, 10) })),
    makeTable(
      t("whole.title"),
      [
        { name: t("channel") },
        ...(runs ? [{ name: t("whole.runs"), number: true }] : []),
        { name: t("whole.reached"), number: true },
        { name: t("whole.clicked"), number: true },
        { name: t("whole.opens"), number: true },
        { name: t("whole.clicks"), number: true },
        { name: t("whole.to_delivery"), number: true },
        { name: t("whole.to_click"), number: true },
      ],
      periods.map((row) => [
        nameOf("channel", row.channel),
        ...(runs ? [number(row.enrollments)] : []),
        number(row.reached_recipients),
        counts(row.clicked_recipients, row.channel),
        counts(row.open_events, row.channel),
        counts(row.click_events, row.channel),
        delays(row.median_seconds_to_delivery),
        delays(row.median_seconds_to_click),
      ]),
    ),
  );
}
