// When messages are answered, on what, how often people get them, and what they press: of all dates where a mart has no days.

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const SHOWN_CONTENT = 10;
const BUCKETS = ["0", "1", "2", "3", "4", "5-7", "8-14", "15+"];

// The name of a weekday in the reader's language: 1 is Monday.
function weekdayName(day, style = "short") {
  return new Intl.DateTimeFormat(language, { weekday: style, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, day)));
}

// Rows that are shown, and the rest folded.
function folded(caption, columns, rows, attributes) {
  return [
    makeTable(caption, columns, rows.slice(0, SHOWN_CONTENT), attributes),
    rows.length > SHOWN_CONTENT &&
      make("details", {}, make("summary", {}, t("more_rows", { n: number(rows.length - SHOWN_CONTENT) })), makeTable(caption, columns, rows.slice(SHOWN_CONTENT))),
  ].filter(Boolean);
}

// One picture a channel: 7 rows of 24 hours, the darker the more.
//   byHour: Map of "<channel> <weekday> <hour>" to counts; measure: click_rate or reached; least: the base of a rate.
function makeHours(data, byHour, measure, least) {
  const channels = data.channels.map(({ id }) => id).filter((channel) => [...byHour.keys()].some((key) => key.startsWith(`${channel} `)) && (measure === "reached" || data.stagesOf.get(channel).has("clicked")));
  if (!channels.length) return make("p", { class: "empty" }, t("nothing"));
  const value = (counts) => {
    if (!counts) return null;
    if (measure === "reached") return counts.reached;
    return counts.reached >= Math.max(1, least) ? counts.clicked / counts.reached : null;
  };
  const shown = (counts) =>
    !counts ? "–" : measure === "reached" ? number(counts.reached) : `${counts.reached ? percent(counts.clicked / counts.reached) : "–"} (${t("n_of", { n: number(counts.clicked), base: number(counts.reached) })})`;
  return make(
    "div",
    { class: "hour-pictures" },
    channels.map((channel) => {
      const cells = WEEKDAYS.flatMap((day) => HOURS.map((hour) => ({ day, hour, counts: byHour.get(`${channel} ${day} ${hour}`) })));
      const known = cells.filter(({ counts }) => value(counts) !== null);
      const most = known.reduce((best, cell) => (!best || value(cell.counts) > value(best.counts) ? cell : best), null);
      const top = most ? value(most.counts) : 0;
      const name = ({ day, hour }) => `${weekdayName(day, "long")} ${String(hour).padStart(2, "0")}:00`;
      const inWords = most ? t("hours.most", { when: name(most), what: shown(most.counts) }) : t("hours.too_few", { n: number(least) });
      return make(
        "figure",
        { class: "card hours", "data-channel": channel, style: { "--bar": `var(--${channel}, var(--accent))` } },
        make("h3", {}, channelName(channel)),
        make(
          "div",
          { class: "hour-grid", role: "img", "aria-label": `${nameOf("channel", channel)}. ${inWords}` },
          WEEKDAYS.map((day) => [
            make("span", { class: "hour-day" }, weekdayName(day)),
            HOURS.map((hour) => {
              const counts = byHour.get(`${channel} ${day} ${hour}`);
              const found = value(counts);
              return make("span", {
                class: !counts?.reached ? "hour" : found === null ? "hour few" : "hour known",
                "data-hour": `${day} ${hour}`,
                title: `${name({ day, hour })}: ${shown(counts)}`,
                style: { "--share": top > 0 && found !== null ? (0.08 + (0.92 * found) / top).toFixed(3) : "0" },
              });
            }),
          ]),
          make("span"),
          HOURS.map((hour) => make("span", { class: "hour-name" }, hour % 6 === 0 ? String(hour) : "")),
        ),
        make("figcaption", {}, inWords),
        make(
          "details",
          {},
          make("summary", {}, t("as_table")),
          makeTable(
            t("section.hours"),
            [{ name: t("weekday") }, { name: t("hour") }, { name: nameOf("stage", "reached"), number: true }, ...(data.stagesOf.get(channel).has("clicked") ? [{ name: nameOf("stage", "clicked"), number: true }] : [])],
            cells.filter(({ counts }) => counts).map(({ day, hour, counts }) => [
              weekdayName(day, "long"), `${String(hour).padStart(2, "0")}:00`, number(counts.reached), ...(data.stagesOf.get(channel).has("clicked") ? [number(counts.clicked)] : []),
            ]),
          ),
        ),
      );
    }),
  );
}

