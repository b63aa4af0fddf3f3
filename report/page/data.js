// The data of the page: unpacked once, then filtered and summed for each view. report/site_data.py packs it.

async function unpack(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = bytes.indexOf(10);
  const data = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  let offset = end + 1;
  for (const table of Object.values(data.tables)) {
    const names = table.columns;
    table.columns = {};
    for (const name of names) {
      table.columns[name] = numbers(bytes.subarray(offset, offset + 4 * table.rows), table.rows, name);
      offset += 4 * table.rows;
    }
  }
  for (const table of Object.values(data.tables)) joinAmounts(table);
  data.stagesOf = new Map(data.channels.map((channel) => [channel.id, new Set(channel.stages)]));
  for (const table of Object.values(data.tables)) addWhatTheyAreCloseTo(table, data);
  return data;
}

// One column from its four planes of bytes. Series and period are stored as steps from the row before.
function numbers(planes, rows, name) {
  const values = new Int32Array(rows);
  const runs = name === "series" || name === "period";
  let before = 0;
  for (let row = 0; row < rows; row += 1) {
    const folded =
      (planes[row] | (planes[rows + row] << 8) | (planes[2 * rows + row] << 16) | (planes[3 * rows + row] << 24)) >>> 0;
    const value = folded & 1 ? -((folded + 1) / 2) : folded / 2;
    values[row] = runs ? (before += value) : value;
  }
  return values;
}

// Amounts are stored as whole numbers in two columns, as they do not fit one. They stay whole numbers until they are
// shown (data.revenue_decimals), so that sums are exact.
function joinAmounts(table) {
  for (const name of Object.keys(table.columns).filter((column) => column.endsWith("_high"))) {
    const amount = name.replace("_high", "");
    const [high, low] = [table.columns[name], table.columns[`${amount}_low`]];
    table.columns[amount] = Float64Array.from(high, (value, row) => value * 2 ** 24 + low[row]);
    delete table.columns[name];
    delete table.columns[`${amount}_low`];
  }
}

function addWhatTheyAreCloseTo(table, data) {
  for (const [count, candidates] of Object.entries(data.close_to)) {
    if (!table.columns.messages || !table.columns[count]) continue;
    const expected = table.keys.channel.map((channel) => {
      const stages = data.stagesOf.get(data.channels[channel].id);
      const reports = (column) => column === "messages" || stages.has(column.replace("_messages", ""));
      return reports(count) ? table.columns[candidates.find(reports)] : undefined;
    });
    const { series } = table.columns;
    const values = table.columns[count];
    for (let row = 0; row < table.rows; row += 1) values[row] += expected[series[row]]?.[row] ?? 0;
  }
}

// Days are numbers: days since 1970.
const dayOf = (text) => Math.floor(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / 86400000);
const dateOf = (day) => new Date(day * 86400000).toISOString().slice(0, 10);

// The first day of the period that a day lies in. Weeks begin on Monday, as in DuckDB.
function periodStart(day, period) {
  if (period === "week") return day - ((((day + 3) % 7) + 7) % 7);
  if (period === "month") return dayOf(`${dateOf(day).slice(0, 7)}-01`);
  return day;
}

function nextPeriod(start, period) {
  if (period === "day") return start + 1;
  if (period === "week") return start + 7;
  return periodStart(start + 31, "month");
}

// Sums of a table's counts by a group: Map of group to { stage: count }.
//   keys: what the series must have ({ project_id: 0 }; undefined: any). from, to: days, both included.
//   group: function of series and period to the group.
function sums(table, keys, from, to, group) {
  const wanted = Object.entries(keys).filter(([, value]) => value !== undefined);
  const matches = new Uint8Array(table.keys.project_id.length);
  for (let series = 0; series < matches.length; series += 1) {
    matches[series] = wanted.every(([key, value]) => table.keys[key][series] === value) ? 1 : 0;
  }
  const { series, period, is_settled: settled, ...counts } = table.columns;
  const names = Object.keys(counts);
  const whole = table.period === "all";
  const first = whole ? -Infinity : periodStart(from, table.period);
  const found = new Map();
  for (let row = 0; row < table.rows; row += 1) {
    if (!matches[series[row]] || (!whole && (period[row] < first || period[row] > to))) continue;
    const name = group(series[row], period[row]);
    let sum = found.get(name);
    if (!sum) {
      sum = { settled: true, rows: 0 };
      for (const count of names) sum[count.replace(/_messages$/, "")] = 0;
      found.set(name, sum);
    }
    for (const count of names) sum[count.replace(/_messages$/, "")] += counts[count][row];
    sum.rows += 1;
    if (settled && !settled[row]) sum.settled = false;
  }
  return found;
}

// Numerator, base and value of a rate over the sums of channels. The definitions are data (seeds/funnel_rates.csv): a
// channel that cannot report a stage that the rate needs has no base, and is left out.
//   byChannel: iterable of [channel id, { stage: count }].
function rateOf(rate, byChannel) {
  const result = { numerator: 0, base: 0, value: null, channels: [] };
  for (const [channel, counts] of byChannel) {
    const base = rate.base[channel];
    if (!base) continue;
    for (const stage of rate.numerator) result.numerator += counts[stage];
    for (const stage of base) result.base += counts[stage];
    result.channels.push(channel);
  }
  if (result.base > 0) result.value = result.numerator / result.base;
  return result;
}
