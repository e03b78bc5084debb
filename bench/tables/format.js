/** Numbers as people read them. */

/** Three digits that mean something. @param {number} value */
export function short(value) {
  if (Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** @param {number} value */
function digits(value) {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes >= 1024 ** 2) return `${bytes / 1024 ** 2} MiB`;
  return bytes >= 1024 ? `${bytes / 1024} KiB` : `${bytes} B`;
}

/** @param {import('../statistics.js').Spread | undefined} spread */
export function spreadText(spread) {
  if (spread === undefined) return '–';
  return `${short(spread.median)} [${short(spread.least)}..${short(spread.most)}]`;
}
