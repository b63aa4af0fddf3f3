// Texts in the reader's language, numbers and dates as that language writes them, and elements made of them.

let language = "en";
let texts = {};

// The text of a key, its {names} replaced. A key without a text is shown as it is: a test looks for them.
function t(key, values = {}) {
  const text = texts[language]?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// The name of a channel, stage, rate, rule or the like: its text, else its id.
const nameOf = (kind, id) => texts[language][`${kind}.${id}`] ?? id;

const number = (value) => new Intl.NumberFormat(language).format(value);

// Small rates keep two digits that say something: 0.14 %.
function percent(value) {
  const digits = value !== 0 && Math.abs(value) < 0.01 ? 2 : 1;
  return new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

function duration(seconds) {
  if (seconds < 120) return t("seconds", { n: number(Math.round(seconds)) });
  if (seconds < 7200) return t("minutes", { n: number(Math.round(seconds / 60)) });
  return t("hours", { n: number(Math.round(seconds / 3600)) });
}

const minute = (text) => `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;

// The stages of a rate's base in words; where channels differ, each way once.
function baseName(rate, channels) {
  const bases = channels.map((channel) => rate.base[channel]).filter(Boolean);
  const names = bases.map((base) => base.map((stage) => nameOf("of_stage", stage)).join(t("and")));
  return [...new Set(names)].join(t("or"));
}

// An element with attributes and children; children that are texts stay texts, whatever they hold.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A table with a caption that only screen readers read, numbers to the right. On a phone each row is a block, and each
// cell says its column.
//   columns: list of { name, number }; rows: list of lists of cells (text, element or list of these).
function makeTable(caption, columns, rows, attributes = {}) {
  const cells = rows.map((row) =>
    make(
      "tr",
      { role: "row" },
      row.map((cell, place) =>
        make(
          place === 0 ? "th" : "td",
          { role: place === 0 ? "rowheader" : "cell", scope: place === 0 ? "row" : null, class: columns[place].number ? "number" : null, "data-name": place === 0 ? null : columns[place].name },
          place === 0 ? cell : make("div", {}, cell),
        ),
      ),
    ),
  );
  const header = columns.map((column) => make("th", { role: "columnheader", scope: "col", class: column.number ? "number" : null }, column.name));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    make(
      "table",
      { class: "stacked", role: "table", ...attributes },
      make("caption", { class: "unseen" }, caption),
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, header)),
      make("tbody", { role: "rowgroup" }, cells),
    ),
  );
}

// A dash for what a channel cannot report, with the reason for whoever asks or listens.
const notReported = (channel) =>
  make(
    "span",
    { class: "missing", title: t("not_reported", { channel: nameOf("channel", channel) }) },
    make("span", { "aria-hidden": "true" }, "–"),
    make("span", { class: "unseen" }, t("not_reported", { channel: nameOf("channel", channel) })),
  );

// A channel's colour and name.
const channelName = (channel) => [
  make("span", { class: "dot", style: { background: `var(--${channel}, var(--accent))` } }),
  nameOf("channel", channel),
];
