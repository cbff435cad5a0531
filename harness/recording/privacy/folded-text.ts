/**
 * A text in the one spelling in which personal data is looked for: full width, circled and other digits as ASCII
 * digits, compatibility forms by NFKC, Latin letters without accents, dashes, apostrophes and spaces of one kind,
 * invisible characters gone. Each folded character knows where in the text it came from, because what is found is cut out
 * there. A file of its own because every finder reads folded text and none should fold by itself.
 */

export interface FoldedText {
  readonly text: string;
  /** For each UTF-16 unit of `text`, where its source begins and ends in the original; null where they are equal. */
  readonly starts: readonly number[] | null;
  readonly ends: readonly number[] | null;
}

/** Plain ASCII without invisible characters is its own folded form. */
const PLAIN = /^[\t\n\r\x20-\x7e]*$/;

/** A character with the marks that stand on it; half-width voicing marks are marks here. */
const CLUSTER = /\P{M}[\p{M}\uff9e\uff9f]*|\p{M}+/gu;

/** Marks that make another letter of kana; all other marks are dropped. */
const DROPPED_MARKS = /(?![\u3099\u309a])\p{M}/gu;

const INVISIBLE = /[\p{Cf}\p{Cc}\p{Cs}\u115f\u1160\u3164\uffa0]/u;
const BLANK = /[\p{Z}\u2800]/u;
const DASH = /[\u2010-\u2015\u2043\u2212\u02d7\u2796\ufe58\ufe63\uff0d]/u;
/** Phones set a curly one where a keyboard sets a straight one. */
const APOSTROPHE = /[\u2018\u2019\u201b\u02b9\u02bc\u2032\u00b4]/u;

/** Digits in circles that have no compatibility form: the first of each row and the digit it stands for. */
const CIRCLED: readonly (readonly [first: number, digit: number])[] = [
  [0x24f5, 1],
  [0x2776, 1],
  [0x2780, 1],
  [0x278a, 1],
];

const foldedClusters = new Map<string, string>();
const CLUSTERS_KEPT = 8192;

/** Folds a text. */
export function foldText(original: string): FoldedText {
  if (PLAIN.test(original)) return { text: original, starts: null, ends: null };
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (const { 0: cluster, index } of original.matchAll(CLUSTER)) {
    const folded = foldCluster(cluster);
    text += folded;
    for (let unit = 0; unit < folded.length; unit++) {
      starts.push(index);
      ends.push(index + cluster.length);
    }
  }
  return { text, starts, ends };
}

function foldCluster(cluster: string): string {
  const code = cluster.charCodeAt(0);
  // Kana and the common ideographs without a mark on them are their own folded form.
  if (
    cluster.length === 1 &&
    ((code >= 0x3041 && code <= 0x3096) ||
      (code >= 0x30a1 && code <= 0x30fa) ||
      (code >= 0x4e00 && code <= 0x9fff))
  ) {
    return cluster;
  }
  let folded = foldedClusters.get(cluster);
  if (folded === undefined) {
    folded = foldAnew(cluster);
    if (foldedClusters.size >= CLUSTERS_KEPT) foldedClusters.clear();
    foldedClusters.set(cluster, folded);
  }
  return folded;
}

function foldAnew(cluster: string): string {
  const first = cluster.codePointAt(0)!;
  for (const [row, digit] of CIRCLED) {
    if (first >= row && first < row + 9) return String(first - row + digit);
  }
  if (first === 0x24ff) return '0';
  if (APOSTROPHE.test(cluster)) return "'";
  let folded = '';
  for (const character of cluster.normalize('NFKD').replace(DROPPED_MARKS, '').normalize('NFC')) {
    if (character === '\n' || character === '\r' || character === '\t') folded += character;
    else if (BLANK.test(character)) folded += ' ';
    else if (DASH.test(character)) folded += '-';
    // A triple prime comes apart into three.
    else if (APOSTROPHE.test(character)) folded += "'";
    else if (!INVISIBLE.test(character)) folded += /\p{Nd}/u.test(character) ? digitOf(character) : character;
  }
  return folded;
}

/** The ASCII digit of a decimal digit of any script; their digits stand in rows of ten that begin with zero. */
function digitOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x80) return character;
  let below = 0;
  // Some rows stand right behind another.
  while (/\p{Nd}/u.test(String.fromCodePoint(code - below - 1))) below += 1;
  return String(below % 10);
}
