// The funnel: a bar a stage, all of one channel on one scale, with the share and what it is a share of.

// The way of a message, and beside each step what was lost on it. Which of them a channel reports is data.
const STEPS = [
  { stage: "created", losses: [] },
  { stage: "sent", losses: ["aborted", "failed"] },
  { stage: "delivered", losses: ["undelivered", "complained"] },
  { stage: "opened", losses: [] },
  { stage: "clicked", losses: ["closed"] },
];

// The rates whose numerator is a stage, each with its base: "10.6% of reached".
function ratesOfStage(data, stage, channel, counts) {
  return data.rates
    .filter((rate) => rate.numerator.length === 1 && rate.numerator[0] === stage && rate.base[channel])
    .map((rate) => ({ rate, ...rateOf(rate, [[channel, counts]]) }));
}

function rateTexts(data, stage, channel, counts) {
  return ratesOfStage(data, stage, channel, counts).map(({ rate, value }) =>
    make(
      "span",
      { class: "rate", "data-rate": rate.id },
      value === null
        ? t("no_base", { base: baseName(rate, [channel]) })
        : [make("b", {}, percent(value)), ` ${t("of", { base: baseName(rate, [channel]) })}`],
    ),
  );
}

function stageName(stage, channel, stages) {
  const reachedBy = stages.has("delivered") ? "delivered" : "sent";
  return [nameOf("stage", stage), stage === reachedBy && make("small", {}, t("is_reached"))];
}

// The funnel of one channel as a table whose second column is drawn.
function makeFunnel(data, channel, counts) {
  const stages = data.stagesOf.get(channel);
  const scale = Math.max(counts.created, counts.messages, 1);
  const width = (count) => `${(100 * count) / scale}%`;
  const rows = [];
  let before = 0;
  for (const { stage, losses } of STEPS) {
    const reported = stages.has(stage);
    rows.push(
      make(
        "tr",
        { role: "row", class: reported ? "step" : "step unreported", "data-stage": stage },
        make("th", { role: "rowheader", scope: "row" }, stageName(stage, channel, stages)),
        make(
          "td",
          { role: "cell", class: "bar" },
          make(
            "div",
            { class: "track", "aria-hidden": "true" },
            reported && make("div", { class: "before", style: { width: width(before) } }),
            reported && make("div", { class: "fill", style: { width: width(counts[stage]) } }),
          ),
        ),
        make("td", { role: "cell", class: "number" }, reported ? number(counts[stage]) : "–"),
        make(
          "td",
          { role: "cell", class: "rates" },
          reported
            ? rateTexts(data, stage, channel, counts)
            : make("span", { class: "missing" }, t("not_reported", { channel: nameOf("channel", channel) })),
        ),
      ),
    );
    for (const loss of losses.filter((name) => stages.has(name))) {
      rows.push(
        make(
          "tr",
          { role: "row", class: "loss", "data-stage": loss },
          make("th", { role: "rowheader", scope: "row" }, nameOf("stage", loss)),
          make(
            "td",
            { role: "cell", class: "bar" },
            make(
              "div",
              { class: "track", "aria-hidden": "true" },
              make("div", { class: "fill", style: { width: width(counts[loss]) } }),
            ),
          ),
          make("td", { role: "cell", class: "number" }, number(counts[loss])),
          make("td", { role: "cell", class: "rates" }, rateTexts(data, loss, channel, counts)),
        ),
      );
    }
    if (reported) before = counts[stage];
  }
  const caption = t("funnel_of", { channel: nameOf("channel", channel) });
  return make(
    "table",
    { class: "funnel", role: "table", "data-channel": channel, style: { "--bar": `var(--${channel}, var(--accent))` } },
    make("caption", { class: "unseen" }, caption),
    make(
      "thead",
      { class: "unseen", role: "rowgroup" },
      make(
        "tr",
        { role: "row" },
        ["stage", "share", "messages", "rates"].map((name) => make("th", { role: "columnheader", scope: "col" }, t(`column.${name}`))),
      ),
    ),
    make("tbody", { role: "rowgroup" }, rows),
  );
}

// One card a channel: stages differ by channel, so their funnels stand side by side and are never added up.
function makeFunnels(data, byChannel, choose) {
  const channels = data.channels.map((channel) => channel.id).filter((channel) => byChannel.has(channel));
  return make(
    "div",
    { class: channels.length > 1 ? "funnels many" : "funnels" },
    channels.map((channel) => {
      const counts = byChannel.get(channel);
      const without = counts.messages - counts.created;
      return make(
        "section",
        { class: "card funnel-card", "aria-label": nameOf("channel", channel) },
        make(
          "h3",
          {},
          make("span", { class: "dot", style: { background: `var(--${channel}, var(--accent))` } }),
          channels.length > 1
            ? make("button", { class: "link", type: "button", onclick: () => choose(channel) }, nameOf("channel", channel))
            : nameOf("channel", channel),
        ),
        makeFunnel(data, channel, counts),
        without > 0 && make("p", { class: "note" }, t("without_created", { n: number(without) })),
      );
    }),
  );
}
