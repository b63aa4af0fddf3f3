// The funnel: a bar a stage, all of one channel on one scale, with the share and what it is a share of.

// The way of a message, and beside each step what was lost on it. Which of them a channel reports is data.
const STEPS = [
  { stage: "created", losses: [] },
  { stage: "sent", losses: ["aborted", "failed"] },
  { stage: "delivered", losses: ["undelivered", "complained"] },
  { stage: "opened", losses: [] },
  // A closed in-app message was seen: no loss.
  { stage: "clicked", losses: [], beside: ["closed"] },
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
  const line = (kind, stage, beforeIt) =>
    make(
      "tr",
      { role: "row", class: kind, "data-stage": stage },
      make("th", { role: "rowheader", scope: "row" }, kind === "step" ? stageName(stage, channel, stages) : nameOf("stage", stage)),
      make(
        "td",
        { role: "cell", class: "bar" },
        make(
          "div",
          { class: "track", "aria-hidden": "true" },
          beforeIt !== undefined && make("div", { class: "before", style: { width: width(beforeIt) } }),
          make("div", { class: "fill", style: { width: width(counts[stage]) } }),
        ),
      ),
      make("td", { role: "cell", class: "number" }, number(counts[stage])),
      make("td", { role: "cell", class: "rates" }, rateTexts(data, stage, channel, counts)),
    );
  for (const { stage, losses, beside = [] } of STEPS.filter((step) => stages.has(step.stage))) {
    rows.push(line("step", stage, before));
    for (const loss of losses.filter((name) => stages.has(name))) rows.push(line("loss", loss));
    for (const other of beside.filter((name) => stages.has(name))) rows.push(line("beside", other));
    before = counts[stage];
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

// The stages of the way that a channel cannot report, and messages that lack a beginning: one line below the funnel.
function funnelNote(data, channel, counts) {
  const stages = data.stagesOf.get(channel);
  const missing = STEPS.map(({ stage }) => stage).filter((stage) => !stages.has(stage));
  const without = counts.messages - counts.created;
  return make(
    "p",
    { class: "note funnel-note" },
    [
      missing.length > 0 && t("stages_not_reported", { channel: nameOf("channel", channel), stages: missing.map((stage) => nameOf("of_stage", stage)).join(", ") }),
      without > 0 && t("without_created", { n: number(without) }),
    ]
      .filter(Boolean)
      .join(" "),
  );
}

// The funnel of one channel, large.
function makeFunnelCard(data, channel, counts) {
  return make(
    "section",
    { class: "card funnel-card", "aria-label": nameOf("channel", channel) },
    make("h3", {}, channelName(channel)),
    makeFunnel(data, channel, counts),
    funnelNote(data, channel, counts),
  );
}

// Rates that stand in the table of channels; a column that none of them reports is left out.
const CHANNEL_RATES = ["delivery_rate", "failure_rate", "open_rate", "click_rate"];
const openedChannels = new Set();

// The stages as thin bars on the channel's own scale.
function makeSmallFunnel(data, channel, counts) {
  const stages = data.stagesOf.get(channel);
  const scale = Math.max(counts.created, counts.messages, 1);
  return make(
    "div",
    { class: "small-funnel", "aria-hidden": "true" },
    STEPS.filter(({ stage }) => stages.has(stage)).map(({ stage }) => make("div", { class: "fill", style: { width: `${(100 * counts[stage]) / scale}%` } })),
  );
}

// One row a channel, which opens its whole funnel: stages and rates differ by channel, so they are never added up.
//   before: Map of channel to the counts of the period before, or null.
function makeChannels(data, byChannel, before, choose) {
  const channels = data.channels.map((channel) => channel.id).filter((channel) => byChannel.has(channel));
  const rates = CHANNEL_RATES.map((id) => data.rates.find((rate) => rate.id === id)).filter((rate) => rate && channels.some((channel) => rate.base[channel]));
  const names = [t("channel"), t("section.funnel"), nameOf("stage", "created"), nameOf("stage", "reached"), ...rates.map((rate) => nameOf("rate", rate.id))];
  const none = Object.fromEntries([...data.stages, "messages", "reached"].map((name) => [name, 0]));
  const rows = channels.flatMap((channel) => {
    const counts = byChannel.get(channel);
    const old = before && (before.get(channel) ?? none);
    const detail = make(
      "tr",
      { role: "row", class: "detail", id: `funnel-of-${channel}`, hidden: !openedChannels.has(channel) },
      make(
        "td",
        { role: "cell", colspan: names.length },
        makeFunnel(data, channel, counts),
        funnelNote(data, channel, counts),
        make("button", { class: "link", type: "button", onclick: () => choose(channel) }, t("only_channel", { channel: nameOf("channel", channel) })),
      ),
    );
    const button = make(
      "button",
      {
        class: "open",
        type: "button",
        "data-open": channel,
        "aria-expanded": String(openedChannels.has(channel)),
        "aria-controls": `funnel-of-${channel}`,
        onclick: () => {
          if (!openedChannels.delete(channel)) openedChannels.add(channel);
          detail.hidden = !openedChannels.has(channel);
          button.setAttribute("aria-expanded", String(openedChannels.has(channel)));
        },
      },
      channelName(channel),
    );
    const cell = (place, ...content) => make("td", { role: "cell", class: "number", "data-name": names[place] }, make("div", {}, content));
    const row = make(
      "tr",
      { role: "row", "data-channel": channel, style: { "--bar": `var(--${channel}, var(--accent))` } },
      make("th", { role: "rowheader", scope: "row" }, button),
      make("td", { role: "cell", class: "picture" }, makeSmallFunnel(data, channel, counts)),
      ["created", "reached"].map((stage, place) => {
        const reported = stage === "reached" || data.stagesOf.get(channel).has(stage);
        return cell(2 + place, reported ? countCell(counts[stage], old ? old[stage] : undefined, { "data-stage": stage }) : notReported(channel));
      }),
      rates.map((rate, place) => {
        const found = rateOf(rate, [[channel, counts]]);
        if (!found.channels.length) return cell(4 + place, notReported(channel));
        const words = t("n_of", { n: number(found.numerator), base: number(found.base) });
        return cell(4 + place, comparedRateCell(rate.id, found, old ? rateOf(rate, [[channel, old]]) : undefined, words, { "data-rate": rate.id }));
      }),
    );
    return [row, detail];
  });
  return make(
    "div",
    { class: "card" },
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": t("section.funnel") },
      make(
        "table",
        { id: "channel-table", class: "stacked", role: "table" },
        make("caption", { class: "unseen" }, t("section.funnel")),
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, names.map((name, place) => make("th", { role: "columnheader", scope: "col", class: place > 1 ? "number" : null }, name)))),
        make("tbody", { role: "rowgroup" }, rows),
      ),
    ),
    make("p", { class: "note", id: "funnel-note" }, t("funnels.note")),
  );
}