// A row a channel and platform, with the providers that it is sent by; without a platform a row a provider. A message that
// was not sent has often neither, so nothing is said of what was created.
//   found: Map of series to counts; table: data.tables.platforms.
function makePlatforms(data, found, table) {
  const rows = new Map();
  for (const [series, counts] of found) {
    const { channel, platform, provider } = Object.fromEntries(Object.entries(table.keys).map(([key, values]) => [key, values[series]]));
    const key = JSON.stringify([channel, platform, platform ? null : provider]);
    if (!rows.has(key)) rows.set(key, { channel: data.channels[channel].id, platform, providers: new Set(), sum: {} });
    const row = rows.get(key);
    if (provider) row.providers.add(provider);
    for (const [name, value] of Object.entries(counts)) row.sum[name] = (row.sum[name] ?? 0) + value;
  }
  if (!rows.size) return [make("p", { class: "empty" }, t("nothing"))];
  const order = data.channels.map(({ id }) => id);
  const sorted = [...rows.values()].sort((a, b) => order.indexOf(a.channel) - order.indexOf(b.channel) || b.sum.reached - a.sum.reached);
  const rates = ["failure_rate", "click_rate"].map((id) => rateNamed(data, id));
  return folded(
    t("section.platforms"),
    [{ name: t("platform") }, { name: t("channel") }, { name: nameOf("stage", "reached"), number: true }, ...rates.map((rate) => ({ name: nameOf("rate", rate.id), number: true }))],
    sorted.map(({ channel, platform, providers, sum }) => [
      make("span", { "data-platform": platform ?? "", "data-channel": channel }, [platform, [...providers].sort().join(", ")].filter(Boolean).join(" · ")),
      channelName(channel),
      number(sum.reached),
      ...rates.map((rate) => rateCell(rate, channel, sum)),
    ]),
    { id: "platform-table" },
  );
}

// A rate with its base, or a dash that says why.
function rateCell(rate, channel, counts) {
  const found = rateOf(rate, [[channel, counts]]);
  if (!found.channels.length) return notReported(channel);
  if (found.value === null) return "–";
  return [percent(found.value), " ", make("small", {}, t("n_of", { n: number(found.numerator), base: number(found.base) }))];
}

//   byBucket: Map of bucket to { people, clicked_people, reached, clicked }.
function makePressure(byBucket) {
  const buckets = BUCKETS.filter((bucket) => byBucket.has(bucket));
  if (!buckets.length) return make("p", { class: "empty" }, t("nothing"));
  const rateOfBucket = ({ clicked, reached }) => (reached ? clicked / reached : null);
  const most = Math.max(...buckets.map((bucket) => rateOfBucket(byBucket.get(bucket)) ?? 0), 1e-9);
  return makeTable(
    t("section.pressure"),
    [{ name: t("pressure.messages") }, { name: t("pressure.people"), number: true }, { name: t("pressure.clicked_people"), number: true }, { name: nameOf("rate", "click_rate"), number: true }, { name: t("column.share") }],
    buckets.map((bucket) => {
      const sum = byBucket.get(bucket);
      const rate = rateOfBucket(sum);
      return [
        make("span", { "data-bucket": bucket }, bucket.replace("-", "–")),
        number(sum.people),
        [percent(sum.clicked_people / sum.people), " ", make("small", {}, t("n_of", { n: number(sum.clicked_people), base: number(sum.people) }))],
        rate === null ? "–" : [percent(rate), " ", make("small", {}, t("n_of", { n: number(sum.clicked), base: number(sum.reached) }))],
        make("span", { class: "track", "aria-hidden": "true" }, make("span", { class: "fill", style: { width: `${(100 * (rate ?? 0)) / most}%` } })),
      ];
    }),
    { id: "pressure-table" },
  );
}

