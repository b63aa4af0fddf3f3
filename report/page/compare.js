// The period before the chosen one, what differs from it, and whether that is more than chance.

// Beyond this many standard deviations a difference of two rates is told. Many rates are looked at, so it is above 2.
const TELLING = 2.5;
const SHOWN_CHANGES = 5;
// A day stands out beyond this many: there are many days.
const OUTSTANDING = 4;
// Rates of which less is better.
const RATES_OF_LOSS = new Set(["failure_rate", "abort_rate", "complaint_rate"]);

// As many days, whole weeks or whole months right before the chosen ones: { from, to }, or null where the data begins
// later.   first, last: days of the data.
function periodBefore(table, from, to, first, last) {
  if (table.period === "all" || from > last) return null;
  const start = periodStart(from, table.period);
  const end = nextPeriod(periodStart(Math.min(to, last), table.period), table.period);
  let before = start - (end - start);
  if (table.period === "month") {
    before = start;
    for (let month = start; month < end; month = nextPeriod(month, "month")) before = periodStart(before - 1, "month");
  }
  return before >= first ? { from: before, to: start - 1 } : null;
}

// An arrow, what it says, and whether that is good.   change: number; text: its size; better: 1 where more is better, -1
// where less is, 0 where neither is.
function arrow(change, text, better) {
  const way = change > 0 ? "up" : change < 0 ? "down" : "same";
  const judged = better === 0 || change === 0 ? "" : change * better > 0 ? "good" : "bad";
  return make(
    "span",
    { class: `delta ${judged}`, "data-way": way },
    make("span", { "aria-hidden": "true" }, { up: "▲ ", down: "▼ ", same: "=" }[way]),
    make("span", { class: "unseen" }, `${t(`delta.${way}`)} `),
    way !== "same" && text,
  );
}

const oneDigit = (value, style) => new Intl.NumberFormat(language, { style, minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(Math.abs(value));

// The arrow of a count, and of a rate. Green and red are for what is more than chance.
//   now, before: of rateOf(); whole: whether all has come that can still come.
const countArrow = (now, before) => (before > 0 ? arrow(now - before, oneDigit((now - before) / before, "percent"), 0) : null);

function rateArrow(id, now, before, whole = true) {
  if (before.value === null || now.value === null) return null;
  const change = now.value - before.value;
  const better = !whole || Math.abs(distance(now, before)) < 2 ? 0 : RATES_OF_LOSS.has(id) ? -1 : 1;
  return arrow(Math.abs(change) < 0.0005 ? 0 : change, t("points", { n: oneDigit(100 * change, "decimal") }), better);
}

// What a count was before: "▲ 12.3% · before 1,102".
function countDelta(now, before) {
  return make("small", { class: "before-now" }, countArrow(now, before), before > 0 ? " · " : null, t("before", { what: number(before) }));
}

// What a rate was before, with its base: "▼ 0.4 points · before 6.9% (112 of 1,620)".
function rateDelta(id, now, before) {
  const was = before.value === null ? t("nothing_before") : `${percent(before.value)} (${t("n_of", { n: number(before.numerator), base: number(before.base) })})`;
  const change = rateArrow(id, now, before);
  return make("small", { class: "before-now" }, change, change && " · ", t("before", { what: was }));
}

// A cell of a table: the count, and what it was before.   before: undefined where nothing is compared.
function countCell(value, before, attributes = {}) {
  return [
    make("span", { class: "line" }, make("b", attributes, number(value)), before !== undefined && countArrow(value, before)),
    before !== undefined && make("small", { class: "was" }, t("before", { what: number(before) })),
  ];
}

// A cell of a table: the rate, its base in words, and what both were before.
//   found, before: of rateOf(), before undefined where nothing is compared; words: of the base; whole: as above.
function comparedRateCell(id, found, before, words, attributes = {}, whole = true) {
  return [
    make("span", { class: "line" }, make("b", attributes, found.value === null ? "–" : percent(found.value)), before && rateArrow(id, found, before, whole)),
    words && make("small", { class: "base" }, words),
    before && make("small", { class: "was" }, t("before", { what: before.base > 0 ? t("n_of", { n: number(before.numerator), base: number(before.base) }) : t("nothing_before") })),
  ];
}

// How many standard deviations two rates lie apart.
function distance(now, before) {
  const share = (now.numerator + before.numerator) / (now.base + before.base);
  const deviation = Math.sqrt(share * (1 - share) * (1 / now.base + 1 / before.base));
  return deviation > 0 ? (now.value - before.value) / deviation : 0;
}

// The rates that changed by more than chance: list of { rate, group, now, before, distance, worse }, the surest first.
//   groups: list of { channel, now, before } with counts; least: the base that a rate needs in both periods.
function changedRates(data, groups, least) {
  const changed = [];
  for (const group of groups) {
    for (const rate of data.rates.filter(({ id }) => ["click_rate", "open_rate", "delivery_rate", "failure_rate"].includes(id))) {
      if (!group.now || !group.before) continue;
      const now = rateOf(rate, [[group.channel, group.now]]);
      const before = rateOf(rate, [[group.channel, group.before]]);
      if (!now.channels.length || now.base < Math.max(least, 1) || before.base < Math.max(least, 1)) continue;
      const apart = distance(now, before);
      if (Math.abs(apart) < TELLING) continue;
      changed.push({ rate, group, now, before, distance: apart, worse: apart > 0 === RATES_OF_LOSS.has(rate.id) });
    }
  }
  return changed.sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance));
}

