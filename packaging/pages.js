/**
 * The pages as they are packed. Who reads them there has only the package: a link to what is in the
 * repository alone becomes its text, and one that leads nowhere is a mistake.
 */
import { posix } from 'node:path';

/** A block of code, which holds no links. */
const kBlocks = /^( *```[\s\S]*?^ *```$)/m;
/** What stands in backticks, or a link or picture, whose text may have some. */
const kLinks = /(?<!\[)`[^`]*`|(!?)\[((?:`[^`]*`|[^\]])*)\]\(([^()\s]*)\)/g;

/**
 * @typedef {object} Files by their paths from the root, with `/`
 * @property {(path: string) => boolean} isPacked
 * @property {(path: string) => boolean} isThere in the repository
 *
 * @param {string} path of the page, from the root
 * @param {string} text
 * @param {Files} files
 * @returns {{ text: string, dead: string[] }} `dead`: the targets that lead nowhere
 */
export function pageToPack(path, text, { isPacked, isThere }) {
  /** @type {string[]} */
  const dead = [];
  const parts = text.split(kBlocks).map((part, i) =>
    i % 2 === 1
      ? part
      : part.replaceAll(kLinks, (link, picture, label, target) => {
          if (target === undefined || /^([a-z]+:|#)/.test(target)) return link;
          const file = posix.join(posix.dirname(path), target.replace(/#.*/, ''));
          if (isPacked(file)) return link;
          if (isThere(file) && picture === '') return label;
          dead.push(target);
          return link;
        }),
  );
  return { text: parts.join(''), dead };
}
