// The trend: above, the messages that a rate is a share of; below, the rate. The specs are trend_base.json and
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

// Rows of the trend: one a period and channel that has the rate, channels stacked in their order.
//   byPeriod: Map of "<channel> <period's first day>" to counts.
function trendRows(data, rate, byPeriod, period) {
  const rows = [];
  for (const [key, counts] of byPeriod) {
    const [channel, day] = key.split(" ");
    if (!rate.base[channel]) continue;
    const { numerator, base, value } = rateOf(rate, [[channel, counts]]);
    rows.push({ channel, day: Number(day), numerator, base, rate: value, settled: counts.settled });
  }
  const order = data.channels.map((channel) => channel.id);
  rows.sort((a, b) => a.day - b.day || order.indexOf(a.channel) - order.indexOf(b.channel));
  const tops = new Map();
  for (const row of rows) {
    row.low = tops.get(row.day) ?? 0;
    row.high = row.low + row.base;
    tops.set(row.day, row.high);
    row.start = row.day * 86400000;
    row.end = nextPeriod(row.day, period) * 86400000;
    row.middle = (row.start + row.end) / 2;
  }
  return rows;
}

// A spec is drawn again for each view: its rows, its names and its time axis all change.
async function drawTrend(element, spec, rate, rows, period, domain) {
  const drawn = structuredClone(spec);
  drawn.data = {
    values: rows.map((row) => ({
      ...row,
      color: `var(--${row.channel}, var(--accent))`,
      tip: {
        [t("date")]: dateOf(row.day),
        [t("channel")]: nameOf("channel", row.channel),
        [rate.base[row.channel].map((stage) => nameOf("stage", stage)).join(t("and"))]: number(row.base),
        [rate.numerator.map((stage) => nameOf("stage", stage)).join(t("and"))]: number(row.numerator),
        [nameOf("rate", rate.id)]: row.rate === null ? "–" : percent(row.rate),
        ...(row.settled ? {} : { [t("note")]: t("not_settled") }),
      },
    })),
  };
  const x = drawn.encoding.x;
  x.axis.format = period === "month" ? "%Y-%m" : domain[1] - domain[0] > 300 * 86400000 ? "%Y-%m-%d" : "%m-%d";
  for (const [place, parameter] of drawn.params.entries()) parameter.value = domain[place];
  return vegaEmbed(element, drawn, {
    renderer: "svg",
    actions: false,
    // Expressions are read, not compiled, so that the page needs no eval.
    ast: true,
    // Errors alone: a layer without rows, where no day is settled yet, is worth no warning.
    logLevel: 1,
  });
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