//   clicks, closes: rows of in_app_clicks and in_app_closes; label: function of a campaign's place.
function makeInApp(data, clicks, closes, one, label, choose) {
  if (!clicks.length && !closes.length) return [make("p", { class: "empty" }, t("nothing"))];
  const places = new Map(data.campaigns.map((row, place) => [JSON.stringify([row.project_id, row.id]), place]));
  const placeOfRow = (row) => places.get(JSON.stringify([row.project_id, row.campaign_id]));
  const campaign = (row) => make("button", { class: "link", type: "button", onclick: () => choose(placeOfRow(row)) }, label(placeOfRow(row)));
  const share = (n, base) => (base ? [percent(n / base), " ", make("small", {}, t("n_of", { n: number(n), base: number(base) }))] : "–");
  return [
    ...folded(
      t("section.in_app"),
      [{ name: t("in_app.button") }, ...(one ? [] : [{ name: t("campaign") }]), { name: nameOf("stage", "clicked"), number: true }, { name: t("in_app.clicks"), number: true }, { name: t("in_app.click_rate"), number: true }],
      clicks.map((row) => [
        make("span", { "data-clickable": row.iam_clickable_id ?? "" }, row.iam_clickable_id ?? t("in_app.no_id")),
        ...(one ? [] : [campaign(row)]),
        number(row.clicked_messages),
        number(row.click_events),
        share(row.clicked_messages, row.displayed_messages),
      ]),
      { id: "in-app-table" },
    ),
    closes.length > 0 &&
      make(
        "details",
        { open: one },
        make("summary", {}, t("in_app.closes")),
        makeTable(
          t("in_app.closes"),
          [{ name: t("campaign") }, { name: t("in_app.displayed"), number: true }, { name: nameOf("stage", "closed"), number: true }, { name: t("in_app.hidden"), number: true }, { name: t("in_app.hidden_minutes"), number: true }],
          closes.map((row) => [
            one ? label(placeOfRow(row)) : campaign(row),
            number(row.displayed_messages),
            share(row.closed_messages, row.displayed_messages),
            share(row.hidden_messages, row.displayed_messages),
            row.median_hidden_minutes === null ? "–" : duration(60 * row.median_hidden_minutes),
          ]),
          { id: "in-app-closes" },
        ),
      ),
  ].filter(Boolean);
}

//   found: rows of template_funnel.
function makeTemplates(data, found) {
  if (!found.length) return [make("p", { class: "empty" }, t("nothing"))];
  const rates = ["delivery_rate", "failure_rate", "open_rate", "click_rate"].map((id) => rateNamed(data, id)).filter((rate) => found.some((row) => rate.base[row.channel]));
  return folded(
    t("section.templates"),
    [{ name: t("template") }, { name: t("channel") }, { name: nameOf("stage", "created"), number: true }, { name: nameOf("stage", "reached"), number: true }, ...rates.map((rate) => ({ name: nameOf("rate", rate.id), number: true }))],
    found.map((row) => {
      const counts = Object.fromEntries(Object.entries(row).filter(([name]) => name.endsWith("_messages")).map(([name, value]) => [name.replace("_messages", ""), value]));
      return [
        make("span", { "data-template": row.id, "data-project": row.project_id }, row.name ?? row.id, make("small", { class: "below" }, row.project_id)),
        channelName(row.channel),
        row.created_messages === null ? notReported(row.channel) : number(row.created_messages),
        number(row.reached_messages),
        ...rates.map((rate) => rateCell(rate, row.channel, counts)),
      ];
    }),
    { id: "template-table" },
  );
}
