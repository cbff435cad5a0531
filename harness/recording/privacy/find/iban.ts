/**
 * Finds international bank account numbers (ISO 13616). A file of its own because it rests on a table: without each
 * country's length, one word in a hundred would pass the checksum by chance.
 */
import { findAll, type Found } from './found.ts';

/** Lengths by country, from the SWIFT IBAN registry. */
const LENGTHS = new Map(
  (
    'NO15 BE16 DK18 FI18 FO18 GL18 NL18 MK19 SI19 AT20 BA20 EE20 KZ20 LT20 LU20 XK20 CH21 HR21 LI21 LV21 ' +
    'BG22 BH22 CR22 DE22 GB22 GE22 IE22 ME22 RS22 VA22 AE23 GI23 IL23 IQ23 TL23 AD24 CZ24 ES24 MD24 PK24 RO24 SA24 ' +
    'SE24 SK24 TN24 VG24 PT25 IS26 TR26 FR27 GR27 IT27 MC27 MR27 SM27 AL28 AZ28 BY28 CY28 DO28 EG29 GT28 HU28 LB28 ' +
    'PL28 SV28 UA29 BR29 QA29 PS29 JO30 KW30 MU30 MT31 SC31 LC32'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

const CANDIDATE = /(?<![a-z0-9])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,32}/gi;

function iban(match: RegExpExecArray): { readonly length: number } | null {
  const wanted = LENGTHS.get(match[0].slice(0, 2).toUpperCase());
  if (wanted === undefined) return null;
  let own = '';
  for (let index = 0; index < match[0].length; index++) {
    const character = match[0].charAt(index);
    if (character !== ' ' && character !== '-') own += character.toUpperCase();
    if (own.length === wanted) return passesMod97(own) ? { length: index + 1 } : null;
  }
  return null;
}

/** ISO 7064, mod 97-10, over the number with its first four characters behind. */
function passesMod97(number: string): boolean {
  let rest = 0;
  for (const character of number.slice(4) + number.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Bank account numbers whose country, length and checksum fit. */
export function findIbans(text: string): Found[] {
  return /[a-z]{2}\d{2}/i.test(text) ? findAll(text, CANDIDATE, 'iban', iban) : [];
}