// Days on which a channel failed more, or delivered less, than on its other chosen days: list of { day, channel, rate, now,
// before: of the other days, distance }, the surest first. What can still change is no reason to be told of a delivery.
//   byDay: Map of "<channel> <day>" to counts.
function badDays(data, byDay, least) {
  const totals = new Map();
  for (const [key, counts] of byDay) {
    const channel = key.split(" ")[0];
    const sum = totals.get(channel) ?? {};
    for (const [name, value] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + Number(value);
    totals.set(channel, sum);
  }
  const found = [];
  for (const [key, counts] of byDay) {
    const [channel, day] = key.split(" ");
    const others = Object.fromEntries(Object.entries(totals.get(channel)).map(([name, value]) => [name, value - Number(counts[name])]));
    for (const id of ["failure_rate", "delivery_rate"]) {
      const rate = data.rates.find((one) => one.id === id);
      if (id === "delivery_rate" && !counts.settled) continue;
      const now = rateOf(rate, [[channel, counts]]);
      const before = rateOf(rate, [[channel, others]]);
      if (!now.channels.length || now.base < Math.max(least, 1) || before.base < Math.max(least, 1)) continue;
      const apart = distance(now, before) * (RATES_OF_LOSS.has(id) ? 1 : -1);
      if (apart >= OUTSTANDING) found.push({ day: Number(day), channel, rate, now, before, distance: apart });
    }
  }
  return found.sort((a, b) => b.distance - a.distance);
}

// What changed, in words: channels that stopped, bad days, then rates that fell and rose, of channels and of campaigns.
//   channels, campaigns: groups as above, those of campaigns with { campaign, label }; days: of badDays(); choose: function
//   of a campaign.
function makeChanges(data, channels, campaigns, days, least, choose) {
  const line = ({ rate, group, now, before }) =>
    make(
      "li",
      { "data-rate": rate.id, "data-channel": group.channel, "data-campaign": group.campaign === undefined ? null : data.campaigns[group.campaign].id },
      make(
        "span",
        { class: "name" },
        group.label ? make("button", { class: "link", type: "button", onclick: () => choose(group.campaign) }, group.label) : null,
        group.label ? " " : null,
        channelName(group.channel),
      ),
      make(
        "span",
        { class: "what" },
        `${nameOf("rate", rate.id)} `,
        make("b", {}, percent(now.value)),
        ` (${t("n_of", { n: number(now.numerator), base: number(now.base) })}) `,
        rateDelta(rate.id, now, before),
      ),
    );
  const stopped = channels.filter(({ now, before }) => (before?.created ?? 0) >= Math.max(least, 1) && !(now?.created > 0));
  const ofChannels = changedRates(data, channels, least);
  const ofCampaigns = changedRates(data, campaigns, least);
  const part = (title, lines) => lines.length > 0 && make("section", {}, make("h3", {}, t(title)), make("ul", { class: "changes" }, lines));
  const parts = [
    part(
      "changes.stopped",
      stopped.map(({ channel, before }) =>
        make("li", { "data-stopped": channel }, make("span", { class: "name" }, channelName(channel)), make("span", { class: "what" }, t("changes.stopped_now", { n: number(before.created) }))),
      ),
    ),
    part(
      "changes.days",
      days.slice(0, SHOWN_CHANGES).map(({ day, channel, rate, now, before }) =>
        make(
          "li",
          { "data-day": dateOf(day), "data-channel": channel, "data-day-rate": rate.id },
          make("span", { class: "name" }, `${dateOf(day)} · `, channelName(channel)),
          make(
            "span",
            { class: "what" },
            `${nameOf("rate", rate.id)} `,
            make("b", {}, percent(now.value)),
            ` (${t("n_of", { n: number(now.numerator), base: number(now.base) })}), ${t("changes.otherwise", { rate: percent(before.value) })}`,
          ),
        ),
      ),
    ),
    part("changes.worse_channels", ofChannels.filter(({ worse }) => worse).slice(0, SHOWN_CHANGES).map(line)),
    part("changes.worse_campaigns", ofCampaigns.filter(({ worse }) => worse).slice(0, SHOWN_CHANGES).map(line)),
    part("changes.better", [...ofChannels, ...ofCampaigns].filter(({ worse }) => !worse).sort((a, b) => Math.abs(b.distance) - Math.abs(a.distance)).slice(0, SHOWN_CHANGES).map(line)),
  ].filter(Boolean);
  return parts.length ? make("div", { class: "columns" }, parts) : make("p", { class: "empty" }, t("changes.none"));
}
