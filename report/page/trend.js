// The trend: above, what was created on all channels; below, the rate of those that have it. The specs are trend_base.json and
// trend_rate.json (Vega-Lite); this file gives them their rows.

const LONGEST_BY_DAY = 100;
const LONGEST_BY_WEEK = 800;
const PERIODS = ["day", "week", "month"];

// The finest period that the table has and that still reads well over so many days.
function trendPeriod(table, wanted, days) {
  const legible = days <= LONGEST_BY_DAY ? "day" : days <= LONGEST_BY_WEEK ? "week" : "month";
  const finest = Math.max(0, PERIODS.indexOf(table.period));
  return PERIODS[Math.max(finest, PERIODS.indexOf(wanted || legible))];
}

// Rows of the trend's rate: one a period and channel that has the rate.
//   byPeriod: Map of "<channel> <period's first day>" to counts.
function trendRows(data, rate, byPeriod) {
  const rows = [];
  for (const [key, counts] of byPeriod) {
    const [channel, day] = key.split(" ");
    if (!rate.base[channel]) continue;
    const { numerator, base, value } = rateOf(rate, [[channel, counts]]);
    rows.push({ channel, day: Number(day), numerator, base, rate: value, settled: counts.settled });
  }
  return inOrder(data, rows);
}

function inOrder(data, rows) {
  const order = data.channels.map((channel) => channel.id);
  return rows.sort((a, b) => a.day - b.day || order.indexOf(a.channel) - order.indexOf(b.channel));
}

// Rows of the bars: what was created, of every channel, stacked in their order.
function barRows(data, byPeriod) {
  const rows = [...byPeriod].map(([key, { created, settled }]) => ({ channel: key.split(" ")[0], day: Number(key.split(" ")[1]), created, settled }));
  const tops = new Map();
  for (const row of inOrder(data, rows)) {
    row.low = tops.get(row.day) ?? 0;
    row.high = row.low + row.created;
    tops.set(row.day, row.high);
  }
  return rows;
}

// The periods of the chosen days, each once, without a gap: a day without messages has its place too.
function trendPeriods(from, to, period) {
  const days = [];
  for (let day = periodStart(from, period); day <= to; day = nextPeriod(day, period)) days.push(day);
  return days;
}

// A spec is drawn again for each view: its rows, its names and its periods all change.
//   rows: with channel, day and tip; days: all periods; unsettled: the first whose numbers can still change, or null.
async function drawTrend(element, spec, rows, days, period, unsettled) {
  const drawn = structuredClone(spec);
  const long = days.at(-1) - days[0] > 300;
  const label = (day) => (period === "month" ? dateOf(day).slice(0, 7) : long ? dateOf(day) : dateOf(day).slice(5));
  drawn.datasets = {
    rows: rows.map((row) => ({ ...row, label: label(row.day), color: `var(--${row.channel}, var(--accent))` })),
    unsettled: unsettled === null ? [] : [{ first: label(unsettled), last: label(days.at(-1)) }],
  };
  drawn.encoding.x.scale.domain = days.map(label);
  return vegaEmbed(element, drawn, {
    renderer: "svg",
    actions: false,
    // Expressions are read, not compiled, so that the page needs no eval.
    ast: true,
    // Errors alone: a layer without rows, where every day is settled, is worth no warning.
    logLevel: 1,
  });
}

// What the charts say of a bar, and of a point, under the mouse.
function barTip(row) {
  return { [t("date")]: dateOf(row.day), [t("channel")]: nameOf("channel", row.channel), [nameOf("stage", "created")]: number(row.created), ...(row.settled ? {} : { [t("note")]: t("not_settled") }) };
}

function rateTip(rate, row) {
  return {
    [t("date")]: dateOf(row.day),
    [t("channel")]: nameOf("channel", row.channel),
    [rate.base[row.channel].map((stage) => nameOf("stage", stage)).join(t("and"))]: number(row.base),
    [rate.numerator.map((stage) => nameOf("stage", stage)).join(t("and"))]: number(row.numerator),
    [nameOf("rate", rate.id)]: row.rate === null ? "–" : percent(row.rate),
    ...(row.settled ? {} : { [t("note")]: t("not_settled") }),
  };
}

function trendTable(rate, rows, period) {
  return makeTable(
    t("trend.table", { rate: nameOf("rate", rate.id) }),
    [
      { name: t(`period.${period}`) },
      { name: t("channel") },
      { name: t("trend.base_of", { base: baseName(rate, [...new Set(rows.map((row) => row.channel))]) }), number: true },
      { name: rate.numerator.map((stage) => nameOf("stage", stage)).join(t("and")), number: true },
      { name: nameOf("rate", rate.id), number: true },
      { name: t("note") },
    ],
    rows.map((row) => [
      dateOf(row.day),
      nameOf("channel", row.channel),
      number(row.base),
      number(row.numerator),
      row.rate === null ? "–" : percent(row.rate),
      row.settled ? "" : t("not_settled"),
    ]),
  );
}
