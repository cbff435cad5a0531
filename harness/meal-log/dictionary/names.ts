/**
 * One spelling for a food's name, so that "Ｇｒｅｅｎ Tea", "green-tea" and "green_tea" are one name, and みかん and
 * ミカン another. A file of its own because looking a name up and finding it in a sentence must fold alike.
 */

/** White space, hyphens, underscores, middle dots, brackets and apostrophes: how a name is set, not what it says. */
const SETTING =
  /^[\s_\-\u2010-\u2015\u2212\u00b7\u2022\u30fb\u30a0()[\]{}<>\u300c-\u301b\u2329\u232a'\u2018\u2019`]$/;

/** ASCII, plain kana and the common ideographs are their own NFKC, alone and side by side. */
const SETTLED = /^[ -~\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff]*$/;
/** The setting characters that such a text can hold. */
const SETTLED_SETTING = /[ _\-()[\]{}<>'`]+/g;
/** The kana that have a twin in the other script, 0x60 further on. */
const HIRAGANA = /[\u3041-\u3096\u309d\u309e]/g;
const LATIN_MARKS = /[\u0300-\u036f]/g;
const TO_KATAKANA = 0x60;

const folded = new Map<string, string>();

function foldUnknown(character: string): string {
  if (SETTING.test(character)) return '';
  const bare = character.toLowerCase().normalize('NFD').replace(LATIN_MARKS, '').normalize('NFC');
  return katakana(bare);
}

/**
 * Folds one character of an NFKC text: '' for what only sets a name (spaces, hyphens, ・, brackets), else lower case,
 * without Latin accents, hiragana as katakana.
 */
export function foldCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code >= 0x4e00 && code <= 0x9fff) return character;
  let answer = folded.get(character);
  if (answer === undefined) {
    answer = foldUnknown(character);
    // Scripts are finite, but a hostile message could walk through all of Unicode.
    if (folded.size >= 8192) folded.clear();
    folded.set(character, answer);
  }
  return answer;
}

/** The text with hiragana written as katakana; every other character stays, and so does the length. */
export function katakana(text: string): string {
  return text.replace(HIRAGANA, (kana) => String.fromCharCode(kana.charCodeAt(0) + TO_KATAKANA));
}

/**
 * The one spelling under which a name is filed: NFKC, lower case, no white space, hyphens, ・ or brackets, no Latin
 * accents, katakana for hiragana. Plurals are not folded; they are aliases. Folding twice is folding once.
 */
export function normaliseName(name: string): string {
  if (SETTLED.test(name)) {
    return katakana(name.replace(SETTLED_SETTING, '').toLowerCase());
  }
  let out = '';
  for (const character of name.normalize('NFKC')) out += foldCharacter(character);
  // What stood apart may now compose: か, a space, a voicing mark.
  return out.normalize('NFC');
}
